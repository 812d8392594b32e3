"""Days and months by their names, and the next date for a name or a number."""

from collections.abc import Collection
from datetime import date, timedelta

WEEKDAYS = (
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
    ("dimanche", "sunday"),
)
DAY_NAMES = "|".join(rf"{french}s?|{english}s?" for french, english in WEEKDAYS)
MONTH = (
    "janvier|janv|jan|january|fevrier|fevr|fev|february|feb|mars|march|avril|avr|april|apr|mai|may"
    "|juin|june|juillet|juil|july|aout|august|aug|septembre|september|sept|sep|octobre|october|oct"
    "|novembre|november|nov|decembre|december|dec"
)
_MONTH_BEGINS = (
    ("jan", 1), ("fev", 2), ("feb", 2), ("mar", 3), ("avr", 4), ("apr", 4), ("mai", 5), ("may", 5),
    ("juin", 6), ("jun", 6), ("jui", 7), ("jul", 7), ("aou", 8), ("aug", 8), ("sep", 9),
    ("oct", 10), ("nov", 11), ("dec", 12),
)  # fmt: skip
DAY = timedelta(days=1)


def month_of(name: str) -> int | None:
    """Return the number of a month, long or short, in either language."""
    return next((number for begin, number in _MONTH_BEGINS if name.startswith(begin)), None)


def weekday_of(name: str) -> int:
    """Return the number of a weekday, long or short, in either language; 0 for Monday."""
    stem = name.rstrip("s")
    return next(n for n, names in enumerate(WEEKDAYS) if any(one.startswith(stem) for one in names))


def coming(weekdays: Collection[int], today: date) -> date:
    """Return the first day after today that is one of these weekdays, 0 for Monday."""
    week = (today + n * DAY for n in range(1, 8))
    return next(day for day in week if day.weekday() in weekdays)


def real_date(year: int, month: int, number: int) -> date | None:
    """Return a date; `None` if no calendar has it."""
    try:
        return date(year, month, number)
    except ValueError:
        return None


def next_date(number: int, month: int, year: int | None, today: date) -> date | None:
    """Return a date, without a year the next one from today on; `None` if no year has it."""
    years = (today.year, today.year + 1) if year is None else (year,)
    days = [day for each in years if (day := real_date(each, month, number)) is not None]
    return next((day for day in days if day >= today), days[-1] if days else None)
