"""The words of time at the beginning of a line, read piece by piece in any order.

A new kind of word (weekdays, recurrence) is one more reader in `_READERS`. `settle.py`
decides whether the pieces make sense.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import TypeAlias

from bot.language.clock import (
    BETWEEN,
    END,
    RANGE,
    START,
    UNTIL,
    Form,
    Hour,
    Length,
    hour_of,
    length_at,
    range_of,
)
from bot.language.days import real_date
from bot.language.moments import today
from bot.language.refusals import Here


class DayPart(Enum):
    """A part of the day: its hours, and those that it moves after noon."""

    MORNING = (range(12), range(0))
    AFTERNOON = (range(12, 19), range(1, 7))
    EVENING = (range(17, 24), range(5, 12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The pieces read. `said`: a preposition shows that `start` is an hour.

    An `end_day` may come without its hour; then we refuse the whole.
    """

    day: date | None = None
    part: DayPart | None = None
    start: Hour | None = None
    said: bool = False
    end: Hour | None = None
    end_day: date | None = None
    end_part: DayPart | None = None
    length: Length | None = None


Read: TypeAlias = tuple[Pieces, int]
_Reader: TypeAlias = Callable[[str, int, Pieces, Here], Read | None]

PARTS = {
    "mat": DayPart.MORNING,
    "matinee": DayPart.MORNING,
    "soiree": DayPart.EVENING,
    "aprem": DayPart.AFTERNOON,
    "matin": DayPart.MORNING,
    "morning": DayPart.MORNING,
    "apres-midi": DayPart.AFTERNOON,
    "afternoon": DayPart.AFTERNOON,
    "soir": DayPart.EVENING,
    "evening": DayPart.EVENING,
}
_PART = "|".join(PARTS)
_DAY = re.compile(
    rf"""(?: (?P<today>aujourd'hui|today) | (?P<tomorrow>demain|tomorrow)
           | (?:le\s|on\s)?(?P<iso>[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}})(?:t(?=[0-9]))? )
        (?:(?<=t)|{END}) (?:\s(?:in\sthe\s)?(?P<part>{_PART}){END})?
      | (?P<tonight>tonight){END}
      | (?:ce|this)(?=\s(?:midi|noon){END}(?!\s(?:a\s|at\s)?[0-9]))
      | (?:ce|this)\s(?:midi|noon)(?=\s(?:a\s|at\s)?[0-9])
      | (?:ce|cet|cette|this)\s(?P<this>{_PART}){END}""",
    re.VERBOSE,
)
_OF_DAY = re.compile(rf"(?:du\s|de\sl'|in\sthe\s|le\s|l'|en\s|dans\sla\s)(?P<part>{_PART}){END}")


def pieces_of(shadow: str, here: Here, at: int = 0) -> Read:
    """Return the pieces that begin at `at`, and their end."""
    found, end = Pieces(), at
    while True:
        step = piece_at(shadow, _skip(shadow, end), found, here)
        if step is None:
            return found, end
        found, end = step


def _skip(shadow: str, at: int) -> int:
    return len(shadow) - len(shadow[at:].lstrip(" \n,;"))


def piece_at(shadow: str, at: int, found: Pieces, here: Here) -> Read | None:
    """Return the pieces with the one that begins at `at`, and its end."""
    for reader in _READERS:
        step = reader(shadow, at, found, here)
        if step is not None:
            return step
    return None


def _day(shadow: str, at: int, found: Pieces, here: Here) -> Read | None:
    match = _DAY.match(shadow, at)
    day = None if match is None else _date(match, here)
    if match is None or day is None or found.day is not None:
        return None
    named = match["part"] or match["this"]
    part = DayPart.EVENING if match["tonight"] else PARTS.get(named)
    return replace(found, day=day, part=part), match.end()


def _date(match: re.Match[str], here: Here) -> date | None:
    """Return the day; `None` if no calendar has it."""
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return real_date(year, month, day)
    return today(here) + timedelta(days=1 if match["tomorrow"] else 0)


def _until(shadow: str, at: int, found: Pieces, here: Here) -> Read | None:
    match = UNTIL.match(shadow, at)
    if match is None or found.end is not None:
        return None
    step = _day(shadow, match.end(), Pieces(), here)
    point, end = step or (Pieces(), match.end())
    last = START.match(shadow, _skip(shadow, end))
    if last is None:
        return None if step is None else (replace(found, end_day=point.day), end)
    end_hour = hour_of(last, "1")
    return replace(found, end=end_hour, end_day=point.day, end_part=point.part), last.end()


def _part(shadow: str, at: int, found: Pieces, _: Here) -> Read | None:
    match = _OF_DAY.match(shadow, at)
    if match is None or found.part is not None or found.start is None:
        return None
    return replace(found, part=PARTS[match["part"]]), match.end()


def _range(shadow: str, at: int, found: Pieces, _: Here) -> Read | None:
    match = RANGE.match(shadow, at) or BETWEEN.match(shadow, at)
    hours = None if match is None else range_of(match)
    if match is None or hours is None or found.start is not None or found.end is not None:
        return None
    return replace(found, start=hours[0], end=hours[1], said=True), match.end()


def _length(shadow: str, at: int, found: Pieces, _: Here) -> Read | None:
    step = length_at(shadow, at, worded=found.start is not None)
    if step is None or found.length is not None:
        return None
    length, end = step
    if found.start is None and not length.said:
        return None
    return replace(found, length=length), end


def _start(shadow: str, at: int, found: Pieces, _: Here) -> Read | None:
    match = START.match(shadow, at)
    if match is None or found.start is not None:
        return None
    hour, said = hour_of(match, "1"), match["at"] is not None
    if hour.form is Form.BARE and not said:
        return None
    return replace(found, start=hour, said=said), match.end()


_READERS: tuple[_Reader, ...] = (_day, _part, _until, _range, _length, _start)
