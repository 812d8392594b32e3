"""Guests whom the host removes in Visio's own page, and who are let back in, or are not."""

import pytest
import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.domain.message import Edit, Prompt, QuestionRef, ToSalon
from bridge.domain.seat import Seat, SeatEnd
from bridge.errors import GuestUnknown
from bridge.ids import QuestionId, VisitId
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from tests.services.house import BOB, HOUR, MINUTE, SALON, START, House

LEA = Guest("Léa Roux", "lea@partenaire.example")
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""PostgreSQL has a removal in test_presence_kills.py."""


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    await house.shown()
    return house


async def seat(house: House, entered: Entered) -> Seat:
    async with house.store.reading() as work:
        found = await work.seats.of_visit(entered.visit)
    assert found is not None
    return found


async def inside(house: House, name: str = "Léa Roux") -> tuple[Entered, Seat]:
    (invited,) = await house.invited(LEA, event=name)
    entered = await house.visited(invited, name)
    house.clock.forward(MINUTE)
    await house.decided(entered.visit)
    house.clock.forward(MINUTE)
    held = await seat(house, entered)
    house.media.sit(held)
    await house.shown()
    return entered, held


async def standing(house: House, entered: Entered) -> Standing:
    given = await house.seats.pass_of(entered.visit, entered.secret)
    assert given is not None
    return given.standing


async def find(house: House, words: str, *, back: bool) -> VisitId:
    _, occurrence = await house.of()
    async with house.store.reading() as work:
        return (await house.seats.find(work, [occurrence.id], words, back=back)).id


async def question(house: House, entered: Entered) -> QuestionId:
    """Return the last question that was about a visit."""
    async with house.store.reading() as work:
        visit = await work.visits.get(entered.visit)
    assert visit is not None
    assert visit.question is not None
    return visit.question


async def test_the_hosts_word_ends_the_seat_and_tells_the_salon(house: House):
    entered, held = await inside(house)
    assert await house.removals.by_host(held.room, held.identity)
    assert (await seat(house, entered)).why is SeatEnd.REMOVED
    assert await standing(house, entered) is Standing.REMOVED
    (told,) = await house.sentences("guest.removed")
    assert isinstance(told, Prompt)
    about = QuestionRef(await question(house, entered))
    assert (told.to, told.about) == (ToSalon(salon=SALON), about)
    assert told.parameters == {"name": "Léa Roux"}
    (answer,) = await house.reactions()
    assert (answer.key, answer.on, answer.to) == ("✅", about, told.to)


async def test_nothing_else_counts(house: House):
    entered, held = await inside(house)
    for room, identity in (
        ("another room", held.identity),
        (held.room, f"{held.identity}#x"),
        (held.room, "an-agent"),
        (held.room, "guest-00000000-0000-4000-8000-000000000000"),
        (held.room, "\x00"),
    ):
        assert not await house.removals.by_host(room, identity)
    assert await standing(house, entered) is Standing.ADMITTED


async def test_saying_it_again_changes_nothing(house: House):
    entered, held = await inside(house)
    assert await house.removals.by_host(held.room, held.identity)
    assert not await house.removals.by_host(held.room, held.identity)
    assert await house.removals.by_own_page(entered.visit, entered.secret) is Standing.REMOVED
    house.clock.forward(MINUTE)
    await house.decided(entered.visit)
    assert not await house.removals.by_host(held.room, held.identity)
    assert await standing(house, entered) is Standing.ADMITTED
    assert len(await house.sentences("guest.removed")) == 1


async def test_whom_we_put_out_the_host_did_not_remove(house: House):
    entered, held = await inside(house)
    (invitation,) = await house.guests()
    async with house.store() as work:
        _, occurrence = await house.of()
        await house.invitations.revoke(work, occurrence, [invitation])
    # The time is over and the agenda has not run: a removal now is not the host's.
    assert not await house.removals.by_host(held.room, held.identity)
    await house.run_due()
    assert not await house.removals.by_host(held.room, held.identity)
    assert await house.removals.by_own_page(entered.visit, entered.secret) is Standing.REVOKED
    assert (await seat(house, entered)).why is SeatEnd.REVOKED
    assert await house.sentences("guest.removed") == []


async def test_who_comes_back_with_a_renewed_token_is_put_out(house: House):
    _, held = await inside(house)
    house.media.leave(held.room, held.identity)
    house.media.enter(held.room, f"{held.identity}#x")
    assert await house.removals.by_host(held.room, held.identity)
    await house.run_due()
    assert house.media.rooms[held.room] == set()
    house.clock.forward(10 * MINUTE)
    house.media.sit(held)
    await house.polling.tick(house.clock.now())
    assert held.room not in house.media.rooms


async def test_the_salon_lets_them_back_in(house: House):
    entered, held = await inside(house)
    await house.removals.by_host(held.room, held.identity)
    await house.shown()
    asked = await question(house, entered)
    async with house.store.reading() as work:
        found = await work.questions.get(asked)
        assert found is not None
        assert found.notice is not None
        assert await work.questions.by_notice(found.notice) == asked, "a reaction finds it"
    refused = await house.decided(entered.visit, admit=False)
    assert (refused.standing, refused.first) == (Standing.REMOVED, False)
    house.clock.forward(MINUTE)
    back = await house.decided(entered.visit, by=BOB)
    assert (back.standing, back.first) == (Standing.ADMITTED, True)
    again = await seat(house, entered)
    assert again.identity != held.identity
    (outcome,) = await house.sentences("guest.waits.outcome")
    assert isinstance(outcome, Edit)
    assert outcome.of == QuestionRef(asked)


async def test_they_are_found_by_name_to_be_let_back_in_only(house: House):
    entered, held = await inside(house)
    await house.removals.by_host(held.room, held.identity)
    with pytest.raises(GuestUnknown):
        await find(house, "léa", back=False)
    assert await find(house, "léa", back=True) == entered.visit
    (invited,) = await house.invited(LEA, event="again")
    waiting = await house.visited(invited, "Léa Roux")
    assert await find(house, "léa", back=True) == waiting.visit


async def test_they_are_not_asked_about_anew_by_coming_back_to_the_page(house: House):
    entered, held = await inside(house)
    await house.removals.by_host(held.room, held.identity)
    await house.shown()
    house.clock.forward(MINUTE)
    view = await house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.standing is Standing.REMOVED
    assert await house.sentences("guest.waits") == []
    async with house.store() as work:
        await house.meetings.extend(work, (await house.of())[1], HOUR)
    await house.run_due()
    assert await house.sentences("guest.waits-long") == []
    assert not [kind for kind, _ in await house.planned() if kind is Kind.ASKED]


async def test_the_page_speaks_for_itself_alone(house: House):
    entered, _ = await inside(house)
    assert await house.removals.by_own_page(entered.visit, "another secret") is None
    assert await standing(house, entered) is Standing.ADMITTED
    assert await house.removals.by_own_page(entered.visit, entered.secret) is Standing.REMOVED
