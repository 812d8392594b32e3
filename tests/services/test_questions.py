"""Questions without an answer: we call the organiser, and the notice tells the outcome."""

from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from bridge.domain.admission import LIVEKIT
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


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


async def waits(house: House) -> Entered:
    """Have Léa wait at the door."""
    (invited,) = await house.invited(LEA)
    return await house.visited(invited)


async def kinds(house: House) -> list[Kind]:
    return [kind for kind, _ in await house.planned()]


class TestCalling:
    async def test_after_two_minutes_the_organiser_is_called_once(self, house: House):
        await waits(house)
        await house.run_until(START + 2 * MINUTE - MOMENT)
        assert await house.sentences("guest.waits-long") == []
        await house.run_until(START + 2 * MINUTE)
        (call,) = await house.sentences("guest.waits-long")
        assert (call.confidant, call.to.salon, call.mentions) == (ALICE, None, (ALICE,))
        assert call.parameters["name"] == "Léa Roux"
        assert call.parameters["since"] == {"$span": 120}
        await house.run_until(START + HOUR)
        assert len(await house.sentences("guest.waits-long")) == 1

    async def test_not_again_when_the_meeting_is_extended(self, house: House):
        await waits(house)
        await house.run_until(START + 3 * MINUTE)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.extend(work, occurrence, HOUR)
        await house.run_until(START + HOUR)
        assert len(await house.sentences("guest.waits-long")) == 1

    @pytest.mark.parametrize("admit", [True, False])
    async def test_an_answer_is_the_end_of_it(self, house: House, *, admit: bool):
        entered = await waits(house)
        assert Kind.ASKED in await kinds(house)
        await house.decided(entered.visit, admit=admit)
        assert Kind.ASKED not in await kinds(house)
        await house.run_until(CLOSES + MINUTE)
        assert await house.sentences("guest.waits-long") == []
        assert await house.sentences("guest.waits.over") == []

    async def test_one_who_is_asked_about_again_is_called_about_again(self, house: House):
        entered = await waits(house)
        await house.decided(entered.visit)
        await house.run_until(CLOSES)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.extend(work, occurrence, HOUR)
        house.clock.forward(MOMENT)
        await house.admissions.arrive(entered.visit, entered.secret)
        await house.run_until(CLOSES + 3 * MINUTE)
        assert len(await house.sentences("guest.waits-long")) == 1


class TestOver:
    async def test_the_notice_says_that_the_window_has_ended(self, house: House):
        entered = await waits(house)
        await house.run_until(CLOSES - MOMENT)
        assert await house.sentences("guest.waits.over") == []
        await house.run_until(CLOSES)
        (told,) = await house.sentences("guest.waits.over")
        async with house.store.reading() as work:
            visit = await work.visits.get(entered.visit)
        assert visit is not None
        assert isinstance(told, Edit)
        assert visit.question is not None
        assert told.of == QuestionRef(visit.question)
        assert told.coalesce_key == f"asks:{visit.question}"
        assert (told.to.salon, told.mentions) == (SALON, ())
        assert dict(told.parameters) == {"name": "Léa Roux", "outcome": "gone"}
        assert Kind.ASKED not in await kinds(house)

    @pytest.mark.parametrize("how", ["revoke", "end"])
    async def test_it_says_so_at_once_when_an_agent_ends_it(self, house: House, how: str):
        await waits(house)
        _, occurrence = await house.of()
        async with house.store() as work:
            if how == "revoke":
                known = await work.invitations.of_occurrence(occurrence.id)
                await house.invitations.revoke(work, occurrence, known)
            else:
                await house.meetings.end(work, occurrence)
        await house.run_due()
        assert len(await house.sentences("guest.waits.over")) == 1
        async with house.store.reading() as work:
            with pytest.raises(GuestUnknown):
                await house.seats.find(work, [occurrence.id], "")

    async def test_it_follows_an_extension(self, house: House):
        await waits(house)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.extend(work, occurrence, HOUR)
        await house.run_until(CLOSES)
        assert await house.sentences("guest.waits.over") == []
        await house.run_until(CLOSES + HOUR)
        assert len(await house.sentences("guest.waits.over")) == 1

    async def test_the_salon_is_asked_anew_when_the_end_is_put_off(self, house: House):
        entered = await waits(house)
        await house.run_until(CLOSES)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.extend(work, occurrence, HOUR)
        await house.admissions.arrive(entered.visit, entered.secret)
        assert await standing(house, entered) is Standing.WAITING
        assert len(await house.sentences("guest.waits")) == 2
        decided = await house.decided(entered.visit)
        assert decided.first

    async def test_whoever_was_let_in_is_spoken_of_no_more(self, house: House):
        await inside(house, JEAN)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
        await house.run_due()
        assert await house.sentences("guest.waits.over") == []

    async def test_a_visit_that_is_forgotten_is_nothing_to_do(self, house: House):
        questions = UnansweredQuestions(house.tools)
        assert await questions.turn(house.due(Kind.ASKED, UUID(int=1))) is None


async def test_a_second_question_within_the_same_second(house: House):
    entered, _ = await inside(house)
    _, occurrence = await house.of()
    house.clock.forward(MOMENT)
    async with house.store() as work:
        ended = await house.meetings.end(work, occurrence)
    await house.run_due()
    house.clock.forward(MOMENT)
    async with house.store() as work:
        await house.meetings.extend(work, ended, HOUR)
    await house.admissions.arrive(entered.visit, entered.secret)
    assert house.clock.now() - START < timedelta(seconds=1)
    assert len(await house.sentences("guest.waits")) == 2
    assert [one.key for one in await house.reactions()] == ["✅", "❌"] * 2
