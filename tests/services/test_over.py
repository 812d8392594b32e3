"""Meetings that are over leave the searches, and none before guests have left them."""

from datetime import timedelta

from bridge.domain.authority import Act
from bridge.services.meetings.attendance import Attendance
from bridge.services.meetings.over import Over
from tests.services.house import HOUR, MINUTE, SALON, House, said

LONG_AGO = timedelta(days=30)


async def found(house: House) -> int:
    """Return how many of the salon's meetings a search for any end finds."""
    async with house.store.reading() as work:
        after = house.clock.now() - LONG_AGO
        return len(await work.meetings.of_salon(SALON, ending_after=after))


async def test_one_that_has_just_ended_stays(house: House):
    meeting, _ = await house.met()
    house.clock.forward(HOUR + 14 * MINUTE)
    await Over(house.tools).note(house.clock.now())
    async with house.store() as work:
        assert (await house.meetings.current(work, said("x"), Act.EXTEND))[0] == meeting
    assert len(await Attendance(house.tools).followed(house.clock.now())) == 1


async def test_one_that_ended_hours_ago_goes(house: House):
    await house.met()
    house.clock.forward(4 * HOUR)
    assert await found(house) == 1
    await Over(house.tools).note(house.clock.now())
    assert await found(house) == 0


async def test_one_that_is_reopened_days_later_is_followed(house: House):
    """It is days long then: no longest meeting bounds the search."""
    await house.met()
    house.clock.forward(timedelta(days=5))
    await Over(house.tools).note(house.clock.now())
    async with house.store() as work:
        meeting, occurrence = await house.of()
        await house.meetings.extend(work, occurrence, HOUR)
    assert len(await Attendance(house.tools).followed(house.clock.now())) == 1
    async with house.store() as work:
        assert (await house.meetings.current(work, said("x"), Act.EXTEND))[0].id == meeting.id


async def test_one_that_is_ended_goes_at_once(house: House):
    await house.met()
    async with house.store() as work:
        await house.meetings.end(work, (await house.of())[1])
    assert await found(house) == 0
