"""Changes of one date of a series, of that one and those that follow, and of all."""

from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Reach, Series
from bridge.domain.wall import ClockChange
from bridge.errors import MeetingBegun, SeriesUnmoved
from bridge.ids import MeetingId
from bridge.services.invitations.invitations import Guest
from bridge.services.series.changes import SeriesChanged
from bridge.services.series.planning import Planned
from tests.services.house import HOUR, START, House
from tests.services.test_series import DAY, WEEK, at, dates, planned, walls

TUESDAY = datetime(2027, 1, 5, 10)


class Weekly:
    """A series of Tuesdays at ten."""

    def __init__(self, house: House, made: Planned) -> None:
        self.house, self.made = house, made
        self.meeting: MeetingId = made.meeting.id

    async def date(self, wall: datetime) -> Occurrence:
        found = [one for one in await dates(self.house, self.meeting) if one.wall_start == wall]
        assert len(found) == 1
        return found[0]

    async def move(self, wall: datetime, to: datetime, reach: Reach = Reach.ONE) -> SeriesChanged:
        async with self.house.store() as work:
            both = await work.meetings.both((await self.date(wall)).id)
            assert both is not None
            return await self.house.changes.move(work, both, to, reach=reach)

    async def cancel(self, wall: datetime, reach: Reach = Reach.ONE) -> SeriesChanged:
        async with self.house.store() as work:
            both = await work.meetings.both((await self.date(wall)).id)
            assert both is not None
            return await self.house.changes.cancel(work, both, reach=reach)

    async def rename(self, wall: datetime, title: str, reach: Reach = Reach.ONE) -> SeriesChanged:
        async with self.house.store() as work:
            both = await work.meetings.both((await self.date(wall)).id)
            assert both is not None
            return await self.house.changes.rename(work, both, title, reach=reach)

    async def series(self) -> Series:
        async with self.house.store.reading() as work:
            found = await work.series.get(self.meeting)
        assert found is not None
        return found

    async def walls(self) -> list[str]:
        return await walls(self.house, self.meeting)

    async def carried(self) -> list[str]:
        """Carry the series on for a while, and return its dates."""
        await self.house.run_until(self.house.clock.now() + 60 * DAY)
        return await self.walls()


@pytest_asyncio.fixture(loop_scope="session")
async def three(house: House) -> Weekly:
    """Three Tuesdays: 5, 12 and 19 January."""
    return Weekly(house, await planned(house, "FREQ=WEEKLY;COUNT=3", TUESDAY))


@pytest_asyncio.fixture(loop_scope="session")
async def weekly(house: House) -> Weekly:
    """Tuesdays without an end."""
    return Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))


class TestOneDate:
    async def test_it_moves_alone_and_keeps_its_place(self, three: Weekly):
        changed = await three.move(TUESDAY + WEEK, datetime(2027, 1, 13, 14))
        assert await three.walls() == ["01-05 10:00", "01-13 14:00", "01-19 10:00"]
        (moved,) = changed.dates
        assert moved.after.original == moved.before.original == TUESDAY + WEEK
        assert moved.after.sequence == moved.before.sequence + 1
        assert moved.after.end - moved.after.start == HOUR
        assert changed.series == changed.series_before
        rows = await three.house.planned()
        window = three.house.policy.graces
        assert rows[Kind.OPEN, str(moved.after.id)] == moved.after.start - window.before
        assert rows[Kind.NEXT, str(moved.after.id)] == moved.after.start - DAY

    async def test_it_can_get_another_length_and_another_day_is_no_new_date(self, weekly: Weekly):
        async with weekly.house.store() as work:
            both = await work.meetings.both((await weekly.date(TUESDAY)).id)
            assert both is not None
            await weekly.house.changes.move(
                work, both, datetime(2027, 2, 1, 10), length=timedelta(minutes=30)
            )
        moved = await weekly.date(datetime(2027, 2, 1, 10))
        assert moved.end - moved.start == timedelta(minutes=30)
        assert "01-05 10:00" not in await weekly.carried()

    async def test_one_that_is_cancelled_is_not_the_end_of_the_series(self, three: Weekly):
        """nextcloud/calendar#7057 and #8293."""
        changed = await three.cancel(TUESDAY + WEEK)
        assert await three.walls() == ["01-05 10:00", "01-19 10:00"]
        assert [one.after.state for one in changed.dates] == [OccurrenceState.CANCELLED]
        assert (await three.series()).recurrence.without == (TUESDAY + WEEK,)
        rows = await three.house.planned()
        gone = str(changed.dates[0].after.id)
        assert {kind for kind, key in rows if key == gone} == {Kind.FORGET}
        assert await three.carried() == ["01-05 10:00", "01-19 10:00"]

    async def test_what_has_begun_does_not_move(self, three: Weekly):
        three.house.clock.at = at(TUESDAY)
        with pytest.raises(MeetingBegun):
            await three.move(TUESDAY, TUESDAY + HOUR)

    async def test_what_goes_on_ends(self, three: Weekly):
        three.house.clock.at = at(TUESDAY) + HOUR / 2
        changed = await three.cancel(TUESDAY)
        assert changed.dates[0].after.state is OccurrenceState.ENDED
        assert await three.walls() == ["01-12 10:00", "01-19 10:00"]

    async def test_it_gets_a_title_of_its_own(self, three: Weekly):
        await three.rename(TUESDAY + WEEK, "Bilan")
        titles = [one.title for one in await dates(three.house, three.meeting)]
        assert titles == [None, "Bilan", None]

    async def test_a_series_without_a_room_yet_keeps_asking_for_it(self, three: Weekly):
        """One date that was cancelled took the request for the room with it."""
        await three.cancel(TUESDAY)
        await three.house.run_due()
        assert len(three.house.visio.asked) == 1

    async def test_an_hour_that_the_clocks_skip_is_told(self, weekly: Weekly):
        changed = await weekly.move(TUESDAY, datetime(2027, 3, 28, 2, 30))
        assert [change for _, change in changed.clock_changes] == [ClockChange.SKIPPED]


