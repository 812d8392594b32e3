"""Events to which agents invited us by mail, their senders, and the mails to their organisers."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from bridge.domain.agent import Agent
from bridge.domain.mailed import OrganiserMailKind, mail_to_organiser, mailed_id
from bridge.ids import UserId
from bridge.store import Store
from tests.contract.hot import ACCEPTANCE, DATED, MAIL_SENDER, MAILED, MEETING
from tests.contract.store_samples import ORGANISER, START

OTHER = UserId("@sasha:agent.tchap")
DAY = timedelta(days=1)
ALONE = replace(MAILED, meeting=None)


async def test_an_event_comes_back_as_it_was(store: Store):
    async with store() as work:
        await work.meetings.add(MEETING, DATED)
        await work.mailed.save(ALONE)
        await work.mailed.save(MAILED)
    async with store.reading() as work:
        assert await work.mailed.get(MAILED.id) == MAILED
        assert await work.mailed.of_meeting(MEETING.id) == MAILED
        assert await work.mailed.meeting_by_uid(MAILED.uid) == MEETING.id
        assert await work.mailed.meeting_by_uid("another") is None
        assert await work.mailed.followed([MAILED.uid, "another"]) == {MAILED.uid}
        assert await work.mailed.followed([]) == frozenset()
        assert await work.mailed.waiting(ORGANISER) == []


async def test_what_waits_is_its_owners_alone_the_oldest_first(store: Store):
    newer = replace(ALONE, id=mailed_id(ORGANISER, "b"), uid="b", changed_at=START + DAY)
    theirs = replace(ALONE, id=mailed_id(OTHER, ALONE.uid), owner=OTHER)
    async with store() as work:
        for one in (newer, ALONE, theirs):
            await work.mailed.save(one)
    async with store() as work:
        assert await work.mailed.waiting(ORGANISER) == [ALONE, newer]
        assert await work.mailed.followed([ALONE.uid]) == frozenset()
        await work.mailed.drop([ALONE.id])
        await work.mailed.drop([])
    async with store.reading() as work:
        assert await work.mailed.waiting(ORGANISER) == [newer]
        assert await work.mailed.waiting(OTHER) == [theirs]


async def test_its_content_is_sealed(store: Store):
    async with store() as work:
        await work.mailed.save(ALONE)
    async with store.begin(writing=False) as tx:
        (row,) = (await tx.connection.execute(text("SELECT * FROM mailed_events"))).all()
    told = repr(tuple(row))
    for secret in (ALONE.uid, ALONE.organizer, ALONE.text, *ALONE.proposed):
        assert secret not in told


async def test_a_mail_is_asked_for_once(store: Store):
    later = mail_to_organiser(
        ALONE.id, OrganiserMailKind.ACCEPTANCE, START + DAY, sequence=ACCEPTANCE.sequence
    )
    async with store() as work:
        await work.mailed.save(ALONE)
        assert await work.mailed.ask(ACCEPTANCE)
        assert not await work.mailed.ask(later)
        assert await work.mailed.mail(ACCEPTANCE.id) == ACCEPTANCE
        sent = replace(ACCEPTANCE, sent_at=START, failed="refused")
        await work.mailed.save_mail(sent)
        assert await work.mailed.mail(ACCEPTANCE.id) == sent


async def test_a_sender_is_replaced(store: Store):
    said = replace(MAIL_SENDER, allowed=False, asked_at=START + DAY)
    async with store() as work:
        await work.mailed.save_sender(MAIL_SENDER)
        await work.mailed.save_sender(said)
    async with store.reading() as work:
        assert await work.mailed.sender(MAIL_SENDER.id) == said


async def test_it_goes_with_its_meeting_or_after_its_last_mail(store: Store):
    async with store() as work:
        await work.meetings.add(MEETING, DATED)
        await work.mailed.save(MAILED)
        await work.mailed.ask(ACCEPTANCE)
        await work.mailed.save(replace(ALONE, id=mailed_id(OTHER, "old"), owner=OTHER, uid="old"))
    assert await store.retention.mailed(START) == 0
    assert await store.retention.mailed(START + DAY) == 1
    await store.retention.meetings(START + 400 * DAY)
    async with store.reading() as work:
        assert await work.mailed.get(MAILED.id) is None
        assert await work.mailed.mail(ACCEPTANCE.id) is None


async def test_a_senders_word_goes_with_the_agent(store: Store):
    known = replace(MAIL_SENDER, allowed=True)
    async with store() as work:
        await work.agents.save(Agent(user=ORGANISER, name="Camille", identity=None, seen_at=START))
        await work.mailed.save_sender(known)
    assert await store.retention.senders(START + DAY) == 0
    await store.retention.agents(START + DAY)
    assert await store.retention.senders(START + DAY) == 1
