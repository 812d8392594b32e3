"""Mails to our box: guests' answers, the times they propose, mails that did not arrive."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bridge.domain.answer import Answer
from bridge.domain.counter import proposal_of
from bridge.domain.event import uid_of
from bridge.domain.message import CardEdit
from bridge.domain.scope import WholeSeries
from bridge.errors import InboxUnreachable, MailUnconfirmed
from bridge.services.answers import answer
from bridge.services.incoming.postmaster import Postmaster
from bridge.services.incoming.wire import PostOffice, postmaster_of
from bridge.services.invitations.invitations import Guest
from tests.doubles.ports import FakeLetterbox
from tests.services.house import ALICE, HOUR, MINUTE, SALON, START, House
from tests.services.test_series import WEEK, planned
from tests.services.test_series_changes import TUESDAY
from tests.unit.bridge.mail.arriving import OURS, READING, calendar, mailed, passes, reply
from tests.unit.bridge.mail.test_incoming import report
from tests.wiring import MAIL_DOMAIN

LEA = Guest("Léa Roux", "Lea@Partenaire.example")
WHEN = START + 5 * HOUR


class Post:
    """A house with a box, and one guest who has their mail."""

    def __init__(self, house: House) -> None:
        self.house, self.box = house, FakeLetterbox()
        self.inbox = self.open()
        self.sent = 0

    def open(self) -> Postmaster:
        """Start a process that looks into the box."""
        office = PostOffice(box=self.box, reader=READING, every=MINUTE, domain=MAIL_DOMAIN)
        return postmaster_of(self.house.tools, office, self.house.metrics)

    async def look(self) -> None:
        await self.inbox.look(self.house.clock.now())

    async def gets(self, content: bytes) -> None:
        self.box.receive(content)
        await self.look()

    async def replies(
        self, said: str, *, date: object = None, sender: str = "", **lines: str
    ) -> None:
        """Have the guest's calendar answer, in a new mail."""
        self.sent += 1
        text = reply(await self.uid(date), said, **lines)
        headers: dict[str, Any] = {"sender": sender} if sender else {}
        await self.gets(mailed(text, message_id=f"<{self.sent}@x.example>", **headers))

    async def uid(self, date: object = None) -> str:
        (guest,) = await self.house.guests()
        return uid_of(guest.id, MAIL_DOMAIN, date=date)  # type: ignore[arg-type]

    async def answers(self) -> list[Answer]:
        _, occurrence = await self.house.of()
        async with self.house.store.reading() as work:
            return [one.answer for one in await work.answers.of_occurrence(occurrence.id)]

    def count(self, outcome: str) -> float:
        found = self.house.metrics.registry.get_sample_value(
            "parvis_mails_in_total", {"outcome": outcome}
        )
        return found or 0


@pytest_asyncio.fixture(loop_scope="session")
async def post(house: House) -> Post:
    """A meeting in five hours; its guest has got one mail, of SEQUENCE 0."""
    assert MAIL_DOMAIN == OURS
    await house.met(start=WHEN)
    await house.invited(LEA)
    await house.run_due()
    await house.shown()
    return Post(house)


async def moved(post: Post, by: timedelta = HOUR) -> None:
    async with post.house.store() as work:
        about = await post.house.of()
        wall = about[1].wall_start + by
        await post.house.changes.move(work, about, wall)
    await post.house.run_until(post.house.clock.now() + 5 * MINUTE)
    await post.house.shown()


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "known"),
    [("ACCEPTED", Answer.YES), ("TENTATIVE", Answer.MAYBE), ("DECLINED", Answer.NO)],
)
async def test_an_answer_shows_on_the_card(post: Post, said: str, known: Answer):
    await post.replies(said)
    assert await post.answers() == [known]
    assert [type(one) for one in await post.house.messages()] == [CardEdit]
    assert post.count("answer") == 1
    assert not post.box.mails


async def test_the_last_answer_counts_in_whatever_order_it_comes(post: Post):
    post.house.clock.at = START + 30 * MINUTE
    await post.replies("DECLINED", DTSTAMP="20261201T092000Z")
    await post.replies("ACCEPTED", DTSTAMP="20261201T091000Z")
    assert await post.answers() == [Answer.NO]
    await post.replies("DECLINED", DTSTAMP="20261201T092500Z")
    await post.replies("ACCEPTED", DTSTAMP="20261201T092300Z")
    assert await post.answers() == [Answer.NO]
    await post.replies("TENTATIVE", DTSTAMP="20261201T092600Z")
    assert await post.answers() == [Answer.MAYBE]


