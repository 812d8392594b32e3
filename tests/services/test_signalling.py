"""The gate in front of the media server, on both databases."""

from dataclasses import replace
from uuid import uuid4

import pytest

from bridge.domain.seat import IDENTITY, Seat
from bridge.services.enforcement.signalling_gate import Caller, Signalling
from bridge.services.invitations.invitations import Guest
from tests.doubles.ports import FailingWorks
from tests.services.house import HOUR, MINUTE, START, House

LEA = Guest("Léa Roux", "lea@partenaire.example")


async def seated(house: House) -> Seat:
    (invited,) = await house.invited(LEA)
    entered = await house.visited(invited)
    await house.decided(entered.visit)
    async with house.store.reading() as work:
        seat = await work.seats.of_visit(entered.visit)
    assert seat is not None
    return seat


async def lets_in(house: House, identity: str, room: str, *, twice: bool = False) -> bool:
    gate = Signalling(house.tools)
    return await gate.lets_in(Caller(identity, room), twice=twice)


async def test_a_guest_connects_while_they_have_a_seat(meeting_house: House):
    seat = await seated(meeting_house)
    assert await lets_in(meeting_house, seat.identity, seat.room)
    assert not await lets_in(meeting_house, seat.identity, seat.room, twice=True)
    assert not await lets_in(meeting_house, seat.identity, "another room")
    end = START + HOUR + 15 * MINUTE
    await meeting_house.run_until(end - MINUTE)
    assert await lets_in(meeting_house, seat.identity, seat.room)
    meeting_house.clock.at = end
    assert not await lets_in(meeting_house, seat.identity, seat.room), "before the agenda ran"
    await meeting_house.run_until(end)
    assert not await lets_in(meeting_house, seat.identity, seat.room)
    meeting_house.clock.at = end - MINUTE
    assert not await lets_in(meeting_house, seat.identity, seat.room), "an ended seat stays ended"


async def test_whoever_is_no_guest_connects(meeting_house: House):
    seat = await seated(meeting_house)
    for identity in ("", str(uuid4()), "Jeanne", "guest", "\0"):
        assert await lets_in(meeting_house, identity, seat.room, twice=True)


async def test_about_who_does_not_look_like_a_guest_no_database_is_asked(meeting_house: House):
    away = FailingWorks(meeting_house.store, [TimeoutError()])
    gate = Signalling(replace(meeting_house.tools, works=away))
    for identity in ("", str(uuid4()), "Jeanne"):
        assert await gate.lets_in(Caller(identity, "room"))
    with pytest.raises(TimeoutError):
        await gate.lets_in(Caller(f"{IDENTITY}{uuid4()}", "room"))


async def test_what_we_never_gave_out_is_refused_whatever_is_in_it(meeting_house: House):
    seat = await seated(meeting_house)
    for word in ("", "\0", "\0" * 36, "\udcff", "x" * 9000, f"{uuid4()}#x", f"{uuid4()}\n"):
        assert not await lets_in(meeting_house, f"{IDENTITY}{word}", seat.room)
    assert not await lets_in(meeting_house, f"{seat.identity}#x", seat.room)
    assert not await lets_in(meeting_house, f"{IDENTITY}{uuid4()}", seat.room)
