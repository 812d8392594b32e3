"""The clock changes of a zone as an event needs them: few, and right for its days (VTIMEZONE).

They are found by asking zoneinfo, whatever the form of its data. A zone that changes its clocks by
the same rule each year gets that rule; any other gets each change in turn (docs/decisions/0040).
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
_YEARS = 12
"""Years of changes that must follow a rule: each day of a week of dates comes up in twelve."""
_WEEK = 7
_STEP = timedelta(days=7)
"""Less than the time between any two changes of a zone (Morocco's are five weeks apart)."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observance:
    """The time that a zone keeps from a change of its clocks on (STANDARD or DAYLIGHT)."""

    onset: datetime
    """The change, or the first of them: naive, on the clocks as they were before."""
    before: timedelta
    after: timedelta
    name: str
    rule: str | None = None
    """The RRULE of the changes, if they come each year; else it is one change."""

    @property
    def daylight(self) -> bool:
        """Whether the clocks went forward, which iCalendar calls DAYLIGHT."""
        return self.after > self.before


@dataclass(frozen=True, slots=True)
class _Change:
    at: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def onset(self) -> datetime:
        return (self.at + self.before).replace(tzinfo=None)


def observances(zone: str, first: datetime, last: datetime) -> Sequence[Observance]:
    """Return the times that a zone keeps from `first` to `last`, and from its next change on.

    Both are aware. A zone without changes has one observance.
    """
    year = first.astimezone(UTC).year
    years = max(_YEARS, last.astimezone(UTC).year - year + 3)
    known = _changes(zone, year - 1, years)
    if not known:
        return [_fixed(zone, first)]
    yearly = _yearly(known, years)
    return yearly if yearly is not None else _one_by_one(zone, known, first, last)


def _fixed(zone: str, at: datetime) -> Observance:
    local = at.astimezone(ZoneInfo(zone))
    offset = local.utcoffset() or timedelta()
    return Observance(onset=_EPOCH, before=offset, after=offset, name=local.tzname() or zone)


@lru_cache(maxsize=256)
def _changes(zone: str, year: int, years: int) -> Sequence[_Change]:
    """Return all changes of a zone's clocks in some years, in order."""
    place = ZoneInfo(zone)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + years, 1, 1, tzinfo=UTC)
    found = []
    while at < end:
        then = at + _STEP
        if _offset(at, place) != _offset(then, place):
            found.append(_change(at, then, place))
        at = then
    return found


def _change(low: datetime, high: datetime, place: ZoneInfo) -> _Change:
    """Return the change between two moments, to the second."""
    before, after = _offset(low, place), _offset(high, place)
    second = timedelta(seconds=1)
    while high - low > second:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if _offset(middle, place) == before else (low, middle)
    return _Change(high, before, after, high.astimezone(place).tzname() or "")


def _offset(at: datetime, place: ZoneInfo) -> timedelta:
    return at.astimezone(place).utcoffset() or timedelta()


def _yearly(known: Sequence[_Change], years: int) -> Sequence[Observance] | None:
    """Return two rules that give all these changes; `None` if there are none."""
    kinds = [
        [one for one in known if one.after > one.before],
        [one for one in known if one.after < one.before],
    ]
    found = []
    for changes in kinds:
        same = {(one.before, one.after, one.name) for one in changes}
        rule = _rule([one.onset for one in changes])
        if len(changes) != years or len(same) != 1 or rule is None:
            return None
        before, after, name = same.pop()
        onset = changes[0].onset
        found.append(Observance(onset=onset, before=before, after=after, name=name, rule=rule))
    return sorted(found, key=lambda one: one.onset)


def _rule(onsets: Sequence[datetime]) -> str | None:
    """Return the RRULE of changes that come once a year; `None` if it takes more than one."""
    if len({(one.month, one.weekday(), one.time()) for one in onsets}) != 1:
        return None
    if len({one.year for one in onsets}) != len(onsets):
        return None
    month, day = onsets[0].month, _DAYS[onsets[0].weekday()]
    if all(one.day + _WEEK > monthrange(one.year, one.month)[1] for one in onsets):
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY=-1{day}"
    weeks = {(one.day - 1) // _WEEK + 1 for one in onsets}
    if len(weeks) == 1:
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY={weeks.pop()}{day}"
    least, most = min(one.day for one in onsets), max(one.day for one in onsets)
    if most - least != _WEEK - 1:
        return None
    days = ",".join(str(one) for one in range(least, most + 1))
    return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={days};BYDAY={day}"


def _one_by_one(
    zone: str, known: Sequence[_Change], first: datetime, last: datetime
) -> Sequence[Observance]:
    """Return the changes from the last one before `first` to the first one after `last`.

    Each has an observance of its own: with a list of dates (RDATE) ical.js counts neither the onset
    nor any date but the first.
    """
    earlier = [one for one in known if one.at <= first]
    later = [one for one in known if one.at > first]
    upto = next((one.at for one in later if one.at > last), None)
    needed = earlier[-1:] + [one for one in later if upto is None or one.at <= upto]
    begins = [] if earlier else [_fixed(zone, first)]
    return begins + [
        Observance(onset=one.onset, before=one.before, after=one.after, name=one.name)
        for one in needed
    ]
