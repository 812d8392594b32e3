"""A database that was put back does nothing again that the lost one had done: on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.meeting import Handover, MeetingState
from bridge.ids import UserId
from bridge.store import InboxRow, Store
from bridge.store.agenda import Claimable
from bridge.store.anew import Dropped, begin_from_now
from tests.contract.hot import ACCEPTANCE, MAILED
from tests.contract.store_samples import (
    SALON,
    START,
    event,
    invitation,
    mail,
    meeting,
    message,
    occurrence,
    room,
)

BOT = UserId("@visio:agent.tchap")
LATER = START + timedelta(days=1)


def heard(kind: str) -> InboxRow:
    return InboxRow(
        event=event(kind), account=BOT, salon=SALON, kind=kind, payload={}, received_at=START
    )


async def test_what_was_left_to_do_is_not_done(store: Store) -> None:
    asked, ready = meeting("asked"), meeting("ready", room=room())
    ready = replace(ready, handover=Handover(to=BOT, by=BOT, at=START))
    held = occurrence(ready)
    guest = invitation(held)
    letter = mail(guest)
    command, sealed = heard("message"), heard("sealed")
    await store.inbox.record(BOT, "s1", [command], [sealed])
    dues = [Due(kind, str(ready.id), START) for kind in Kind]
    dues.append(Due(Kind.ROOM, "a date of next month", LATER))
    async with store() as work:
        await work.meetings.add(asked, occurrence(asked))
        await work.meetings.add(ready, held)
        await work.invitations.add(guest)
        await work.mails.add(letter)
        await work.mailed.save(replace(MAILED, meeting=None))
        await work.mailed.ask(ACCEPTANCE)
        await work.outbox.post(message("answer"))
        await work.agenda.plan(dues)

    assert await begin_from_now(store.begin) == Dropped(commands=2, messages=1, rooms=1, mails=2)

    assert await store.inbox.position(BOT) is None
    assert not await store.inbox.pending(BOT, 10)
    assert not await store.inbox.sealed(BOT)
    assert not await store.outbox.due(LATER, 10)
    async with store() as work:
        assert not await work.inbox.done(command.event), "told again, it is known"
        wanted = Claimable(frozenset(Kind))
        left = await work.agenda.claim(wanted, now=LATER, limit=50, lease=timedelta(minutes=1))
        assert {one.due.kind for one in left} == set(Kind) - {
            Kind.CREATE,
            Kind.HAND,
            Kind.MAIL,
            Kind.CODE,
            Kind.DECLINE,
            Kind.ORGANISER,
        }
        rooms = [one.due.key for one in left if one.due.kind is Kind.ROOM]
        assert rooms == ["a date of next month"], "nobody can have made it yet"
        states = [await work.meetings.get(one.id) for one in (asked, ready)]
        assert [one and one.state for one in states] == [
            MeetingState.UNCONFIRMED,
            MeetingState.READY,
        ]
        assert [one and one.handover for one in states] == [None, None], "it can be asked for anew"
        kept = await work.mails.get(letter.id)
        assert kept is not None
        assert kept.failed == "restored"
        accepted = await work.mailed.mail(ACCEPTANCE.id)
        assert accepted is not None
        assert accepted.failed == "restored"
    assert await begin_from_now(store.begin) == Dropped(0, 0, 0, 0)
