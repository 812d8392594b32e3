"""Finds the meeting that a command is about, and checks the rights on it."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.domain.authority import ABSENT, CLOSING, Act, Membership
from bridge.domain.cause import Cause
from bridge.domain.meeting import Meeting
from bridge.errors import MeetingAmbiguous, NoMeeting, NotAllowed, VisioUnknownAgent
from bridge.ids import EventId, SalonId, UserId
from bridge.services.naming import shown
from tests.services.house import BOB, HOUR, MINUTE, SALON, START, House, said

PRESENT = Membership(present=True)
OTHER = SalonId("!other:agent.tchap")
DIRECT = SalonId("!direct:agent.tchap")


async def current(house: House, cause: Cause, act: Act = Act.INVITE) -> Meeting:
    async with house.store() as work:
        return (await house.meetings.current(work, cause, act))[0]


async def card_of(house: House, event: str) -> EventId:
    await house.shown()
    card = (await house.of(event))[1].card
    assert card is not None
    return card


class TestCurrent:
    async def test_meetings_of_another_salon_are_not_found(self, house: House):
        await house.met(salon=OTHER)
        with pytest.raises(NoMeeting):
            await current(house, said("x"))

    async def test_the_card_it_replies_to(self, house: House):
        meeting, _ = await house.met("later", start=START + 5 * HOUR)
        card = await card_of(house, "later")
        await house.met("now")
        assert await current(house, said("x", about=card)) == meeting

    async def test_the_command_it_replies_to(self, house: House):
        meeting, _ = await house.met("later", start=START + 5 * HOUR)
        await house.met("now")
        assert await current(house, said("x", about=EventId("$later"))) == meeting

    async def test_the_thread_of_a_card(self, house: House):
        meeting, _ = await house.met("later", start=START + 5 * HOUR)
        card = await card_of(house, "later")
        await house.met("now")
        assert await current(house, said("x", thread=card)) == meeting

    async def test_the_reply_counts_more_than_the_thread(self, house: House):
        await house.met("one")
        two, _ = await house.met("two")
        one = await card_of(house, "one")
        other = await card_of(house, "two")
        assert await current(house, said("x", about=other, thread=one)) == two

    async def test_a_thread_in_which_it_was_asked_for(self, house: House):
        root = EventId("$root")
        meeting, _ = await house.met("there", thread=root, start=START + 5 * HOUR)
        await house.met("now")
        assert await current(house, said("x", thread=root)) == meeting

    async def test_a_thread_about_something_else(self, house: House):
        meeting, _ = await house.met("now")
        assert await current(house, said("x", thread=EventId("$else"))) == meeting

    async def test_a_reply_to_something_else(self, house: House):
        meeting, _ = await house.met("now")
        assert await current(house, said("x", about=EventId("$else"))) == meeting

    async def test_the_one_in_progress_before_the_next(self, house: House):
        await house.met("next", start=START + 10 * MINUTE)
        meeting, _ = await house.met("now")
        house.clock.forward(MINUTE)
        assert await current(house, said("x")) == meeting

    async def test_several_in_progress_are_not_guessed_at(self, house: House):
        await house.met("first")
        await house.met("second", start=START + 10 * MINUTE)
        house.clock.forward(20 * MINUTE)
        with pytest.raises(MeetingAmbiguous) as refused:
            await current(house, said("x"))
        assert refused.value.parameters == {
            "rows": [shown(*await house.of("second")), shown(*await house.of("first"))]
        }

    async def test_one_in_progress_before_one_just_over(self, house: House):
        await house.asked(said("long"), end=START + 3 * HOUR)
        await house.asked(said("short"), start=START + 10 * MINUTE, end=START + 20 * MINUTE)
        await house.run_due()
        house.clock.forward(25 * MINUTE)
        assert (await current(house, said("x"))).source == "$long"

    async def test_one_just_over_before_the_next(self, house: House):
        """`prolonger`, a minute after the end, is not about tomorrow's meeting."""
        meeting, _ = await house.met("now")
        await house.met("tomorrow", start=START + 24 * HOUR)
        house.clock.forward(HOUR + 14 * MINUTE)
        assert await current(house, said("x")) == meeting
        house.clock.forward(MINUTE)
        assert (await current(house, said("x"))).source == "$tomorrow"

    async def test_the_next_meeting_is_meant_unless_there_are_two(self, house: House):
        meeting, _ = await house.met("soon", start=START + HOUR)
        assert await current(house, said("x")) == meeting
        await house.met("late", start=START + 5 * HOUR)
        with pytest.raises(MeetingAmbiguous):
            await current(house, said("x"))

    async def test_one_that_was_ended_only_by_its_card(self, house: House):
        await house.met("now")
        card = await card_of(house, "now")
        async with house.store() as work:
            await house.meetings.end(work, (await house.of("now"))[1])
        with pytest.raises(NoMeeting):
            await current(house, said("x"))
        assert (await current(house, said("x", about=card))).source == "$now"


