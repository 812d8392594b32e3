"""Changes of what is planned: of one date, of that one and those that follow, or of all.

A meeting that takes place once has one date: what reaches further means that one. Each runs in the
command's transaction and returns what changed, as it was and as it is, so that it can be told and
taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.scope import OneOccurrence
from bridge.domain.series import Reach, Series, ended_before, skipped
from bridge.domain.wall import ClockChange, change_at, moment_of
from bridge.errors import MeetingBegun, MeetingOver
from bridge.ports import UnitOfWork
from bridge.ports.work import HasInvitations
from bridge.services.cards import arm_cards, refresh_card
from bridge.services.meetings.lifecycle import Meetings, is_over
from bridge.services.naming import titled
from bridge.services.news import SETTLES, settles_in, tell_guests
from bridge.services.series.carrying import Carrying
from bridge.services.series.following import Shift, Shifting
from bridge.services.timebox import arm


@dataclass(frozen=True, slots=True)
class DateChanged:
    """One date, as it was and as it is."""

    before: Occurrence
    after: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChanged:
    """All that a change did."""

    before: Meeting
    meeting: Meeting
    dates: tuple[DateChanged, ...] = ()
    """By their starts before."""
    added: tuple[Occurrence, ...] = ()
    """Dates that are there only since the change."""
    series_before: Series | None = None
    series: Series | None = None

    @property
    def clock_changes(self) -> tuple[tuple[Occurrence, ClockChange], ...]:
        """The dates that a change of clocks touches, to be told."""
        after = [*(one.after for one in self.dates), *self.added]
        found = [(one, change_at(one.wall_start, ZoneInfo(one.zone))) for one in after]
        return tuple((one, change) for one, change in found if change is not None)


@dataclass(frozen=True, slots=True)
class Changes:
    """Use cases on what is planned."""

    meetings: Meetings
    carrying: Carrying

    async def move(
        self,
        work: UnitOfWork,
        about: tuple[Meeting, Occurrence],
        wall: datetime,
        *,
        reach: Reach = Reach.ONE,
        length: timedelta | None = None,
    ) -> SeriesChanged:
        """Move a date to another wall time in its zone, and with it others of its series.

        Those move by as much, or keep their place in the month. A date that was moved alone before
        stays where it is. Raises MeetingOver, MeetingBegun, SeriesUnmoved for a rule that can't
        follow, RecurrenceRefused.
        """
        meeting, occurrence = about
        now = self.meetings.tools.now()
        if is_over(occurrence, now):
            raise MeetingOver(title=titled(*about))
        if occurrence.start <= now:
            raise MeetingBegun
        series = await work.series.get(meeting.id)
        if series is None or occurrence.original is None or reach is Reach.ONE:
            moved = self._at(occurrence, wall, length)
            dates = await self.saved(work, [DateChanged(occurrence, moved)], now)
            return SeriesChanged(
                before=meeting, meeting=meeting, dates=dates, series_before=series, series=series
            )
        shift = await Shifting(self.carrying).shift(
            work, series, occurrence, wall, reach=reach, length=length
        )
        return await self._shifted(work, meeting, series, shift, now)

    async def _shifted(
        self, work: UnitOfWork, meeting: Meeting, series: Series, shift: Shift, now: datetime
    ) -> SeriesChanged:
        """Store a series that moved: its dates, those that holidays take and those they leave."""
        ahead = await self.carrying.ahead(shift.series, now)
        closed = set(ahead.series.left_out)
        gone = [one for one in shift.dates if self._closed(one[1], closed)]
        for before, after in shift.dates:
            if before.state is not OccurrenceState.PLANNED or before.start <= now:
                await work.meetings.save_occurrence(after)  # only its place in the series
        dates = await self.saved(
            work,
            [
                DateChanged(before, after.cancelled(now) if (before, after) in gone else after)
                for before, after in shift.dates
                if before.state is OccurrenceState.PLANNED and before.start > now
            ],
            now,
        )
        added = await self.carrying.keep(work, meeting, ahead, now)
        await arm_cards(work, meeting.id, now, [one.after for one in dates])
        return SeriesChanged(
            before=meeting,
            meeting=meeting,
            dates=dates,
            added=tuple(added),
            series_before=series,
            series=ahead.series,
        )

    def _closed(self, after: Occurrence, closed: set[datetime]) -> bool:
        return after.wall_start == after.original and after.original in closed

    def _at(self, occurrence: Occurrence, wall: datetime, length: timedelta | None) -> Occurrence:
        start = moment_of(wall, self.carrying.zones(occurrence.zone))
        lasts = occurrence.end - occurrence.start if length is None else length
        return replace(occurrence.moved(start, start + lasts), wall=wall)

    async def cancel(
        self,
        work: UnitOfWork,
        about: tuple[Meeting, Occurrence],
        *,
        reach: Reach = Reach.ONE,
        back: bool = False,
    ) -> SeriesChanged:
        """Cancel a date, that one and those that follow, or all; one in progress ends.

        The others stay, and so do their links. `back`: it was never intended, so it is cancelled
        although it has begun.
        """
        meeting, occurrence = about
        now = self.meetings.tools.now()
        series = await work.series.get(meeting.id)
        if series is None or occurrence.original is None:
            ended = await self.meetings.end(work, occurrence, back=back)
            return SeriesChanged(
                before=meeting,
                meeting=await work.meetings.get(meeting.id) or meeting,
                dates=(DateChanged(occurrence, ended),),
            )
        if reach is Reach.ONE:
            left = skipped(series, occurrence.original)
            return await self._ended(work, meeting, [occurrence], (series, left), now)
        planned = await work.meetings.planned_of(meeting.id, ending_after=now, held=True)
        if reach is Reach.FOLLOWING:
            planned = [one for one in planned if _follows(one, occurrence)]
        first = min((one.original for one in planned if one.original is not None), default=None)
        left = series if first is None else ended_before(series, first)
        return await self._ended(work, meeting, planned, (series, left), now)

    async def _ended(
        self,
        work: UnitOfWork,
        meeting: Meeting,
        whom: Iterable[Occurrence],
        series: tuple[Series, Series] | None,
        now: datetime,
    ) -> SeriesChanged:
        dates = [DateChanged(one, await self.meetings.end(work, one)) for one in whom]
        before, after = series or (None, None)
        added: list[Occurrence] = []
        if after is not None:
            ahead = await self.carrying.ahead(after, now)
            added, after = await self.carrying.keep(work, meeting, ahead, now), ahead.series
            await arm_cards(work, meeting.id, now, [one.after for one in dates])
        return SeriesChanged(
            before=meeting,
            meeting=await work.meetings.get(meeting.id) or meeting,
            dates=tuple(dates),
            added=tuple(added),
            series_before=before,
            series=after,
        )

    async def rename(
        self,
        work: UnitOfWork,
        about: tuple[Meeting, Occurrence],
        title: str,
        *,
        reach: Reach = Reach.ONE,
    ) -> SeriesChanged:
        """Give a date another title, that one and those that follow, or all to come.

        Raises MeetingOver.
        """
        meeting, occurrence = about
        now = self.meetings.tools.now()
        if is_over(occurrence, now):
            raise MeetingOver(title=titled(*about))
        series = renamed = await work.series.get(meeting.id)
        planned = await work.meetings.planned_of(meeting.id, ending_after=now, held=True)
        whole = series is None or reach is Reach.ALL
        named = replace(meeting, title=title) if whole else meeting
        if whole:
            await work.meetings.save(named)
        if series is not None and reach is not Reach.ONE:
            renamed = replace(series, title=None if whole else title)
            await work.series.save(renamed)
        follow = [one for one in planned if reach is not Reach.ONE and _follows(one, occurrence)]
        some = planned if whole else follow or [occurrence]
        after = [(one, replace(one, title=None if whole else title)) for one in some]
        return SeriesChanged(
            before=meeting,
            meeting=named,
            dates=await _retitled(work, after, now),
            series_before=series,
            series=renamed,
        )

    async def saved(
        self, work: UnitOfWork, changed: Sequence[DateChanged], now: datetime
    ) -> tuple[DateChanged, ...]:
        """Store dates, with all that depends on their times: own ends of links, cards, mails."""
        for one in changed:
            await work.meetings.save_occurrence(one.after)
            await _shift_ends(work, one)
            await arm(work, one.after, self.meetings.tools.policy, now)
            other = (one.before.start, one.before.void) != (one.after.start, one.after.void)
            starts = (one.before.start, one.after.start)
            settles = settles_in(now, *starts) if other else SETTLES
            await tell_guests(work, one.after, now, settles=settles)
            await refresh_card(work, one.after.id)
        if changed and changed[0].after.original is not None:
            after = [one.after for one in changed]
            await arm_cards(work, after[0].meeting, now, after)
        return tuple(changed)


async def _shift_ends(work: HasInvitations, changed: DateChanged) -> None:
    """Have a link's own end keep its distance from the meeting's."""
    by = changed.after.due_end - changed.before.due_end
    for one in await work.invitations.of_occurrence(changed.before.id) if by else ():
        if one.until is not None and isinstance(one.scope, OneOccurrence):
            await work.invitations.save(replace(one, until=one.until + by))


def _follows(one: Occurrence, occurrence: Occurrence) -> bool:
    """Tell whether a date is a given one, or follows it in its series."""
    return (one.original or one.wall_start) >= (occurrence.original or occurrence.wall_start)


async def _retitled(
    work: UnitOfWork, dates: Iterable[tuple[Occurrence, Occurrence]], now: datetime
) -> tuple[DateChanged, ...]:
    """Store titles, or that there are none, and show them."""
    changed = tuple(DateChanged(*pair) for pair in dates)
    for one in changed:
        if one.before.title != one.after.title:
            await work.meetings.save_occurrence(one.after)
        await refresh_card(work, one.after.id)
        await tell_guests(work, one.after, now)
    return changed