class TestThoseThatFollow:
    async def test_they_move_by_as_much_and_the_past_stays(self, weekly: Weekly):
        ids = [one.id for one in await dates(weekly.house, weekly.meeting)]
        await weekly.move(TUESDAY + WEEK, datetime(2027, 1, 13, 14), Reach.FOLLOWING)
        series = await weekly.series()
        assert series.recurrence.rule == "FREQ=WEEKLY"
        assert series.start == datetime(2027, 1, 13, 14)
        assert [one.id for one in await dates(weekly.house, weekly.meeting)][: len(ids)] == ids
        assert (await weekly.carried())[:4] == [
            "01-05 10:00",
            "01-13 14:00",
            "01-20 14:00",
            "01-27 14:00",
        ]

    async def test_an_exception_stays_where_it_is(self, three: Weekly):
        """sabre-io/vobject#715, linagora/twake-calendar-frontend#318."""
        await three.move(TUESDAY + 2 * WEEK, TUESDAY + 2 * WEEK + HOUR)
        await three.move(TUESDAY, TUESDAY + HOUR / 2, Reach.ALL)
        assert await three.walls() == ["01-05 10:30", "01-12 10:30", "01-19 11:00"]
        last = await three.date(TUESDAY + 2 * WEEK + HOUR)
        assert last.original == TUESDAY + 2 * WEEK + HOUR / 2

    async def test_as_many_are_left_as_before(self, three: Weekly):
        await three.cancel(TUESDAY + 2 * WEEK)
        await three.move(TUESDAY + WEEK, TUESDAY + WEEK + 2 * DAY, Reach.FOLLOWING)
        assert await three.carried() == ["01-05 10:00", "01-14 10:00"]
        series = await three.series()
        assert series.recurrence.rule == "FREQ=WEEKLY;COUNT=2"
        assert series.recurrence.without == (TUESDAY + 2 * WEEK + 2 * DAY,)

    async def test_they_are_cancelled_and_the_series_ends(self, weekly: Weekly):
        changed = await weekly.cancel(TUESDAY + 2 * WEEK, Reach.FOLLOWING)
        assert len(changed.dates) == len(weekly.made.occurrences) - 2
        assert (await weekly.series()).recurrence.rule == "FREQ=WEEKLY;UNTIL=20270119T095959"
        assert await weekly.carried() == ["01-05 10:00", "01-12 10:00"]
        rows = await weekly.house.planned()
        assert (Kind.CARRY, str(weekly.meeting)) not in rows

    async def test_they_get_another_title_also_those_to_come(self, weekly: Weekly):
        await weekly.rename(TUESDAY + WEEK, "Bilan", Reach.FOLLOWING)
        await weekly.carried()
        titles = [one.title for one in await dates(weekly.house, weekly.meeting)]
        assert titles == [None] + ["Bilan"] * (len(titles) - 1)
        assert len(titles) > len(weekly.made.occurrences)

    @pytest.mark.parametrize(
        ("rule", "days", "moved", "then"),
        [
            (
                "FREQ=WEEKLY;BYDAY=TU,TH",
                (TUESDAY, TUESDAY + DAY),
                "FREQ=WEEKLY;BYDAY=WE,FR",
                ["01-06 10:00", "01-08 10:00", "01-13 10:00"],
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU",
                (datetime(2027, 1, 9, 10), datetime(2027, 1, 10, 10)),
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=TU",
                ["01-10 10:00", "01-11 10:00", "01-24 10:00"],
            ),
            (
                "FREQ=MONTHLY;BYDAY=1TU",
                (TUESDAY, TUESDAY + 7 * DAY + HOUR),
                "FREQ=MONTHLY;BYDAY=2TU",
                ["01-12 11:00", "02-09 11:00"],
            ),
            (
                "FREQ=MONTHLY;BYDAY=-1TU",
                (datetime(2027, 1, 26, 10), datetime(2027, 1, 28, 10)),
                "FREQ=MONTHLY;BYDAY=-1TH",
                ["01-28 10:00", "02-25 10:00"],
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=5;COUNT=3",
                (TUESDAY, TUESDAY + 2 * DAY),
                "FREQ=MONTHLY;BYMONTHDAY=7;COUNT=3",
                ["01-07 10:00", "02-07 10:00"],
            ),
            (
                "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270131T235959",
                (TUESDAY, TUESDAY + DAY),
                "FREQ=WEEKLY;BYDAY=WE;UNTIL=20270131T235959",
                ["01-06 10:00", "01-13 10:00", "01-20 10:00", "01-27 10:00"],
            ),
            (
                "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270119T100000",
                (TUESDAY, TUESDAY + DAY),
                "FREQ=WEEKLY;BYDAY=WE;COUNT=3",
                ["01-06 10:00", "01-13 10:00", "01-20 10:00"],
            ),
        ],
    )
    async def test_the_rule_follows(
        self, house: House, rule: str, days: tuple[datetime, datetime], moved: str, then: list[str]
    ):
        first, to = days
        made = Weekly(house, await planned(house, rule, first))
        await made.move(first, to, Reach.FOLLOWING)
        assert (await made.series()).recurrence.rule == moved
        assert (await made.walls())[: len(then)] == then

    @pytest.mark.parametrize(
        ("rule", "first"),
        [
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3", TUESDAY),
            ("FREQ=DAILY;BYHOUR=10,14", TUESDAY),
            ("FREQ=MONTHLY;BYDAY=1TU,3TU", TUESDAY),
        ],
    )
    async def test_a_rule_that_can_not_follow_is_refused(
        self, house: House, rule: str, first: datetime
    ):
        made = Weekly(house, await planned(house, rule, first))
        with pytest.raises(SeriesUnmoved):
            await made.move(first, first + DAY + HOUR, Reach.FOLLOWING)
        assert await made.walls()

    async def test_all_moved_by_a_later_date_keep_no_other_place_in_the_month(self, house: House):
        made = Weekly(house, await planned(house, "FREQ=MONTHLY;BYDAY=1TU", TUESDAY))
        with pytest.raises(SeriesUnmoved):
            await made.move(datetime(2027, 2, 2, 10), datetime(2027, 2, 9, 10), Reach.ALL)
        await made.move(datetime(2027, 2, 2, 10), datetime(2027, 2, 2, 11), Reach.ALL)
        assert (await made.walls())[:2] == ["01-05 11:00", "02-02 11:00"]

    async def test_dates_besides_move_too(self, house: House):
        rule = "FREQ=WEEKLY;COUNT=2"
        besides = (TUESDAY + 3 * DAY,)
        made = Weekly(house, await planned(house, rule, TUESDAY, besides=besides))
        await made.move(TUESDAY, TUESDAY + HOUR, Reach.ALL)
        assert await made.walls() == ["01-05 11:00", "01-08 11:00", "01-12 11:00"]
        await made.cancel(TUESDAY + 3 * DAY + HOUR)
        assert (await made.series()).recurrence.besides == ()

    async def test_other_days_have_other_holidays(self, house: House):
        first = datetime(2026, 12, 18, 9)
        made = Weekly(house, await planned(house, "FREQ=WEEKLY;COUNT=4", first, holidays="FR"))
        assert await made.walls() == ["12-18 09:00", "01-08 09:00"], "not Christmas nor New Year"
        changed = await made.move(first, first - DAY, Reach.FOLLOWING)
        assert await made.walls() == ["12-17 09:00", "12-24 09:00", "12-31 09:00", "01-07 09:00"]
        assert len(changed.added) == 2
        await made.move(first - DAY, first, Reach.FOLLOWING)
        assert await made.walls() == ["12-18 09:00", "01-08 09:00"]

    async def test_they_can_get_another_length(self, weekly: Weekly):
        async with weekly.house.store() as work:
            both = await work.meetings.both((await weekly.date(TUESDAY + WEEK)).id)
            assert both is not None
            await weekly.house.changes.move(
                work, both, TUESDAY + WEEK, reach=Reach.FOLLOWING, length=2 * HOUR
            )
        await weekly.carried()
        lengths = [one.end - one.start for one in await dates(weekly.house, weekly.meeting)]
        assert lengths == [HOUR] + [2 * HOUR] * (len(lengths) - 1)

    async def test_dates_besides_alone_do_not_move_together(self, house: House):
        besides = (TUESDAY + 20 * DAY,)
        made = Weekly(house, await planned(house, "FREQ=WEEKLY;COUNT=2", TUESDAY, besides=besides))
        with pytest.raises(SeriesUnmoved):
            await made.move(TUESDAY + 20 * DAY, TUESDAY + 21 * DAY, Reach.FOLLOWING)


