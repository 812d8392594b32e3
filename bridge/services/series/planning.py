"""Plans a meeting that an agent asks for: once, or a series."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.cause import Cause
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.series import Recurrence, Series
from bridge.domain.wall import ClockChange, change_at, moment_of, wall_of
from bridge.errors import RecurrenceRefused
from bridge.ids import MeetingId, uuid7
from bridge.ports import UnitOfWork
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.series.carrying import Carrying

_BEFORE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting that was planned, with its next dates."""

    meeting: Meeting
    occurrences: tuple[Occurrence, ...]
    """The first is the one whose card answers the request."""
    series: Series | None = None
    """Its `closed` are the dates that public holidays leave out, to be told."""

    @property
    def clock_changes(self) -> tuple[tuple[Occurrence, ClockChange], ...]:
        """The dates that a change of clocks touches, to be told."""
        found = [(one, change_at(one.wall_start, ZoneInfo(one.zone))) for one in self.occurrences]
        return tuple((one, change) for one, change in found if change is not None)


@dataclass(frozen=True, slots=True)
class Planning:
    """Plans meetings in the command's transaction."""

    meetings: Meetings
    carrying: Carrying

    async def plan(self, work: UnitOfWork, cause: Cause, wanted: MeetingRequest) -> Planned | None:
        """Store a request as `Meetings.ask` does, with the next dates of a series.

        One meeting and one room for all dates. `None` if the same command has asked already.
        Raises what `Meetings.ask` raises, and RecurrenceRefused, also if no date is left.
        """
        if wanted.recurrence is None:
            both = await self.meetings.ask(work, cause, wanted)
            return None if both is None else Planned(both[0], (both[1],))
        now = self.meetings.tools.now()
        start = wanted.start or now
        series = self._series(wanted, wanted.recurrence, start)
        ahead = await self.carrying.ahead(series, min(now, start - _BEFORE))
        if not ahead.starts:
            raise RecurrenceRefused(why="empty")
        first = moment_of(ahead.starts[0], self.carrying.zones(series.zone))
        dated = replace(wanted, start=first, end=first + series.length)
        both = await self.meetings.ask(work, cause, dated)
        if both is None:
            return None
        meeting, occurrence = both
        if occurrence.original != ahead.starts[0]:  # a change of clocks skips that time
            occurrence = replace(occurrence, wall=ahead.starts[0], original=ahead.starts[0])
            await work.meetings.save_occurrence(occurrence)
        ours = replace(ahead, series=replace(ahead.series, meeting=meeting.id))
        added = await self.carrying.keep(work, meeting, ours, now)
        return Planned(meeting, (occurrence, *added), ours.series)

    def _series(self, wanted: MeetingRequest, recurrence: Recurrence, start: datetime) -> Series:
        length = self.meetings.tools.policy.duration
        if wanted.end is not None:
            length = wanted.end - start
        return Series(
            meeting=MeetingId(uuid7(start)),  # until there is one
            start=wall_of(start, self.carrying.zones(wanted.zone)),
            length=length,
            zone=wanted.zone,
            recurrence=self._said(recurrence),
        )

    def _said(self, recurrence: Recurrence) -> Recurrence:
        """Return a recurrence without the exceptions that are public holidays.

        The series looks these up itself, and anew when it moves.
        """
        place = recurrence.holidays
        if place is None:
            return recurrence
        years = {one.year for one in recurrence.without}
        closed = self.carrying.holidays.days(place, years)
        said = tuple(one for one in recurrence.without if one.date() not in closed)
        return replace(recurrence, without=said)
