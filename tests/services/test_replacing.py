"""A rule that was written elsewhere, in a calendar, in place of the meeting's own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.domain.meeting import Occurrence
from bridge.domain.series import Recurrence, Series
from bridge.errors import RecurrenceRefused
from bridge.services.invitations.invitations import Guest
from bridge.services.series.changes import SeriesChanged
from bridge.services.series.replacing import Replacing
from tests.services.house import HOUR, House, said
from tests.services.test_series import DAY, at, dates, planned, walls
from tests.services.test_series_changes import TUESDAY

NOON = datetime(2027, 1, 5, 12)


async def replaced(house: House, wanted: Series, since: datetime | None = None) -> SeriesChanged:
    async with house.store() as work:
        meeting = await work.meetings.get(wanted.meeting)
        assert meeting is not None
        return await Replacing(house.changes).replace(work, meeting, wanted, since=since)


async def weekly(house: House, rule: str = "FREQ=WEEKLY;COUNT=4") -> Series:
    made = await planned(house, rule, TUESDAY)
    assert made.series is not None
    return made.series


async def known(house: House, series: Series) -> dict[str, Occurrence]:
    return {f"{one.wall_start:%m-%d %H}": one for one in await dates(house, series.meeting)}


class TestDates:
    async def test_another_hour_moves_all_and_keeps_their_ids(self, house: House):
        series = await weekly(house)
        before = await known(house, series)
        await replaced(house, replace(series, start=NOON, length=2 * HOUR))
        after = await known(house, series)
        assert [one.id for one in after.values()] == [one.id for one in before.values()]
        assert list(after) == ["01-05 12", "01-12 12", "01-19 12", "01-26 12"]
        assert {one.end - one.start for one in after.values()} == {2 * HOUR}

    async def test_a_date_that_both_have_stays_untouched(self, house: House):
        series = await weekly(house)
        before = await known(house, series)
        rule = replace(series.recurrence, rule="FREQ=WEEKLY;INTERVAL=2;COUNT=2")
        changed = await replaced(house, replace(series, recurrence=rule))
        assert await walls(house, series.meeting) == ["01-05 10:00", "01-19 10:00"]
        assert before["01-05 10"].id not in {one.before.id for one in changed.dates}
        assert [one.after.void for one in changed.dates] == [True, True]

    async def test_a_left_out_date_is_cancelled_and_comes_back(self, house: House):
        series = await weekly(house)
        rule = replace(series.recurrence, without=(TUESDAY + 7 * DAY,))
        await replaced(house, replace(series, recurrence=rule))
        assert "01-12 10:00" not in await walls(house, series.meeting)
        await replaced(house, series)
        assert "01-12 10:00" in await walls(house, series.meeting)

    async def test_a_date_that_was_moved_alone_stays_there(self, house: House):
        series = await weekly(house)
        second = (await known(house, series))["01-12 10"]
        async with house.store() as work:
            both = await work.meetings.both(second.id)
            assert both is not None
            await house.changes.move(work, both, datetime(2027, 1, 13, 15))
        rule = replace(series.recurrence, rule="FREQ=WEEKLY;COUNT=3")
        await replaced(house, replace(series, recurrence=rule))
        assert "01-13 15:00" in await walls(house, series.meeting)
        assert len(await walls(house, series.meeting)) == 3

    async def test_dates_before_the_part_that_changes_stay(self, house: House):
        series = await weekly(house)
        later = TUESDAY + 14 * DAY + 2 * HOUR
        rule = replace(series.recurrence, rule="FREQ=WEEKLY;COUNT=2")
        part = replace(series, start=later, recurrence=rule)
        await replaced(house, part, since=TUESDAY + 14 * DAY)
        assert await walls(house, series.meeting) == [
            "01-05 10:00",
            "01-12 10:00",
            "01-19 12:00",
            "01-26 12:00",
        ]

    async def test_another_zone_keeps_the_time_on_its_clocks(self, house: House):
        series = await weekly(house)
        await replaced(house, replace(series, zone="America/Cayenne"))
        first = (await known(house, series))["01-05 10"]
        assert first.start == at(TUESDAY, "America/Cayenne")


class TestOnce:
    async def test_a_single_meeting_becomes_a_series(self, house: House):
        meeting, occurrence = await house.met(start=at(TUESDAY))
        wanted = Series(
            meeting=meeting.id,
            start=TUESDAY,
            length=timedelta(hours=1),
            zone="Europe/Paris",
            recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3"),
        )
        await replaced(house, wanted)
        assert len(await walls(house, meeting.id)) == 3
        assert occurrence.id in {one.id for one in await dates(house, meeting.id)}

    async def test_a_series_takes_place_once_more(self, house: House):
        series = await weekly(house)
        async with house.store() as work:
            meeting = await work.meetings.get(series.meeting)
            assert meeting is not None
            await Replacing(house.changes).once(work, meeting, NOON, HOUR)
        assert await walls(house, series.meeting) == ["01-05 12:00"]


async def test_a_rule_without_a_date_to_come_is_refused(house: House):
    series = await weekly(house)
    rule = replace(series.recurrence, rule="FREQ=WEEKLY;UNTIL=20200101T000000")
    past = replace(series, start=datetime(2019, 12, 3, 10), recurrence=rule)
    with pytest.raises(RecurrenceRefused):
        await replaced(house, past)
    assert len(await walls(house, series.meeting)) == 4


async def test_guests_of_the_series_come_to_its_new_dates(house: House):
    series = await weekly(house)
    first = (await known(house, series))["01-05 10"]
    async with house.store() as work:
        both = await work.meetings.both(first.id)
        assert both is not None
        (one,) = await house.invitations.invite(
            work, said("invite"), both, [Guest("Léa", "lea@partenaire.example")]
        )
    await replaced(house, replace(series, start=NOON))
    async with house.store.reading() as work:
        (kept,) = await work.invitations.of_occurrence(first.id)
        moved = await work.meetings.occurrence(first.id)
    assert moved is not None
    assert kept.id == one.invitation.id
    assert kept.window(moved, house.policy.graces).opens < moved.start
