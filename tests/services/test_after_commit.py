"""The process that decides on an ejection does it at once; the agenda's row is the safety net."""

import asyncio
from collections.abc import Callable

import pytest_asyncio

from bridge.agenda.after_commit import after_commit
from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Kind
from tests.services.house import HOUR, MINUTE, START, House
from tests.services.test_out import revoked
from tests.services.test_seats import LEA, inside, seat


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits; no engine runs in this process."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not ready():
            await asyncio.sleep(0.01)


async def test_out_without_an_engine_and_told_once(house: House):
    _, held = await inside(house)
    async with after_commit(house.store, {Kind.EJECT: house.ejections.eject}):
        await revoked(house)
        await until(lambda: not house.media.rooms[held.room])
    assert (Kind.EJECT, str(held.id)) in await house.planned(), "the net"
    (told,) = await house.sentences("guest.out")
    await house.run_due()
    assert await house.sentences("guest.out") == [told]
    assert [act for act, _ in house.media.acts] == ["remove"]


async def test_the_device_that_was_replaced_is_out_at_once(house: House):
    (invited,) = await house.invited(LEA)
    one, other = await house.visited(invited), await house.visited(invited)
    await house.decided(one.visit)
    held = await seat(house, one)
    house.media.sit(held)
    async with after_commit(house.store, {Kind.EJECT: house.ejections.eject}):
        await house.decided(other.visit)
        await until(lambda: not house.media.rooms[held.room])


async def test_what_is_planned_for_later_is_left_to_the_agenda(house: House):
    async with after_commit(house.store, {Kind.EJECT: house.ejections.eject}):
        _, held = await inside(house)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.extend(work, occurrence, HOUR)
    assert house.media.rooms[held.room] == {held.identity}
    assert house.media.acts == []


async def test_what_fails_is_done_by_the_agenda(house: House):
    _, held = await inside(house)
    house.media.away = True
    async with after_commit(house.store, {Kind.EJECT: house.ejections.eject}):
        await revoked(house)
    house.media.away = False
    await house.run_until(START + MINUTE)
    assert house.media.rooms[held.room] == set()
    assert len(await house.sentences("guest.out")) == 1