async def test_no_clock_of_a_guests_is_ahead_of_ours(post: Post):
    await post.replies("DECLINED", DTSTAMP="20991231T235900Z")
    (guest,) = await post.house.guests()
    post.house.clock.at += MINUTE
    async with post.house.store() as work:
        _, occurrence = await post.house.of()
        await answer(work, occurrence, guest.id, Answer.YES, post.house.clock.now())
    assert await post.answers() == [Answer.YES]


async def test_an_answer_to_what_was_told_before_is_none(post: Post):
    await moved(post)
    await post.replies("ACCEPTED", SEQUENCE="0")
    assert await post.answers() == []
    assert post.count("ignored") == 1
    await post.replies("ACCEPTED", SEQUENCE="1")
    assert await post.answers() == [Answer.YES]


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "eve@partenaire.example"},
        {"verdicts": ()},
        {"verdicts": (passes("elsewhere.example"),)},
    ],
)
async def test_nobody_answers_for_a_guest(post: Post, changes: dict[str, object]):
    await post.gets(mailed(reply(await post.uid(), "ACCEPTED"), **changes))  # type: ignore[arg-type]
    assert await post.answers() == []
    assert not post.box.mails


async def test_a_guest_answers_for_nobody_else(post: Post):
    text = reply(await post.uid(), "ACCEPTED", attendee="eve@partenaire.example")
    await post.gets(mailed(text))
    assert await post.answers() == []


async def test_scheme_and_address_are_compared_without_case(post: Post):
    text = reply(await post.uid(), "ACCEPTED").replace("mailto:lea@", "MAILTO:LEA@")
    await post.gets(mailed(text.replace("UID:", "UID:").replace(OURS, OURS.upper())))
    assert await post.answers() == [Answer.YES]
    assert len(await post.house.guests()) == 1


@pytest.mark.parametrize("uid", ["x", "c21@exemple", f"not-a-uuid@{OURS}", ""])
async def test_an_answer_about_another_event_is_none(post: Post, uid: str):
    await post.gets(mailed(reply(uid, "ACCEPTED")))
    assert await post.answers() == []
    assert post.count("ignored") == 1


async def test_who_is_not_expected_does_not_answer(post: Post):
    async with post.house.store() as work:
        occurrence = (await post.house.of())[1]
        await post.house.invitations.revoke(work, occurrence, await post.house.guests())
    await post.replies("ACCEPTED")
    assert await post.answers() == []


async def test_a_mail_that_comes_twice_is_handled_once(post: Post):
    post.box.forgets = True
    await post.replies("ACCEPTED")
    post.inbox = post.open()
    await post.look()
    assert (post.count("answer"), post.count("repeated")) == (1, 1)


async def test_a_series_is_answered_as_a_whole_and_by_the_date(house: House):
    made = await planned(house, "FREQ=WEEKLY", TUESDAY)
    await house.invited(LEA, scope=WholeSeries())
    await house.run_due()
    post = Post(house)
    await post.replies("ACCEPTED")
    second = TUESDAY + WEEK
    lines = {"RECURRENCE-ID;TZID=Europe/Paris": f"{second:%Y%m%dT%H%M%S}"}
    await post.replies("DECLINED", **lines)
    lines = {"RECURRENCE-ID": "20270119T090000Z"}
    await post.replies("TENTATIVE", **lines)
    async with house.store.reading() as work:
        dates = await work.meetings.planned_of(made.meeting.id, ending_after=START)
        said = [[one.answer for one in await work.answers.of_occurrence(date.id)] for date in dates]
    assert said[:3] == [[Answer.YES], [Answer.NO], [Answer.MAYBE]]
    assert set(map(tuple, said[3:])) == {(Answer.YES,)}


# --- other times --------------------------------------------------------------------------------


async def proposed(post: Post, start: str = "20261202T150000") -> bytes:
    post.sent += 1
    text = calendar(
        "COUNTER",
        f"UID:{await post.uid()}",
        "SEQUENCE:0",
        "DTSTAMP:20261201T090500Z",
        f"DTSTART;TZID=Europe/Paris:{start}",
        "DURATION:PT90M",
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:lea@partenaire.example",
    )
    return mailed(text, method="COUNTER", message_id=f"<c{post.sent}@x.example>")


async def test_another_time_is_told_to_the_salon_once(post: Post):
    await post.gets(await proposed(post))
    await post.gets(await proposed(post))
    (told,) = await post.house.sentences("counter.proposed")
    assert told.parameters["guest"] == "Léa Roux"
    assert told.parameters["wish"] == {
        "$when": ["2026-12-02T14:00:00+00:00", "2026-12-02T15:30:00+00:00"],
        "zone": "Europe/Paris",
    }
    assert (told.to.salon, told.mentions) == (SALON, (ALICE,))
    wish = proposal_of(told.idempotency_key)
    assert wish is not None
    assert wish.length == timedelta(minutes=90)
    assert post.count("proposal") == 1


