"""The new times of a meeting that is moved: `demain 15h`, `à 16h`, `à jeudi`, `de 30min`.

What is not said stays: an hour alone is one of the meeting's day, a day alone keeps the hour, and
the meeting keeps its length.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.language.clock import Form, Hour, length_at
from bot.language.dates.parsing import read_dates
from bot.language.dates.reading import Reading
from bot.language.limits import moment
from bot.language.line import Line, WordKind
from bot.language.moments import say_day, say_hour
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.settle import settle
from bot.language.text import EDGES
from bot.language.timelike import timelike

NewTimes: TypeAlias = Callable[[datetime, datetime], tuple[datetime, datetime]]
"""From a meeting's start and end to its new ones, all aware, in UTC; raises TimeRefused."""

_TO = re.compile(r"(?:(?:a|au|to|pour|for|vers|on|le)\s+)*")
_ENGLISH_TO = re.compile(r"(?<![\w'-])to(?=\s)")
"""Before a date in words it may be taken for the middle of a period."""
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
_NOON = "12:00"
"""An hour with which a day alone can be read."""
_EARLY = range(1, 7)
_TOLD = frozenset({Reason.DAY_AMBIGUOUS, Reason.WEEKDAY})
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
        if found is not None and timelike(line.shadow[: word.start]) is None:
            return found, line.part(0, word.start)
    return _worded(line, here) or _worded(_without_to(line), here)


def _without_to(line: Line) -> Line:
    text = line.text
    for found in _ENGLISH_TO.finditer(line.shadow):
        text = f"{text[: found.start()]}  {text[found.end() :]}"
    return Line.of(text, line.mentions)


def _worded(line: Line, here: Here) -> tuple[NewTimes, Line] | None:
    """Return the times of dates in words, wherever they stand; a day alone keeps the hour."""
    found = _dates_in(line, here)
    to = next((word for word in line.words if word.text.lower() == "to"), None)
    if found is not None or to is None:
        return found
    # "to Monday" is a new start here, and an end elsewhere: it is read without "to".
    return _dates_in(Line.of(f"{line.text[: to.start]} {line.text[to.end :]}"), here)


def _dates_in(line: Line, here: Here) -> tuple[NewTimes, Line] | None:
    reading = _read(line.text, here)
    spans = reading.spans
    alone = reading.refused is not None and reading.refused.code == Reason.NO_TIME
    if alone:
        reading = _read(f"{line.text} {_NOON}", here)
    if reading.refused is not None and reading.refused.code in _TOLD:
        example = line.text[: spans[0][0]] + reading.refused.example if spans else ""
        raise misunderstood(
            Reason(reading.refused.code), here, reading.refused.meant, line=example or line.text
        )
    if reading.refused is not None or reading.start is None or reading.recurrence is not None:
        return None
    text = line.text
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return _dated(reading, here, alone=alone), Line.of(text.strip(EDGES))


def _read(text: str, here: Here) -> Reading:
    return read_dates(
        text, now=here.now, zone=str(here.zone), language=here.language, longest=here.longest
    )


def _dated(reading: Reading, here: Here, *, alone: bool) -> NewTimes:
    assert reading.start is not None
    day, zone = reading.start, ZoneInfo(reading.zone)
    lasts = None if reading.end is None else reading.end - day

    def move(start: datetime, end: datetime) -> tuple[datetime, datetime]:
        old = start.astimezone(zone).replace(tzinfo=None)
        wall = datetime.combine(day.date(), old.time()) if alone else day
        if not reading.dated:
            wall = datetime.combine(old.date(), day.time())
        hour = Hour(wall.hour, wall.minute, Form.COLON)
        began = moment(wall.date(), hour, replace(here, zone=zone))
        return began, began + (end - start if lasts is None or alone else lasts)

    return move


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
            _check_early(found, here)
            return _pointed(found, replace(here, typed=line.text[at:end].strip()))
    return None


def _check_early(found: Pieces, here: Here) -> None:
    """Refuse `à 5h`, as likely an hour of the afternoon, with that one."""
    hour = found.start
    if hour is None or hour.form is not Form.LETTER or hour.padded or found.part is not None:
        return
    if hour.hour in _EARLY:
        later = say_hour(hour.minutes + 12 * 60, here)
        day = "" if found.day is None else say_day(found.day, here)
        wanted = f"{day} {later}".strip()
        raise misunderstood(Reason.HOUR_AMBIGUOUS, here, moment=wanted, rest="")


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
