"""The new times of a meeting that is moved: `demain 15h`, `à 16h`, `à jeudi`, `de 30min`.

What is not said stays: an hour alone is one of the meeting's day, a day alone keeps the hour, and
the meeting keeps its length.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.language.clock import Form, Hour, length_at
from bot.language.limits import moment
from bot.language.line import Line, WordKind
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import Here
from bot.language.settle import settle
from bot.language.text import EDGES

NewTimes: TypeAlias = Callable[[datetime, datetime], tuple[datetime, datetime]]
"""From a meeting's start and end to its new ones, all aware, in UTC; raises TimeRefused."""

_TO = re.compile(r"(?:(?:a|au|to|pour|for|vers|on|le)\s+)*")
_BY = re.compile(r"(?:de\s?|d'|by\s|of\s|\+\s?)")
_DAYS = re.compile(
    r"(?P<count>[0-9]{1,2}|une?|an?|one|deux|two|trois|three)\s?(?P<unit>jours?|days?|semaines?|weeks?)"
)
_COUNTS = {
    "un": 1,
    "une": 1,
    "a": 1,
    "an": 1,
    "one": 1,
    "deux": 2,
    "two": 2,
    "trois": 3,
    "three": 3,
}
_EARLIER = re.compile(r"\s*(?:plus\stot|avant|earlier|sooner)(?![\w-])")
_LATER = re.compile(r"\s*(?:plus\stard|apres|later)(?![\w-])")


def times_in(line: Line, here: Here) -> tuple[NewTimes, Line] | None:
    """Return the new times at the end of a line, and the words before; `None` without any.

    Raises TimeRefused, Misunderstood for times that no meeting can have.
    """
    for word in line.words:
        if word.kind is not WordKind.BARE:
            continue
        found = _shift(line, word.start, here) or _point(line, word.start, here)
        if found is not None:
            return found, line.part(0, word.start)
    return None


def _shift(line: Line, at: int, here: Here) -> NewTimes | None:
    by = _BY.match(line.shadow, at)
    begins = at if by is None else by.end()
    days = _DAYS.match(line.shadow, begins)
    if days is not None:
        count = _COUNTS.get(days["count"]) or int(days["count"])
        span, end = timedelta(days=count * (7 if days["unit"][0] in "sw" else 1)), days.end()
    else:
        length = length_at(line.shadow, begins)
        if length is None:
            return None
        span, end = length[0].span, length[1]
    earlier, later = _EARLIER.match(line.shadow, end), _LATER.match(line.shadow, end)
    told = earlier or later
    if (by is None and told is None) or _left(line, end if told is None else told.end()):
        return None
    return _shifted(-span if earlier else span, here)


def _shifted(by: timedelta, here: Here) -> NewTimes:
    """Return the times moved by a span on the wall clock: a week later it is the same hour."""

    def move(start: datetime, end: datetime) -> tuple[datetime, datetime]:
        wall = start.astimezone(here.zone).replace(tzinfo=None) + by
        minutes = Hour(wall.hour, wall.minute, Form.COLON)
        began = moment(wall.date(), minutes, here)
        return began, began + (end - start)

    return move


def _point(line: Line, at: int, here: Here) -> NewTimes | None:
    begins = _TO.match(line.shadow, at)
    assert begins is not None
    # "à 16h" shows an hour by its preposition: it is read with it first.
    for place in dict.fromkeys((at, begins.end())):
        found, end = pieces_of(line.shadow, here, place)
        if (found.day, found.start) != (None, None) and not _left(line, end):
            return _pointed(found, replace(here, typed=line.text[at:end].strip()))
    return None


def _left(line: Line, end: int) -> bool:
    return bool(line.text[end:].strip(EDGES + "."))


def _pointed(found: Pieces, here: Here) -> NewTimes:
    def move(start: datetime, end: datetime) -> tuple[datetime, datetime]:
        wall = start.astimezone(here.zone).replace(tzinfo=None)
        hour = found.start or Hour(wall.hour, wall.minute, Form.COLON, padded=True)
        whole = replace(found, day=found.day or wall.date(), start=hour)
        span = settle(whole, here)
        assert span.start is not None
        return span.start, span.end or span.start + (end - start)

    return move