async def test_a_time_that_can_not_be_is_not_told(post: Post):
    await post.gets(await proposed(post, "20261130T150000"))
    assert await post.house.sentences("counter.proposed") == []
    await moved(post)
    await post.gets(await proposed(post, "20261202T150000"))
    assert await post.house.sentences("counter.proposed") == []


async def test_a_guest_can_not_flood_the_salon(post: Post):
    for hour in range(10, 18):
        await post.gets(await proposed(post, f"20261202T{hour}0000"))
    assert len(await post.house.sentences("counter.proposed")) == 3
    post.house.clock.at += HOUR
    await post.gets(await proposed(post, "20261202T190000"))
    assert len(await post.house.sentences("counter.proposed")) == 3


async def test_nobody_proposes_for_a_guest(post: Post):
    content = await proposed(post)
    await post.gets(content.replace(b"dmarc=pass", b"dmarc=none"))
    assert await post.house.sentences("counter.proposed") == []


# --- mails that do not arrive -------------------------------------------------------------------


async def test_a_mail_that_did_not_arrive_is_told_once(post: Post):
    (guest,) = await post.house.guests()
    named = post.house.post.sent[0].message_id
    await post.gets(report(message_id=named))
    await post.gets(report(message_id=named, head="X-Copy: 2\n").replace(b"<bounce@", b"<again@"))
    (told,) = await post.house.sentences("mail.bounced")
    assert told.parameters == {"guest": "Léa Roux", "email": guest.email}
    assert told.mentions == (ALICE,)
    (after,) = await post.house.guests()
    assert after.mail_refused
    async with post.house.store.reading() as work:
        (mail,) = await work.mails.to([guest.id])
    assert (mail.failed, mail.sent_at is not None) == ("bounced", True)
    assert (post.count("bounce"), post.count("ignored")) == (1, 1)


async def test_news_that_did_not_arrive_are_told_as_such(post: Post):
    await moved(post)
    await post.gets(report(message_id=post.house.post.sent[-1].message_id))
    assert len(await post.house.sentences("mail.news-failed")) == 1
    assert not (await post.house.guests())[0].mail_refused


async def test_a_mail_without_an_answer_that_did_not_arrive_is_not_sent_again(house: House):
    await house.met(start=WHEN)
    await house.invited(LEA)
    house.post.troubles.append(MailUnconfirmed())
    await house.run_due()
    post = Post(house)
    await post.gets(report(message_id=house.post.sent[0].message_id))
    await house.run_until(START + 3 * HOUR)
    assert len(house.post.sent) == 1


async def test_a_mail_that_never_left_does_not_come_back(house: House):
    await house.met(start=WHEN)
    await house.invited(LEA)
    post = Post(house)
    (guest,) = await house.guests()
    async with house.store.reading() as work:
        (mail,) = await work.mails.to([guest.id])
    await post.gets(report(message_id=f"<{mail.id}@{OURS}>"))
    assert await house.sentences("mail.bounced") == []


# --- the box ------------------------------------------------------------------------------------


async def test_a_mail_that_can_not_be_read_is_set_aside(post: Post):
    number = post.box.receive(None)
    await post.gets(b"From: a@b.example\r\n\r\n" + b"\n--x" * 5_000)
    assert post.box.aside == [number, number + 1]
    assert post.count("unreadable") == 2


async def test_a_mail_that_can_not_be_handled_holds_back_no_other(post: Post):
    class Breaking(type(READING)):  # type: ignore[misc]
        async def read(self, content: bytes) -> object:
            if b"poison" in content:
                raise RuntimeError
            return await READING.read(content)

    office = PostOffice(
        box=post.box,
        reader=Breaking(server="x", domain=OURS, zone="UTC"),
        every=MINUTE,
        domain=MAIL_DOMAIN,
    )
    post.inbox = postmaster_of(post.house.tools, office, post.house.metrics)
    number = post.box.receive(b"poison")
    await post.replies("ACCEPTED")
    assert await post.answers() == [Answer.YES]
    assert list(post.box.mails) == [number]
    await post.look()
    await post.look()
    assert (post.box.aside, post.box.mails) == ([number], {})
    assert post.count("failed") == 1


async def test_a_box_out_of_reach_is_asked_less_often(post: Post):
    post.box.away = True
    for _ in range(20):
        with suppress(InboxUnreachable):
            await post.look()
        post.house.clock.at += timedelta(seconds=30)
    assert post.box.looks < 10
    assert post.count("unreachable") == post.box.looks
    post.box.away = False
    post.house.clock.at += HOUR
    await post.replies("ACCEPTED")
    assert await post.answers() == [Answer.YES]


async def test_many_mails_are_handled_in_one_look(post: Post):
    for _ in range(120):
        post.box.receive(mailed())
    await post.look()
    assert not post.box.mails
