"""Series from a request to the last date: what is kept ahead, its cards, its public holidays."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bridge.domain.agenda import Kind
from bridge.domain.authority import Act
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.message import Card
from bridge.domain.series import Recurrence, Series, skipped
from bridge.domain.wall import ClockChange, moment_of
from bridge.errors import RecurrenceRefused
from bridge.ids import MeetingId
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.services.meetings.next_cards import NextCards
from bridge.services.series.planning import Planned
from tests.services.house import ALICE, HOUR, SALON, START, House, said

DAY, WEEK = timedelta(days=1), timedelta(days=7)
PARIS = "Europe/Paris"


def at(wall: datetime, zone: str = PARIS) -> datetime:
    return moment_of(wall, ZoneInfo(zone))


async def planned(
    house: House, rule: str, first: datetime, *, zone: str = PARIS, **more: object
) -> Planned:
    """Ask for a series of an hour, and make its room."""
    wanted = MeetingRequest(
        title="Mêlée",
        start=at(first, zone),
        end=at(first, zone) + HOUR,
        zone=zone,
        recurrence=Recurrence(rule=rule, **more),  # type: ignore[arg-type]
    )
    async with house.store() as work:
        made = await house.planning.plan(work, said(), wanted)
    assert made is not None
    return made


async def dates(house: House, meeting: MeetingId) -> Sequence[Occurrence]:
    async with house.store.reading() as work:
        return await work.meetings.occurrences_of(meeting)


async def walls(house: House, meeting: MeetingId) -> list[str]:
    """Return the planned dates, as clocks show them."""
    return [
        f"{one.wall_start:%m-%d %H:%M}"
        for one in await dates(house, meeting)
        if one.state is OccurrenceState.PLANNED
    ]


class TestPlanning:
    async def test_a_series_is_one_meeting_with_its_next_dates(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        assert made.series is not None
        assert len(made.occurrences) == 8, "sixty days of Mondays from the first of December"
        assert made.occurrences == tuple(await dates(house, made.meeting.id))
        assert [one.original for one in made.occurrences] == [
            datetime(2026, 12, 7, 9) + n * WEEK for n in range(8)
        ]
        await house.run_due()
        assert len(house.visio.asked) == 1
        rows = await house.planned()
        # The next date that is not there, 1 February, comes within sixty days of it.
        assert rows[Kind.CARRY, str(made.meeting.id)] == at(datetime(2027, 2, 1, 9)) - 60 * DAY

    async def test_far_dates_are_two_at_least(self, house: House):
        made = await planned(house, "FREQ=YEARLY", datetime(2028, 2, 29, 9))
        assert await walls(house, made.meeting.id) == ["02-29 09:00", "02-29 09:00"]
        assert [one.start.year for one in made.occurrences] == [2028, 2032]
        rows = await house.planned()
        assert rows[Kind.CARRY, str(made.meeting.id)] == made.occurrences[0].start

    async def test_dates_are_a_hundred_at_most(self, house: House):
        made = await planned(house, "FREQ=DAILY;BYHOUR=9,11,14", datetime(2026, 12, 2, 9))
        assert len(made.occurrences) == 100
        rows = await house.planned()
        assert rows[Kind.CARRY, str(made.meeting.id)] == made.occurrences[0].start

    async def test_a_series_with_an_end_is_not_carried_on(self, house: House):
        made = await planned(house, "FREQ=WEEKLY;COUNT=3", datetime(2026, 12, 7, 9))
        assert len(made.occurrences) == 3
        assert (Kind.CARRY, str(made.meeting.id)) not in await house.planned()

    async def test_the_same_command_plans_once(self, house: House):
        await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        async with house.store() as work:
            wanted = MeetingRequest(
                start=at(datetime(2026, 12, 7, 9)), recurrence=Recurrence(rule="FREQ=WEEKLY")
            )
            assert await house.planning.plan(work, said(), wanted) is None

    async def test_once_is_no_series(self, house: House):
        async with house.store() as work:
            made = await house.planning.plan(work, said(), MeetingRequest(title="Budget"))
        assert made is not None
        assert made.series is None
        assert made.occurrences[0].original is None

    async def test_from_now_on(self, house: House):
        async with house.store() as work:
            wanted = MeetingRequest(recurrence=Recurrence(rule="FREQ=DAILY"))
            made = await house.planning.plan(work, said(), wanted)
        assert made is not None
        assert made.occurrences[0].start == START
        assert made.occurrences[1].start == START + DAY

    async def test_no_date_is_no_series(self, house: House):
        first = datetime(2026, 12, 7, 9)
        with pytest.raises(RecurrenceRefused):
            await planned(house, "FREQ=WEEKLY;COUNT=1", first, without=(first,))
        with pytest.raises(RecurrenceRefused):
            await planned(house, "FREQ=MINUTELY", first)

    async def test_the_first_that_is_not_left_out_is_the_first(self, house: House):
        first = datetime(2026, 12, 7, 9)
        made = await planned(house, "FREQ=WEEKLY;COUNT=3", first, without=(first,))
        assert await walls(house, made.meeting.id) == ["12-14 09:00", "12-21 09:00"]


class TestCarrying:
    async def test_dates_come_as_time_passes(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        await house.run_until(START + 90 * DAY)
        there = [one.original for one in await dates(house, made.meeting.id)]
        assert there == [datetime(2026, 12, 7, 9) + n * WEEK for n in range(len(there))]
        assert there[-1] == datetime(2027, 4, 26, 9), "the last Monday within sixty days"

    async def test_a_series_that_is_gone_is_carried_nowhere(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        other = MeetingId(made.occurrences[0].id)
        assert await house.carrying.carry(house.due(Kind.CARRY, other)) is None

    async def test_carrying_twice_adds_nothing(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        before = await dates(house, made.meeting.id)
        await house.carrying.carry(house.due(Kind.CARRY, made.meeting.id))
        assert await dates(house, made.meeting.id) == before

    async def test_a_series_that_changed_meanwhile_is_expanded_anew(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        assert made.series is not None
        known = made.series
        expansion = house.carrying.expansion

        class Meanwhile:
            async def starts(self, series: Series, **asked: Any) -> Sequence[datetime]:
                async with house.store() as work:
                    await work.series.save(skipped(known, datetime(2026, 12, 14, 9)))
                return await expansion.starts(series, **asked)

        changing = replace(house.carrying, expansion=Meanwhile())
        due = house.due(Kind.CARRY, made.meeting.id)
        assert await changing.carry(due) == house.clock.now() + timedelta(seconds=1)
        assert await changing.carry(due) != house.clock.now() + timedelta(seconds=1)

    async def test_a_meeting_that_was_deleted_meanwhile_has_no_series(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        expansion = house.carrying.expansion

        class Meanwhile:
            async def starts(self, series: Series, **asked: Any) -> Sequence[datetime]:
                async with house.store.begin() as tx:
                    await tx.connection.execute(text("DELETE FROM meetings"))
                return await expansion.starts(series, **asked)

        changing = replace(house.carrying, expansion=Meanwhile())
        assert await changing.carry(house.due(Kind.CARRY, made.meeting.id)) is None

    async def test_a_date_in_a_thousand_years_is_not_looked_for(self, house: House):
        made = await planned(house, "FREQ=YEARLY;INTERVAL=999", datetime(2026, 12, 7, 9))
        assert len(made.occurrences) == 1

    async def test_a_series_ends_with_its_last_date(self, house: House):
        made = await planned(house, "FREQ=WEEKLY;COUNT=12", datetime(2026, 12, 7, 9))
        await house.run_until(START + 200 * DAY)
        assert len(await dates(house, made.meeting.id)) == 12
        assert (Kind.CARRY, str(made.meeting.id)) not in await house.planned()


class TestHolidays:
    async def test_public_holidays_are_left_out(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 4, 9), holidays="FR")
        assert "12-25 09:00" not in await walls(house, made.meeting.id)
        assert "01-01 09:00" not in await walls(house, made.meeting.id)
        assert made.series is not None
        assert made.series.closed[:2] == (datetime(2026, 12, 25, 9), datetime(2027, 1, 1, 9))
        assert made.series.closed_until == datetime(2026, 12, 4, 9) + 732 * DAY

    async def test_those_of_the_place(self, house: House):
        first = datetime(2026, 12, 20, 9)
        made = await planned(
            house, "FREQ=DAILY;COUNT=3", first, holidays="FR-RE", zone="Indian/Reunion"
        )
        assert await walls(house, made.meeting.id) == ["12-21 09:00", "12-22 09:00"]

    async def test_they_are_looked_up_anew_each_year(self, house: House):
        made = await planned(house, "FREQ=YEARLY", datetime(2026, 12, 25, 9), holidays="GB")
        async with house.store.reading() as work:
            before = await work.series.get(made.meeting.id)
        assert before is None or before.closed_until is not None
        await house.run_until(START + 500 * DAY)
        async with house.store.reading() as work:
            after = await work.series.get(made.meeting.id)
        assert after is not None
        assert before is not None
        assert after.closed_until is not None
        assert before.closed_until is not None
        assert after.closed_until > before.closed_until
        (told,) = await house.sentences("series.holidays")
        assert told.to.salon == SALON
        rows = told.parameters["rows"]
        assert isinstance(rows, list)
        assert len(rows) == 1, "Christmas of the year after"


class TestCards:
    async def cards(self, house: House) -> list[str]:
        sent = [one for one in await house.shown() if isinstance(one, Card)]
        async with house.store.reading() as work:
            found = [await work.meetings.occurrence(one.occurrence) for one in sent]
        return [f"{one.wall_start:%m-%d}" for one in found if one is not None]

    async def test_the_first_answers_the_request_the_next_comes_a_day_before(self, house: House):
        await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
        await house.run_due()
        assert await self.cards(house) == ["12-07"]
        await house.run_until(at(datetime(2026, 12, 13, 8, 59)))
        assert await self.cards(house) == []
        await house.run_until(at(datetime(2026, 12, 13, 9, 1)))
        assert await self.cards(house) == ["12-14"]

    async def test_of_daily_ones_the_next_comes_when_the_last_is_over(self, house: House):
        await planned(house, "FREQ=DAILY", datetime(2026, 12, 2, 9))
        await house.run_due()
        assert await self.cards(house) == ["12-02"]
        await house.run_until(at(datetime(2026, 12, 2, 9, 59)))
        assert await self.cards(house) == []
        await house.run_until(at(datetime(2026, 12, 2, 10)))
        assert await self.cards(house) == ["12-03"]

    async def test_a_longer_meeting_delays_the_next_card(self, house: House):
        made = await planned(house, "FREQ=DAILY", datetime(2026, 12, 2, 9))
        await house.run_due()
        await self.cards(house)
        async with house.store() as work:
            await house.meetings.extend(work, made.occurrences[0], HOUR)
        await house.run_until(at(datetime(2026, 12, 2, 10, 59)))
        assert await self.cards(house) == []
        await house.run_until(at(datetime(2026, 12, 2, 11)))
        assert await self.cards(house) == ["12-03"]

    async def test_a_card_that_is_there_or_without_a_room_is_not_posted(self, house: House):
        made = await planned(house, "FREQ=DAILY", datetime(2026, 12, 2, 9))
        second = house.due(Kind.NEXT, made.occurrences[1].id)
        house.clock.at = made.occurrences[1].start
        assert await NextCards(house.tools).post(second) is None
        assert await self.cards(house) == [], "Visio has not been asked for the room"
        await house.run_due()
        assert await self.cards(house) == ["12-03"]
        assert await NextCards(house.tools).post(second) is None
        assert await self.cards(house) == []
        async with house.store() as work:
            await house.meetings.end(work, made.occurrences[2])
        assert (
            await NextCards(house.tools).post(house.due(Kind.NEXT, made.occurrences[2].id)) is None
        )
        assert await self.cards(house) == []

    async def test_a_late_room_shows_the_date_that_is_next(self, house: House):
        """Only the first date's card was posted, though it was over."""
        made = await planned(house, "FREQ=DAILY", datetime(2026, 12, 2, 9))
        house.clock.at = at(datetime(2026, 12, 3, 8))
        await house.run_due()
        assert await self.cards(house) == ["12-03"]
        assert (await dates(house, made.meeting.id))[0].start == made.occurrences[0].start


