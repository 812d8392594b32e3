"""Carries series on: the next dates of each are kept as occurrences, and more when time passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.ahead import AHEAD, AT_LEAST, AT_MOST, stretch
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice, course
from bridge.domain.rules import latest
from bridge.domain.series import Series, closed_on
from bridge.domain.wall import DAY, moment_of, wall_of
from bridge.ids import MeetingId, OccurrenceId, uuid7
from bridge.ports import Expansion, PublicHolidays, UnitOfWork
from bridge.services.cards import arm_cards
from bridge.services.naming import titled
from bridge.services.telling import to_meeting
from bridge.services.timebox import arm
from bridge.services.tools import Tools

log = structlog.get_logger()

Zones: TypeAlias = Callable[[str], tzinfo]
"""Returns the rules of a zone by its IANA name."""

HOLIDAYS_AHEAD = timedelta(days=2 * 366)
"""How far ahead public holidays are left out."""
_LOOK_AGAIN = timedelta(days=365)
"""They are looked up anew when no more than this is left."""
_SOON = timedelta(seconds=1)
_REACHES = (AHEAD + 2 * DAY, timedelta(days=800), timedelta(days=4_000), timedelta(days=36_600))
"""How far to look for the next dates: each further one only if there are too few."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next dates of a series, as they are to be kept now."""

    series: Series
    """With the public holidays that it leaves out."""
    starts: tuple[datetime, ...]
    """Naive, ascending."""
    again: datetime | None
    """When it must be carried on; `None`: it needs no more."""


@dataclass(frozen=True, slots=True)
class Carrying:
    """Knows the next dates of series, and keeps them."""

    tools: Tools
    expansion: Expansion
    holidays: PublicHolidays
    zones: Zones = ZoneInfo

    async def ahead(self, series: Series, now: datetime) -> Ahead:
        """Return the next dates of a series, after now.

        It may take seconds, for a rule that nobody types. Raises RecurrenceRefused.
        """
        if series.over:
            return Ahead(series, (), None)
        zone = self.zones(series.zone)
        series = await self._closed(series, wall_of(now, zone))
        starts = await self._next(series, now, zone)
        wanted = stretch([moment_of(one, zone) for one in starts], now)
        moments = [wanted.again]
        if series.closed_until is not None and wanted.again is not None:
            moments.append(moment_of(series.closed_until, zone) - _LOOK_AGAIN)
        again = min((one for one in moments if one is not None), default=None)
        return Ahead(series, tuple(starts[: wanted.size]), again)

    async def _closed(self, series: Series, wall: datetime) -> Series:
        """Return a series that leaves out the public holidays of the next two years."""
        place, known = series.recurrence.holidays, series.closed_until
        if place is None or (known is not None and known > wall + _LOOK_AGAIN):
            return series
        until = max(wall, series.start) + HOLIDAYS_AHEAD
        days = self.holidays.days(place, range(series.start.year, until.year + 1))
        every = replace(series, closed=())
        starts = await self.expansion.starts(every, since=series.start, before=until)
        return closed_on(series, starts, days, until)

    async def _next(self, series: Series, now: datetime, zone: tzinfo) -> Sequence[datetime]:
        """Return the dates to come: one more at least than are kept, if there is one."""
        wall, found = wall_of(now, zone), list[datetime]()
        since = max(wall, series.start)
        last = latest(series.recurrence.rule, series.start)
        for reach in _REACHES:
            found = [
                one
                for one in await self.expansion.starts(
                    series, since=wall, before=since + reach, most=AT_MOST + 2
                )
                if moment_of(one, zone) > now
            ]
            far = [one for one in found if moment_of(one, zone) > now + AHEAD]
            enough = len(found) > AT_MOST or (far and len(found) > AT_LEAST)
            if enough or (last is not None and since + reach > last):
                break
        return found

    async def keep(
        self, work: UnitOfWork, meeting: Meeting, ahead: Ahead, now: datetime
    ) -> list[Occurrence]:
        """Keep the series and those of its next dates that are missing; return these.

        A date that was moved or ended is not missing. The agenda carries the series on.
        """
        series = ahead.series
        await work.series.save(series)
        await self.carry_on(work, meeting.id, ahead.again)
        if not ahead.starts:
            return []
        there = await work.meetings.places(meeting.id, since=ahead.starts[0])
        added = [self._made(series, one, now) for one in ahead.starts if one not in there]
        await work.meetings.add_occurrences(meeting, *added)
        for one in added:
            await arm(work, one, self.tools.policy, now)
        if added:
            await arm_cards(work, meeting.id, now)
        return added

    async def carry_on(self, work: UnitOfWork, meeting: MeetingId, again: datetime | None) -> None:
        """Plan when a series is carried on; `None`: never again."""
        if again is None:
            await work.agenda.drop(Kind.CARRY, [str(meeting)])
        else:
            await work.agenda.plan([Due(Kind.CARRY, str(meeting), again)])

    async def _tell(
        self, work: UnitOfWork, meeting: Meeting, before: Series, series: Series
    ) -> None:
        """Tell which dates of another year public holidays leave out."""
        known = before.closed_until
        fresh = [one for one in series.closed if known is not None and one >= known]
        if not fresh:
            return
        zone = self.zones(series.zone)
        starts = [moment_of(one, zone) for one in fresh]
        await work.outbox.post(
            Notice(
                idempotency_key=f"holidays:{meeting.id}:{series.closed_until}",
                to=to_meeting(meeting),
                template="series.holidays",
                parameters={
                    "title": titled(meeting),
                    "rows": [course(one, one + series.length, series.zone) for one in starts],
                },
                thread=meeting.thread,
            )
        )

    def _made(self, series: Series, wall: datetime, now: datetime) -> Occurrence:
        start = moment_of(wall, self.zones(series.zone))
        return Occurrence(
            id=OccurrenceId(uuid7(now)),
            meeting=series.meeting,
            title=series.title,
            start=start,
            end=start + series.length,
            zone=series.zone,
            wall=wall,
            original=wall,
            apart=self.tools.policy.room_per_date,
        )

    async def carry(self, due: Due) -> datetime | None:
        """Agenda handler: keep the dates that have come near, and public holidays a year later."""
        meeting_id, now = MeetingId(UUID(due.key)), self.tools.now()
        async with self.tools.works.reading() as work:
            series = await work.series.get(meeting_id)
        if series is None:
            return None
        ahead = await self.ahead(series, now)
        async with self.tools.works() as work:
            meeting = await work.meetings.get(meeting_id)
            if meeting is None:
                return None
            if await work.series.get(meeting_id) != series:
                return now + _SOON
            added = await self.keep(work, meeting, ahead, now)
            await self._tell(work, meeting, series, ahead.series)
        log.info("series.carried", meeting=due.key, added=len(added))
        return ahead.again
