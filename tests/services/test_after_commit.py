"""The process that decides on an ejection does it at once; the agenda's row is the safety net."""

import asyncio
from collections.abc import Callable

from bridge.agenda.after_commit import after_commit
from bridge.domain.agenda import Kind
from tests.services.house import HOUR, MINUTE, START, House
from tests.services.test_ejection_times import revoked
from tests.services.test_seats import LEA, inside, seat


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not ready():
            await asyncio.sleep(0.01)


async def test_out_without_an_engine_and_told_once(meeting_house: House):
    _, held = await inside(meeting_house)
    async with after_commit(meeting_house.store, {Kind.EJECT: meeting_house.ejections.eject}):
        await revoked(meeting_house)
        await until(lambda: not meeting_house.media.rooms[held.room])
    assert (Kind.EJECT, str(held.id)) in await meeting_house.planned(), "the net"
    (told,) = await meeting_house.sentences("guest.out")
    await meeting_house.run_due()
    assert await meeting_house.sentences("guest.out") == [told]
    assert [act for act, _ in meeting_house.media.acts] == ["remove"]


async def test_the_device_that_was_replaced_is_out_at_once(meeting_house: House):
    (invited,) = await meeting_house.invited(LEA)
    one, other = await meeting_house.visited(invited), await meeting_house.visited(invited)
    await meeting_house.decided(one.visit)
    held = await seat(meeting_house, one)
    meeting_house.media.sit(held)
    async with after_commit(meeting_house.store, {Kind.EJECT: meeting_house.ejections.eject}):
        await meeting_house.decided(other.visit)
        await until(lambda: not meeting_house.media.rooms[held.room])


async def test_what_is_planned_for_later_is_left_to_the_agenda(meeting_house: House):
    async with after_commit(meeting_house.store, {Kind.EJECT: meeting_house.ejections.eject}):
        _, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
    assert meeting_house.media.rooms[held.room] == {held.identity}
    assert meeting_house.media.acts == []


async def test_what_fails_is_done_by_the_agenda(meeting_house: House):
    _, held = await inside(meeting_house)
    meeting_house.media.away = True
    async with after_commit(meeting_house.store, {Kind.EJECT: meeting_house.ejections.eject}):
        await revoked(meeting_house)
    meeting_house.media.away = False
    await meeting_house.run_until(START + MINUTE)
    assert meeting_house.media.rooms[held.room] == set()
    assert len(await meeting_house.sentences("guest.out")) == 1
