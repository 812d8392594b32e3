"""Times at which people are free, in working hours, and an offer of them to a salon."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256

from bridge.domain.busy import BusySpan
from bridge.domain.quota import HOUR, Pace
from bridge.domain.wall import change_at, moment_of
from bridge.ids import UserId

OFFERED = 3
"""The most times that are offered at once."""
SLOTS_PACE = Pace(10, HOUR)
"""How often one agent may ask."""
_HALVES = ((time(9), time(12)), (time(14), time(18)))
"""Working hours, on the clocks of the salon's zone."""
_QUARTER = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
_FRIDAY = 4
_KEY = re.compile(r"slots:(?P<line>.+):(?P<minutes>\d+):(?P<starts>[\d,]+):(?P<people>[\da-f,]*)")


def free_slots(
    busy: Collection[BusySpan],
    days: Iterable[date],
    zone: tzinfo,
    *,
    length: timedelta,
    after: datetime,
    holidays: Collection[date] = (),
) -> Sequence[datetime]:
    """Return at most three starts, in UTC and in order: on different days as far as there are.

    They are on quarter hours after `after`, Monday to Friday, between 9 and 12 or 14 and 18, on no
    public holiday, and no two of them overlap.
    """
    by_day = []
    for day in days:
        if day.weekday() <= _FRIDAY and day not in holidays:
            known = [one for one in _starts(day, zone, length) if one >= after]
            free = [one for one in known if not any(s.meets(one, one + length) for s in busy)]
            if free:
                by_day.append(free)
    chosen = [free[0] for free in by_day[:OFFERED]]
    for one in (one for free in by_day for one in free):
        if len(chosen) < OFFERED and all(abs(one - other) >= length for other in chosen):
            chosen.append(one)
    return sorted(chosen)


def _starts(day: date, zone: tzinfo, length: timedelta) -> Iterable[datetime]:
    for opens, closes in _HALVES:
        at, last = datetime.combine(day, opens), datetime.combine(day, closes) - length
        while at <= last:
            if change_at(at, zone) is None:
                yield moment_of(at, zone)
            at += _QUARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOffer:
    """Times that a message offers.

    The message's idempotency key says it: so no row of its own is needed, and nobody is named.
    """

    line: str
    """The line that asked."""
    length: timedelta
    starts: tuple[datetime, ...]
    people: frozenset[str]
    """Digests of the people who were named (`digest_of`)."""

    @property
    def key(self) -> str:
        """The idempotency key of its message."""
        starts = ",".join(str(int(one.timestamp()) // 60) for one in self.starts)
        people = ",".join(sorted(self.people))
        return f"slots:{self.line}:{self.length // _MINUTE}:{starts}:{people}"


def offer_in(key: str | None) -> SlotOffer | None:
    """Return the offer of a message with this idempotency key; `None` if it makes none."""
    found = None if key is None else _KEY.fullmatch(key)
    if found is None:
        return None
    starts = (datetime.fromtimestamp(60 * int(one), UTC) for one in found["starts"].split(","))
    return SlotOffer(
        line=found["line"],
        length=int(found["minutes"]) * _MINUTE,
        starts=tuple(starts),
        people=frozenset(one for one in found["people"].split(",") if one),
    )


def digest_of(user: UserId, line: str) -> str:
    """Return the digest that stands for a person in the offer of a line."""
    return sha256(f"{line} {user}".encode()).hexdigest()[:16]