class TestRepliesToSomethingElse:
    """A command that takes something away acts on the message replied to, or on nothing."""

    @pytest.mark.parametrize("act", sorted(CLOSING))
    async def test_a_message_that_is_none_of_ours(self, house: House, act: Act):
        await house.met("now")
        with pytest.raises(NotAllowed) as refused:
            await current(house, said("x", about=EventId("$forwarded")), act)
        assert refused.value.parameters == {"reason": "no-card"}

    async def test_a_message_of_ours_in_another_salon(self, house: House):
        await house.met("now")
        await house.asked(said("there", salon=OTHER))
        await house.run_due()
        (one,) = [
            row
            for row in await house.store.outbox.due(house.clock.now(), 9)
            if row.message.to.salon == OTHER
        ]
        await house.store.outbox.sent(one, EventId("$ours"), house.clock.now())
        async with house.store() as work:
            assert await work.outbox.left(EventId("$ours"), OTHER)
            assert not await work.outbox.left(EventId("$ours"), SALON)

    async def test_an_answer_of_ours_points_at_no_meeting_in_particular(self, house: House):
        meeting, _ = await house.met("now")
        async with house.store() as work:
            answer = said("list").answer("meeting.list-empty")
            assert answer is not None
            await work.outbox.post(answer)
        await house.shown()
        listed = await house.event_of("answer:$list:0")
        assert await current(house, said("x", about=listed), Act.END) == meeting


class TestDirectMessages:
    async def test_among_the_authors_own(self, house: House):
        await house.met("other", by=BOB)
        meeting, _ = await house.met("mine", salon=OTHER, start=START + HOUR)
        assert await current(house, privately(OTHER)) == meeting
        with pytest.raises(NoMeeting):
            await current(house, said("x", salon=DIRECT, direct=True, by=ALICE_AWAY))

    async def test_a_card_of_theirs(self, house: House):
        await house.met("one")
        meeting, _ = await house.met("two", start=START + HOUR)
        card = await card_of(house, "two")
        assert await current(house, privately(about=card)) == meeting

    async def test_a_card_of_somebody_elses_is_not_for_them(self, house: House):
        """A former member of the salon, who knows an event's id, gains nothing by it."""
        await house.met("secret", by=BOB)
        card = await card_of(house, "secret")
        await house.met("own", start=START + HOUR)
        with pytest.raises(NotAllowed) as refused:
            await current(house, privately(about=card))
        assert refused.value.parameters == {"reason": "elsewhere"}, "not even its title"

    async def test_a_card_of_another_salon(self, house: House):
        await house.met("there")
        card = await card_of(house, "there")
        await house.met("here", salon=OTHER)
        with pytest.raises(NotAllowed) as refused:
            await current(house, said("x", salon=OTHER, about=card))
        assert refused.value.parameters == {"reason": "elsewhere"}

    @pytest.mark.parametrize("act", [Act.LINK, *sorted(CLOSING)])
    async def test_out_of_the_salon_one_keeps_what_closes(self, house: House, act: Act):
        meeting, _ = await house.met()
        assert await current(house, privately(known=ABSENT), act) == meeting
        assert await current(house, privately(known=None), act) == meeting

    @pytest.mark.parametrize("act", [Act.GUESTS, Act.INVITE, Act.EXTEND, Act.ANSWER, Act.HOST])
    @pytest.mark.parametrize(("known", "reason"), [(ABSENT, "left"), (None, "unsure")])
    async def test_an_organiser_who_left_may_do_nothing_else(
        self, house: House, act: Act, known: Membership | None, reason: str
    ):
        meeting, _ = await house.met()
        with pytest.raises(NotAllowed) as refused:
            await current(house, privately(known=known), act)
        assert refused.value.parameters == {"reason": reason, "title": meeting.title}
        async with house.store() as work:
            assert await house.meetings.listed(work, privately(known=known), act) == []


def privately(salon: SalonId = SALON, *, known: Membership | None = PRESENT, **more: Any) -> Cause:
    """Return a line of Alice's direct message, with her membership of the meeting's salon."""
    elsewhere = {} if known is None else {salon: known}
    return said("x", salon=DIRECT, direct=True, elsewhere=elsewhere, **more)


ALICE_AWAY = UserId("@alice:elsewhere.example")


class TestKept:
    async def test_a_request_that_was_kept_is_found_after_its_time(self, house: House):
        house.visio.troubles.append(VisioUnknownAgent())
        meeting, _ = await house.met()
        await house.run_until(START + timedelta(days=2))
        with pytest.raises(NoMeeting):
            await current(house, said("x"))
        async with house.store() as work:
            assert (await house.meetings.kept(work, said("x")))[0] == meeting
            await house.meetings.retry(work, meeting)
        await house.run_due()
        _, occurrence = await house.of()
        assert occurrence.start == house.clock.now()

    async def test_one_that_was_made_is_not_meant(self, house: House):
        await house.met()
        house.clock.forward(2 * HOUR)
        async with house.store() as work:
            with pytest.raises(NoMeeting):
                await house.meetings.kept(work, said("x"))