class TestAll:
    async def test_all_that_have_not_begun_move(self, weekly: Weekly):
        weekly.house.clock.at = at(TUESDAY) + DAY
        await weekly.move(TUESDAY + WEEK, TUESDAY + WEEK + HOUR, Reach.ALL)
        assert (await weekly.walls())[:3] == ["01-05 10:00", "01-12 11:00", "01-19 11:00"]

    async def test_all_are_cancelled(self, weekly: Weekly):
        weekly.house.clock.at = at(TUESDAY) + HOUR / 2
        changed = await weekly.cancel(TUESDAY + WEEK, Reach.ALL)
        states = {one.after.state for one in changed.dates}
        assert states == {OccurrenceState.ENDED, OccurrenceState.CANCELLED}
        assert await weekly.carried() == []
        assert (Kind.CARRY, str(weekly.meeting)) not in await weekly.house.planned()

    async def test_all_get_another_title(self, weekly: Weekly):
        await weekly.rename(TUESDAY + WEEK, "Bilan")
        changed = await weekly.rename(TUESDAY, "Point", Reach.ALL)
        assert changed.meeting.title == "Point"
        assert {one.title for one in await dates(weekly.house, weekly.meeting)} == {None}

    async def test_a_meeting_that_is_once_has_one_date(self, house: House):
        meeting, occurrence = await house.met(start=START + DAY)
        async with house.store() as work:
            wall = occurrence.wall_start + HOUR
            moved = await house.changes.move(work, (meeting, occurrence), wall, reach=Reach.ALL)
        (one,) = moved.dates
        assert one.after.start == START + DAY + HOUR
        async with house.store() as work:
            await house.changes.rename(work, (meeting, one.after), "Point")
            about = await work.meetings.both(occurrence.id)
            assert about is not None
            assert about[0].title == "Point"
            await house.changes.cancel(work, about, reach=Reach.FOLLOWING)
        assert (await house.of())[1].state is OccurrenceState.CANCELLED


class TestGuests:
    async def test_a_guest_of_the_series_follows_each_move(self, weekly: Weekly):
        house = weekly.house
        await house.run_due()
        (invited,) = await house.invited(
            Guest("Léa Roux", "lea@partenaire.example"), scope=WholeSeries()
        )
        await house.run_due()
        await weekly.move(TUESDAY, TUESDAY + HOUR)
        house.clock.at = at(TUESDAY)
        entered = await house.visited(invited)
        view = await house.admissions.arrive(entered.visit, entered.secret)
        assert view is not None
        assert (view.standing, view.start) == (Standing.EARLY, at(TUESDAY) + HOUR)
        await house.run_until(at(TUESDAY) + 2 * DAY)
        view = await house.admissions.arrive(entered.visit, entered.secret)
        assert view is not None
        entered = await house.visited(invited)
        view = await house.admissions.arrive(entered.visit, entered.secret)
        assert view is not None
        assert view.start == at(TUESDAY) + WEEK
