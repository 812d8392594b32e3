"""Guests whom the host removes in Visio's own page, and who are let back in, or are not."""

import pytest

from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.domain.message import Edit, Prompt, QuestionRef, ToSalon
from bridge.domain.seat import Seat, SeatEnd
from bridge.errors import GuestUnknown
from bridge.ids import QuestionId, VisitId
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from tests.services.house import BOB, HOUR, MINUTE, SALON, House

LEA = Guest("Léa Roux", "lea@partenaire.example")
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""PostgreSQL has a removal in test_presence_kills.py."""


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


async def test_the_hosts_word_ends_the_seat_and_tells_the_salon(quiet_house: House):
    entered, held = await inside(quiet_house)
    assert await quiet_house.removals.by_host(held.room, held.identity)
    assert (await seat(quiet_house, entered)).why is SeatEnd.REMOVED
    assert await standing(quiet_house, entered) is Standing.REMOVED
    (told,) = await quiet_house.sentences("guest.removed")
    assert isinstance(told, Prompt)
    about = QuestionRef(await question(quiet_house, entered))
    assert (told.to, told.about) == (ToSalon(salon=SALON), about)
    assert told.parameters == {"name": "Léa Roux"}
    (answer,) = await quiet_house.reactions()
    assert (answer.key, answer.on, answer.to) == ("✅", about, told.to)


async def test_another_room_or_identity_removes_nobody(quiet_house: House):
    entered, held = await inside(quiet_house)
    for room, identity in (
        ("another room", held.identity),
        (held.room, f"{held.identity}#x"),
        (held.room, "an-agent"),
        (held.room, "guest-00000000-0000-4000-8000-000000000000"),
        (held.room, "\x00"),
    ):
        assert not await quiet_house.removals.by_host(room, identity)
    assert await standing(quiet_house, entered) is Standing.ADMITTED


async def test_saying_it_again_changes_nothing(quiet_house: House):
    entered, held = await inside(quiet_house)
    assert await quiet_house.removals.by_host(held.room, held.identity)
    assert not await quiet_house.removals.by_host(held.room, held.identity)
    assert await quiet_house.removals.by_own_page(entered.visit, entered.secret) is Standing.REMOVED
    quiet_house.clock.forward(MINUTE)
    await quiet_house.decided(entered.visit)
    assert not await quiet_house.removals.by_host(held.room, held.identity)
    assert await standing(quiet_house, entered) is Standing.ADMITTED
    assert len(await quiet_house.sentences("guest.removed")) == 1


async def test_whom_we_put_out_the_host_did_not_remove(quiet_house: House):
    entered, held = await inside(quiet_house)
    (invitation,) = await quiet_house.guests()
    async with quiet_house.store() as work:
        _, occurrence = await quiet_house.of()
        await quiet_house.invitations.revoke(work, occurrence, [invitation])
    # The time is over and the agenda has not run: a removal now is not the host's.
    assert not await quiet_house.removals.by_host(held.room, held.identity)
    await quiet_house.run_due()
    assert not await quiet_house.removals.by_host(held.room, held.identity)
    assert await quiet_house.removals.by_own_page(entered.visit, entered.secret) is Standing.REVOKED
    assert (await seat(quiet_house, entered)).why is SeatEnd.REVOKED
    assert await quiet_house.sentences("guest.removed") == []


async def test_who_comes_back_with_a_renewed_token_is_put_out(quiet_house: House):
    _, held = await inside(quiet_house)
    quiet_house.media.leave(held.room, held.identity)
    quiet_house.media.enter(held.room, f"{held.identity}#x")
    assert await quiet_house.removals.by_host(held.room, held.identity)
    await quiet_house.run_due()
    assert quiet_house.media.rooms[held.room] == set()
    quiet_house.clock.forward(10 * MINUTE)
    quiet_house.media.sit(held)
    await quiet_house.polling.tick(quiet_house.clock.now())
    assert held.room not in quiet_house.media.rooms


async def test_the_salon_lets_them_back_in(quiet_house: House):
    entered, held = await inside(quiet_house)
    await quiet_house.removals.by_host(held.room, held.identity)
    await quiet_house.shown()
    asked = await question(quiet_house, entered)
    async with quiet_house.store.reading() as work:
        found = await work.questions.get(asked)
        assert found is not None
        assert found.notice is not None
        assert await work.questions.by_notice(found.notice) == asked, "a reaction finds it"
    refused = await quiet_house.decided(entered.visit, admit=False)
    assert (refused.standing, refused.first) == (Standing.REMOVED, False)
    quiet_house.clock.forward(MINUTE)
    back = await quiet_house.decided(entered.visit, by=BOB)
    assert (back.standing, back.first) == (Standing.ADMITTED, True)
    again = await seat(quiet_house, entered)
    assert again.identity != held.identity
    (outcome,) = await quiet_house.sentences("guest.waits.outcome")
    assert isinstance(outcome, Edit)
    assert outcome.of == QuestionRef(asked)


async def test_they_are_found_by_name_to_be_let_back_in_only(quiet_house: House):
    entered, held = await inside(quiet_house)
    await quiet_house.removals.by_host(held.room, held.identity)
    with pytest.raises(GuestUnknown):
        await find(quiet_house, "léa", back=False)
    assert await find(quiet_house, "léa", back=True) == entered.visit
    (invited,) = await quiet_house.invited(LEA, event="again")
    waiting = await quiet_house.visited(invited, "Léa Roux")
    assert await find(quiet_house, "léa", back=True) == waiting.visit


async def test_they_are_not_asked_about_anew_by_coming_back_to_the_page(quiet_house: House):
    entered, held = await inside(quiet_house)
    await quiet_house.removals.by_host(held.room, held.identity)
    await quiet_house.shown()
    quiet_house.clock.forward(MINUTE)
    view = await quiet_house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.standing is Standing.REMOVED
    assert await quiet_house.sentences("guest.waits") == []
    async with quiet_house.store() as work:
        await quiet_house.meetings.extend(work, (await quiet_house.of())[1], HOUR)
    await quiet_house.run_due()
    assert await quiet_house.sentences("guest.waits-long") == []
    assert not [kind for kind, _ in await quiet_house.planned() if kind is Kind.ASKED]


async def test_the_page_speaks_for_itself_alone(quiet_house: House):
    entered, _ = await inside(quiet_house)
    assert await quiet_house.removals.by_own_page(entered.visit, "another secret") is None
    assert await standing(quiet_house, entered) is Standing.ADMITTED
    assert await quiet_house.removals.by_own_page(entered.visit, entered.secret) is Standing.REMOVED
