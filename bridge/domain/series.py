"""A series: a meeting that comes again by a rule, in the wall time of its zone.

The wall time and the IANA zone are the truth of what is planned; the moments of its occurrences, in
UTC, are derived from them. What changes a series "from a date on" replaces it: it then is the part
that begins with that date, and past occurrences stay as they are.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bridge.domain.rules import ended, until_of
from bridge.ids import MeetingId


class Reach(StrEnum):
    """The dates of a series that a change is about."""

    ONE = "one"
    FOLLOWING = "following"
    """A date and those that follow it."""
    ALL = "all"
    """All that have not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The rule by which a meeting comes again (RFC 5545 §3.8.5); all its times are local ones."""

    rule: str
    """The value of an RRULE, its UNTIL a local time: `FREQ=WEEKLY;BYDAY=MO`."""
    without: tuple[datetime, ...] = ()
    """Starts that are left out (EXDATE): naive, ascending."""
    besides: tuple[datetime, ...] = ()
    """Starts besides the rule (RDATE): naive, ascending."""
    holidays: str | None = None
    """The place whose public holidays are left out, as `holidays` names it: `FR`, `FR-RE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A meeting's recurrence, with the first start and the length of each occurrence."""

    meeting: MeetingId
    start: datetime
    """The first start: naive, in `zone`."""
    length: timedelta
    zone: str
    """An IANA name."""
    recurrence: Recurrence
    title: str | None = None
    """The title of occurrences to come, if it is not the meeting's."""
    closed: tuple[datetime, ...] = ()
    """Starts that public holidays leave out, besides those that a person left out."""
    closed_until: datetime | None = None
    """Until when public holidays were looked up: naive."""

    @property
    def left_out(self) -> tuple[datetime, ...]:
        """All its EXDATEs, ascending."""
        return tuple(sorted({*self.recurrence.without, *self.closed}))

    @property
    def core(self) -> tuple[datetime, str, timedelta, str]:
        """Its times and its rule, without the exceptions: another one is another series."""
        return self.start, self.zone, self.length, self.recurrence.rule

    @property
    def over(self) -> bool:
        """Whether its rule ends before it begins: nothing of it is left."""
        until = until_of(self.recurrence.rule)
        return until is not None and until < self.start

    @property
    def bare(self) -> "Series":
        """Its rule alone, with nothing left out and nothing besides."""
        return replace(self, recurrence=Recurrence(rule=self.recurrence.rule), closed=())


def skipped(series: Series, start: datetime) -> Series:
    """Return a series without one start: an EXDATE more, or an RDATE less."""
    known = series.recurrence
    if start in known.besides:
        besides = tuple(one for one in known.besides if one != start)
        return replace(series, recurrence=replace(known, besides=besides))
    without = tuple(sorted({*known.without, start}))
    return replace(series, recurrence=replace(known, without=without))


def ended_before(series: Series, start: datetime) -> Series:
    """Return a series that ends before a start: by UNTIL, which is inclusive, a second earlier."""
    known = series.recurrence
    recurrence = replace(
        known,
        rule=ended(known.rule, until=start - timedelta(seconds=1)),
        without=tuple(one for one in known.without if one < start),
        besides=tuple(one for one in known.besides if one < start),
    )
    closed = tuple(one for one in series.closed if one < start)
    return replace(series, recurrence=recurrence, closed=closed)


def moved_from(
    series: Series, start: datetime, rule: str, moves: Mapping[datetime, datetime]
) -> Series:
    """Return the part of a series that now begins with `start`, by another rule.

    `moves` has the new start of each old one, left-out ones too. Public holidays are to be looked
    up anew.
    """
    known = series.recurrence
    recurrence = replace(
        known,
        rule=rule,
        without=tuple(sorted(moves[one] for one in known.without if one in moves)),
        besides=tuple(sorted(moves[one] for one in known.besides if one in moves)),
    )
    return replace(series, start=start, recurrence=recurrence, closed=(), closed_until=None)


def moves_of(
    old: Iterable[datetime], new: Iterable[datetime], others: Collection[datetime], by: timedelta
) -> dict[datetime, datetime]:
    """Return the new start of each old one: the rule's one by one, all `others` by so much."""
    moves = dict(zip(old, new, strict=False))
    return {**{one: one + by for one in others}, **moves}


def closed_on(
    series: Series, starts: Iterable[datetime], holidays: Collection[date], until: datetime
) -> Series:
    """Return a series that leaves out those of its starts that are on public holidays."""
    closed = tuple(one for one in starts if one.date() in holidays)
    return replace(series, closed=closed, closed_until=until)
