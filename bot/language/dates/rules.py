"""A rule of recurrence as words give it, its days, and its RRULE (RFC 5545 §3.3.10)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from bot.language.dates.calendar_days import is_nth
from bot.language.dates.day import WEEK
from bot.language.days import DAY

DAILY, WEEKLY, MONTHLY, YEARLY = "DAILY", "WEEKLY", "MONTHLY", "YEARLY"
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKING = (0, 1, 2, 3, 4)
_HORIZON = 3700
"""Days ahead in which each rule of ours has its next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a meeting comes again; `nths` count `weekdays` in a month, `place` those of one set."""

    every: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nths: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    """Days of the month; -1 for the last one."""
    place: int = 0
    """Of the month's `weekdays` the first, or the last for -1 (BYSETPOS)."""
    months: tuple[int, ...] = ()
    """The only months, if not all."""

    @property
    def open(self) -> bool:
        """Whether it lacks a day: "every week", "every year"."""
        return self.every in (WEEKLY, MONTHLY, YEARLY) and not (self.weekdays or self.numbers)

    def value(self, *, until: date | None = None, count: int | None = None) -> str:
        """Return the value of an RRULE."""
        parts = [f"FREQ={self.every}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if until is not None:
            last = datetime.combine(until, time(23, 59, 59))
            parts.append(f"UNTIL={last:%Y%m%dT%H%M%S}")
        if count is not None:
            parts.append(f"COUNT={count}")
        nths = self.nths or ("",)
        days = [f"{nth}{CODES[day]}" for nth in nths for day in self.weekdays]
        for name, values in (
            ("BYDAY", days),
            ("BYMONTHDAY", self.numbers),
            ("BYMONTH", self.months),
            ("BYSETPOS", [self.place] if self.place else []),
        ):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        return ";".join(parts)

    def days(self, first: date, *, until: date | None = None) -> Iterator[date]:
        """Return its days from the first one on, which is one of them."""
        day, last = first, until or first + _HORIZON * DAY
        while day <= last:
            if self.falls(day, first):
                yield day
            day += DAY

    def next(self, day: date) -> date | None:
        """Return its first day from `day` on."""
        if self.open:
            return day
        plain = replace(self, interval=1)
        return next(plain.days(day, until=day + _HORIZON * DAY), None)

    def falls(self, day: date, first: date) -> bool:
        """Tell whether a day is one of the rule that begins with `first`."""
        if self.months and day.month not in self.months:
            return False
        if self.every == DAILY:
            return (day - first).days % self.interval == 0
        if self.every == WEEKLY:
            weeks = (_monday(day) - _monday(first)) // WEEK
            return weeks % self.interval == 0 and day.weekday() in self.weekdays
        if self.every == YEARLY:
            same = (day.month, day.day) == (first.month, first.day)
            return same and (day.year - first.year) % self.interval == 0
        months = 12 * (day.year - first.year) + day.month - first.month
        return months % self.interval == 0 and self._falls_in_month(day)

    def _falls_in_month(self, day: date) -> bool:
        last = (day + DAY).month != day.month
        if self.numbers:
            return day.day in self.numbers or (last and -1 in self.numbers)
        if day.weekday() not in self.weekdays:
            return False
        if self.place:
            return self._is_placed(day)
        return any(is_nth(day, nth) for nth in self.nths)

    def _is_placed(self, day: date) -> bool:
        """Tell whether no day of the set is before it in its month, or after it."""
        step = -DAY if self.place > 0 else DAY
        other = day + step
        while other.month == day.month and other.weekday() not in self.weekdays:
            other += step
        return other.month != day.month


def _monday(day: date) -> date:
    return day - day.weekday() * DAY
