"""Questions without an answer: we call the organiser, and the notice tells the outcome."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.domain.message import Edit, QuestionRef
from bridge.errors import GuestUnknown
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.unanswered import UnansweredQuestions
from tests.services.house import ALICE, HOUR, MINUTE, SALON, START, House
from tests.services.test_seats import JEAN, LEA, inside, standing

CLOSES = START + HOUR + 15 * MINUTE
MOMENT = timedelta(milliseconds=100)


async def waits(house: House) -> Entered:
    """Have Léa wait at the door."""
    (invited,) = await house.invited(LEA)
    return await house.visited(invited)


async def kinds(house: House) -> list[Kind]:
    return [kind for kind, _ in await house.planned()]


class TestCalling:
    async def test_after_two_minutes_the_organiser_is_called_once(self, meeting_house: House):
        await waits(meeting_house)
        await meeting_house.run_until(START + 2 * MINUTE - MOMENT)
        assert await meeting_house.sentences("guest.waits-long") == []
        await meeting_house.run_until(START + 2 * MINUTE)
        (call,) = await meeting_house.sentences("guest.waits-long")
        assert (call.confidant, call.to.salon, call.mentions) == (ALICE, None, (ALICE,))
        assert call.parameters["name"] == "Léa Roux"
        assert call.parameters["since"] == {"$span": 120}
        await meeting_house.run_until(START + HOUR)
        assert len(await meeting_house.sentences("guest.waits-long")) == 1

    async def test_not_again_when_the_meeting_is_extended(self, meeting_house: House):
        await waits(meeting_house)
        await meeting_house.run_until(START + 3 * MINUTE)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        await meeting_house.run_until(START + HOUR)
        assert len(await meeting_house.sentences("guest.waits-long")) == 1

    @pytest.mark.parametrize("admit", [True, False])
    async def test_an_answer_is_the_end_of_it(self, meeting_house: House, *, admit: bool):
        entered = await waits(meeting_house)
        assert Kind.ASKED in await kinds(meeting_house)
        await meeting_house.decided(entered.visit, admit=admit)
        assert Kind.ASKED not in await kinds(meeting_house)
        await meeting_house.run_until(CLOSES + MINUTE)
        assert await meeting_house.sentences("guest.waits-long") == []
        assert await meeting_house.sentences("guest.waits.over") == []

    async def test_one_who_is_asked_about_again_is_called_about_again(self, meeting_house: House):
        entered = await waits(meeting_house)
        await meeting_house.decided(entered.visit)
        await meeting_house.run_until(CLOSES)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        meeting_house.clock.forward(MOMENT)
        await meeting_house.admissions.arrive(entered.visit, entered.secret)
        await meeting_house.run_until(CLOSES + 3 * MINUTE)
        assert len(await meeting_house.sentences("guest.waits-long")) == 1


class TestOver:
    async def test_the_notice_says_that_the_window_has_ended(self, meeting_house: House):
        entered = await waits(meeting_house)
        await meeting_house.run_until(CLOSES - MOMENT)
        assert await meeting_house.sentences("guest.waits.over") == []
        await meeting_house.run_until(CLOSES)
        (told,) = await meeting_house.sentences("guest.waits.over")
        async with meeting_house.store.reading() as work:
            visit = await work.visits.get(entered.visit)
        assert visit is not None
        assert isinstance(told, Edit)
        assert visit.question is not None
        assert told.of == QuestionRef(visit.question)
        assert told.coalesce_key == f"asks:{visit.question}"
        assert (told.to.salon, told.mentions) == (SALON, ())
        assert dict(told.parameters) == {"name": "Léa Roux", "outcome": "gone"}
        assert Kind.ASKED not in await kinds(meeting_house)

    @pytest.mark.parametrize("how", ["revoke", "end"])
    async def test_it_says_so_at_once_when_an_agent_ends_it(self, meeting_house: House, how: str):
        await waits(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            if how == "revoke":
                known = await work.invitations.of_occurrence(occurrence.id)
                await meeting_house.invitations.revoke(work, occurrence, known)
            else:
                await meeting_house.meetings.end(work, occurrence)
        await meeting_house.run_due()
        assert len(await meeting_house.sentences("guest.waits.over")) == 1
        async with meeting_house.store.reading() as work:
            with pytest.raises(GuestUnknown):
                await meeting_house.seats.find(work, [occurrence.id], "")

    @pytest.mark.parametrize("how", ["moved", "cancelled", "ended", "revoked", "over"])
    async def test_so_is_one_whether_a_guest_may_come_back(self, meeting_house: House, how: str):
        """Nobody waits for its answer, but once it could change nothing it is closed."""
        _, held = await inside(meeting_house)
        await meeting_house.removals.by_host(held.room, held.identity)
        await meeting_house.shown()
        (guest,) = await meeting_house.guests()
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            (question,) = await work.questions.open(guest.id)
        turn = UnansweredQuestions(meeting_house.tools).turn
        due = meeting_house.due(Kind.ASKED, question.id)
        assert await turn(due) is None
        assert await meeting_house.sentences("guest.waits.over") == [], "it is open still"
        now = meeting_house.clock.now()
        async with meeting_house.store() as work:
            if how == "moved":
                later = occurrence.moved(START + 24 * HOUR, START + 25 * HOUR)
                await work.meetings.save_occurrence(later)
            elif how == "revoked":
                await work.invitations.save(replace(guest, revoked_at=now))
            elif how != "over":
                ends = occurrence.cancelled if how == "cancelled" else occurrence.ended
                await work.meetings.save_occurrence(ends(now))
        if how == "over":
            meeting_house.clock.at = CLOSES
        assert await turn(due) is None
        (told,) = await meeting_house.sentences("guest.waits.over")
        assert told.parameters["outcome"] == "gone"

    async def test_a_question_answered_at_this_moment_is_left_alone(self, meeting_house: House):
        """A worker has claimed its row before the answer dropped it."""
        entered = await waits(meeting_house)
        async with meeting_house.store.reading() as work:
            visit = await work.visits.get(entered.visit)
        assert visit is not None
        assert visit.question is not None
        await meeting_house.decided(entered.visit)
        await meeting_house.shown()
        questions = UnansweredQuestions(meeting_house.tools)
        assert await questions.turn(meeting_house.due(Kind.ASKED, visit.question)) is None
        assert await meeting_house.messages() == []

    async def test_so_is_one_whose_devices_are_all_forgotten(self, meeting_house: House):
        await waits(meeting_house)
        (guest,) = await meeting_house.guests()
        async with meeting_house.store() as work:
            (question,) = await work.questions.open(guest.id)
            await work.visits.keep(guest.id, newest=0)
        turn = UnansweredQuestions(meeting_house.tools).turn
        assert await turn(meeting_house.due(Kind.ASKED, question.id)) is None
        (told,) = await meeting_house.sentences("guest.waits.over")
        assert dict(told.parameters) == {"name": guest.shown, "outcome": "gone"}

    async def test_a_page_that_gave_a_sign_plans_nothing(self, meeting_house: House):
        await waits(meeting_house)
        before = await meeting_house.planned()
        await UnansweredQuestions(meeting_house.tools).look(meeting_house.clock.now())
        assert await meeting_house.planned() == before

    async def test_it_follows_an_extension(self, meeting_house: House):
        await waits(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        await meeting_house.run_until(CLOSES)
        assert await meeting_house.sentences("guest.waits.over") == []
        await meeting_house.run_until(CLOSES + HOUR)
        assert len(await meeting_house.sentences("guest.waits.over")) == 1

    async def test_the_salon_is_asked_anew_when_the_end_is_put_off(self, meeting_house: House):
        entered = await waits(meeting_house)
        await meeting_house.run_until(CLOSES)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        await meeting_house.admissions.arrive(entered.visit, entered.secret)
        assert await standing(meeting_house, entered) is Standing.WAITING
        assert len(await meeting_house.sentences("guest.waits")) == 2
        decided = await meeting_house.decided(entered.visit)
        assert decided.first

    async def test_whoever_was_let_in_is_spoken_of_no_more(self, meeting_house: House):
        await inside(meeting_house, JEAN)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.end(work, occurrence)
        await meeting_house.run_due()
        assert await meeting_house.sentences("guest.waits.over") == []

    async def test_a_visit_that_is_forgotten_is_nothing_to_do(self, meeting_house: House):
        questions = UnansweredQuestions(meeting_house.tools)
        assert await questions.turn(meeting_house.due(Kind.ASKED, UUID(int=1))) is None


async def test_a_second_question_within_the_same_second(meeting_house: House):
    entered, _ = await inside(meeting_house)
    _, occurrence = await meeting_house.of()
    meeting_house.clock.forward(MOMENT)
    async with meeting_house.store() as work:
        ended = await meeting_house.meetings.end(work, occurrence)
    await meeting_house.run_due()
    meeting_house.clock.forward(MOMENT)
    async with meeting_house.store() as work:
        await meeting_house.meetings.extend(work, ended, HOUR)
    await meeting_house.admissions.arrive(entered.visit, entered.secret)
    assert meeting_house.clock.now() - START < timedelta(seconds=1)
    assert len(await meeting_house.sentences("guest.waits")) == 2
    assert [one.key for one in await meeting_house.reactions()] == ["✅", "❌"] * 2