class TestClocks:
    @pytest.mark.parametrize(
        ("zone", "first"),
        [
            (PARIS, datetime(2027, 3, 15, 9)),
            (PARIS, datetime(2027, 10, 18, 9)),
            ("America/Cayenne", datetime(2027, 3, 15, 9)),
            ("Indian/Reunion", datetime(2027, 10, 18, 9)),
            ("Pacific/Noumea", datetime(2027, 3, 15, 9)),
            ("Pacific/Auckland", datetime(2027, 3, 22, 9)),
            ("Pacific/Auckland", datetime(2027, 9, 13, 9)),
        ],
    )
    async def test_nine_stays_nine(self, house: House, zone: str, first: datetime):
        house.clock.at = at(first, zone) - DAY
        made = await planned(house, "FREQ=WEEKLY;COUNT=4", first, zone=zone)
        shown = [one.start.astimezone(ZoneInfo(zone)) for one in made.occurrences]
        assert [one.replace(tzinfo=None) for one in shown] == [first + n * WEEK for n in range(4)]
        assert all(one.end - one.start == HOUR for one in made.occurrences)
        assert not made.clock_changes

    async def test_an_hour_that_the_clocks_skip_or_repeat(self, house: House):
        house.clock.at = datetime(2027, 3, 20, tzinfo=UTC)
        made = await planned(house, "FREQ=WEEKLY;COUNT=33", datetime(2027, 3, 21, 2, 30))
        first = made.occurrences[1]
        assert first.start == datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "3:30 by the clocks"
        assert first.wall_start == first.original == datetime(2027, 3, 28, 2, 30)
        assert made.clock_changes == ((first, ClockChange.SKIPPED),)
        await house.run_until(datetime(2027, 10, 30, tzinfo=UTC))
        last = (await dates(house, made.meeting.id))[-1]
        assert last.start == datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "the first 2:30"

    async def test_a_first_date_that_the_clocks_skip(self, house: House):
        house.clock.at = datetime(2027, 3, 20, tzinfo=UTC)
        first = datetime(2027, 3, 21, 2, 30)
        made = await planned(house, "FREQ=WEEKLY", first, without=(first,))
        (kept, *_) = await dates(house, made.meeting.id)
        assert kept == made.occurrences[0]
        assert kept.original == kept.wall_start == first + WEEK
        assert await house.carrying.carry(house.due(Kind.CARRY, made.meeting.id))
        assert len(await dates(house, made.meeting.id)) == len(made.occurrences)

    async def test_year_ends_and_leap_days(self, house: House):
        house.clock.at = datetime(2027, 12, 29, tzinfo=UTC)
        made = await planned(house, "FREQ=DAILY", datetime(2027, 12, 30, 23, 30))
        assert [f"{one.wall_start:%Y-%m-%d}" for one in made.occurrences[:3]] == [
            "2027-12-30",
            "2027-12-31",
            "2028-01-01",
        ]
        await house.run_until(datetime(2028, 2, 1, tzinfo=UTC))
        assert "02-29 23:30" in await walls(house, made.meeting.id)


async def test_a_command_means_the_next_date_of_a_series(house: House):
    """All its dates were offered to choose from."""
    made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))

    async with house.store() as work:
        _, meant = await house.meetings.current(work, said("then", by=ALICE, salon=SALON), Act.LINK)
    assert meant == made.occurrences[0]
