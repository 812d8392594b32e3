"""The limits of a recurrence, checked in a millisecond before anything is expanded.

Rules that pass may still take long; those of `simple` don't (`bridge/calendars/recurrence.py`).
"""

import re
from datetime import datetime
from typing import NoReturn

from bridge.domain.rules import WEEK, local_time, parts_of
from bridge.domain.series import Series
from bridge.errors import RecurrenceRefused

LONGEST_RULE = 2_000
"""Characters."""
MOST_DATES = 2_000
"""Starts that are left out or besides, together."""
MOST_TIMES = 10_000
"""The highest COUNT."""
MOST_A_DAY = 24
EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001 - a wall time
LATEST = datetime(2200, 1, 1)  # noqa: DTZ001
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_LARGEST_INTERVAL = 1_000
_IN_EVERY_MONTH = 28
_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_NUMBERS = {
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
}
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_NUMBERS}


def check(series: Series) -> dict[str, str]:
    """Return the parts of a series' rule. Raises RecurrenceRefused for one beyond the limits."""
    known = series.recurrence
    if len(known.rule) > LONGEST_RULE:
        _refuse("long")
    if len(known.without) + len(known.besides) + len(series.closed) > MOST_DATES:
        _refuse("dates")
    if not all(EARLIEST <= one < LATEST for one in (series.start, *known.besides)):
        _refuse("years")
    try:
        parts = parts_of(known.rule)
    except ValueError as error:
        raise RecurrenceRefused(why="rule") from error
    _check_parts(parts, series.start)
    return parts


def _check_parts(parts: dict[str, str], start: datetime) -> None:
    if not parts.keys() <= _KNOWN or parts.get("WKST", "MO") not in WEEK:
        _refuse("rule")
    if parts.get("FREQ") not in FREQUENCIES:
        _refuse("frequency")
    if not 1 <= _number(parts.get("INTERVAL", "1")) <= _LARGEST_INTERVAL:
        _refuse("interval")
    _check_end(parts, start)
    a_day = 1
    for name, (least, most) in _NUMBERS.items():
        numbers = [_number(one) for one in parts[name].split(",")] if name in parts else []
        if not all(least <= one <= most and (least >= 0 or one) for one in numbers):
            _refuse("rule")
        if name in _A_DAY and numbers:
            a_day *= len(set(numbers))
    if a_day > MOST_A_DAY:
        _refuse("frequency")
    if "BYDAY" in parts and not all(_DAY.fullmatch(one) for one in parts["BYDAY"].split(",")):
        _refuse("rule")


def _check_end(parts: dict[str, str], start: datetime) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        _refuse("end")
    if "COUNT" in parts and not 1 <= _number(parts["COUNT"]) <= MOST_TIMES:
        _refuse("end")
    if "UNTIL" in parts:
        try:
            until = local_time(parts["UNTIL"])
        except ValueError as error:
            raise RecurrenceRefused(why="end") from error
        if until < start:
            _refuse("end")


def _number(text: str) -> int:
    """Return a number of few digits."""
    if not re.fullmatch(r"[+-]?\d{1,5}", text):
        _refuse("rule")
    return int(text)


def _refuse(why: str) -> NoReturn:
    raise RecurrenceRefused(why=why)


def simple(parts: dict[str, str]) -> bool:
    """Tell whether a checked rule has a date at least every few years of its kind.

    What people type in a salon is so: expanding a year of it takes some milliseconds
    (`tests/unit/bridge/calendars/test_recurrence.py`). All else is expanded in a process apart.
    """
    by = {name for name in parts if name.startswith("BY")}
    once, daily = int(parts.get("INTERVAL", "1")) == 1, parts.get("BYDAY", "")
    numbered = any(not one.isalpha() for one in daily.split(",") if one)
    match parts["FREQ"]:
        case "DAILY":
            return not by or (by == {"BYDAY"} and once and not numbered)
        case "WEEKLY":
            return by <= {"BYDAY"} and not numbered
        case "MONTHLY":
            last = by == {"BYDAY", "BYSETPOS"} and not numbered and once
            return (len(by) <= 1 and by <= {"BYDAY", "BYMONTHDAY"}) or last
        case _:
            month, day = parts.get("BYMONTH", ""), parts.get("BYMONTHDAY", "")
            return not by or (
                by == {"BYMONTH", "BYMONTHDAY"}
                and f"{month}{day}".isdigit()
                and int(day) <= _IN_EVERY_MONTH
            )
