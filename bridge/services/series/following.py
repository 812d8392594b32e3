"""Moves a series from a date on: its rule, what it leaves out, and the dates that are there.

The series is replaced by the part that begins with that date. Its meeting, room, guests and links
stay the same, and dates keep their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.rules import RuleNotMoved, ended, finite, latest, moved_rule, parts_of, until_of
from bridge.domain.series import Reach, Recurrence, Series, moved_from, moves_of
from bridge.domain.wall import DAY, moment_of
from bridge.errors import SeriesUnmoved
from bridge.ports import UnitOfWork
from bridge.services.series.carrying import Carrying

_MARGIN = timedelta(days=62)
"""A rule's dates may be so much later on other days than the move itself."""
_SKIPS = 8


@dataclass(frozen=True, slots=True)
class Shift:
    """A series that moves, with the dates that are there: before and after."""

    series: Series
    dates: tuple[tuple[Occurrence, Occurrence], ...]
    """Those that are over or cancelled only get another place in the series."""


@dataclass(frozen=True, slots=True)
class Shifting:
    """Computes the moves of series; stores nothing."""

    carrying: Carrying

    async def shift(
        self,
        work: UnitOfWork,
        series: Series,
        pointed: Occurrence,
        wall: datetime,
        *,
        reach: Reach,
        length: timedelta | None = None,
    ) -> Shift:
        """Return a series whose date `pointed` is at another time, and with it those around it.

        Raises SeriesUnmoved, RecurrenceRefused.
        """
        assert pointed.original is not None
        now = self.carrying.tools.now()
        coming = await work.meetings.planned_of(series.meeting, ending_after=now, held=True)
        first = pointed.original
        if reach is Reach.ALL:
            first = min(one.original or first for one in coming if one.start > now)
        known = await work.meetings.of_series(series.meeting, since=first)
        by = wall - pointed.original
        part, moves = await self._moved(series, first, pointed.original, by, known)
        if length is not None:
            part = replace(part, length=length)
        dates = [
            (one, self._after(part, one, moves, by, alone=one.id != pointed.id)) for one in known
        ]
        return Shift(part, tuple(dates))

    async def _moved(
        self,
        series: Series,
        first: datetime,
        pointed: datetime,
        by: timedelta,
        known: Sequence[Occurrence],
    ) -> tuple[Series, dict[datetime, datetime]]:
        """Return the part from `first` on at its new times, and the new start of each old one."""
        recurrence = series.recurrence
        others = [one for one in recurrence.besides if one >= first]
        places = [one.original for one in known if one.original is not None]
        horizon = max([first, *places, *recurrence.without, *others]) + DAY
        last = latest(recurrence.rule, series.start)
        if last is not None:
            horizon = max(horizon, last + DAY)
        starts = self.carrying.expansion.starts
        old = await starts(series.bare, since=first, before=horizon)
        if not old:
            raise SeriesUnmoved
        start = old[0] + by
        try:
            rule = moved_rule(recurrence.rule, old[0], start)
        except RuleNotMoved as error:
            raise SeriesUnmoved from error
        if old[0] != pointed and not _by_as_much(rule, recurrence.rule):
            raise SeriesUnmoved
        rule, new = await self._ending(rule, replace(series.bare, start=start), old, horizon + by)
        moves = moves_of(old, new, others, by)
        return moved_from(series, start, rule, moves), moves

    async def _ending(
        self, rule: str, part: Series, old: Sequence[datetime], before: datetime
    ) -> tuple[str, Sequence[datetime]]:
        """Return the rule with an end after as many dates as are left, and these dates."""

        async def dates(rule: str) -> Sequence[datetime]:
            some = replace(part, recurrence=Recurrence(rule=rule))
            return await self.carrying.expansion.starts(
                some, since=part.start, before=before + _MARGIN, most=len(old)
            )

        if not finite(rule):
            return rule, await dates(rule)
        counted = ended(rule, count=len(old))
        new = await dates(counted)
        until = until_of(rule)
        if until is not None and until >= part.start and await self._same(rule, part, new):
            return rule, new
        return counted, new

    async def _same(self, rule: str, part: Series, dates: Sequence[datetime]) -> bool:
        """Tell whether a rule that ends by a time has these dates and no others."""
        some = replace(part, recurrence=Recurrence(rule=rule))
        before = dates[-1] + _MARGIN * _SKIPS
        found = await self.carrying.expansion.starts(
            some, since=part.start, before=before, most=len(dates) + 1
        )
        return list(found) == list(dates)

    def _after(
        self,
        part: Series,
        one: Occurrence,
        moves: dict[datetime, datetime],
        by: timedelta,
        *,
        alone: bool,
    ) -> Occurrence:
        """Return a date of the series after the move; one that was moved alone stays there."""
        assert one.original is not None
        place = moves.get(one.original, one.original + by)
        over = one.state is not OccurrenceState.PLANNED or one.start <= self.carrying.tools.now()
        if over or (alone and one.wall_start != one.original):
            return replace(one, original=place)
        start = moment_of(place, self.carrying.zones(part.zone))
        moved = one.moved(start, start + part.length)
        return replace(moved, wall=place, original=place)


def _by_as_much(rule: str, before: str) -> bool:
    """Tell whether a moved rule moves all dates by as much: no place in a month changed."""
    return rule == before or parts_of(rule)["FREQ"] in ("DAILY", "WEEKLY")
