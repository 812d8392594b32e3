"""The end of a link, and the length of an extension, as they are typed."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.clock import length_at
from bot.language.dates.parsing import read_dates
from bot.language.limits import too_long
from bot.language.line import Line, WordKind
from bot.language.moments import today
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import UNTIL, Here, Reason, misunderstood, time_refused
from bot.language.settle import until
from bot.language.text import EDGES

_OWN = frozenset({Reason.DAY_AMBIGUOUS, Reason.NO_TIME, Reason.HOUR_AMBIGUOUS})
"""Refusals of a day in words that name it, and show one that works."""
_MORE = re.compile(r"(?:(?:de|d'|by|of|encore|another|\+)\s*){1,3}")
_LONGER = re.compile(r"\s(?:de\splus|more|longer|supplementaires?|en\splus)(?!\w)")


def understand_until(line: Line, here: Here) -> datetime:
    """Return the moment after `jusqu'à`. Raises TimeRefused, Misunderstood."""
    here = replace(here, typed=line.text.strip())
    found, at = pieces_of(line.shadow, here)
    if line.text[at:].strip(EDGES + ".") or found == Pieces():
        worded = _in_words(line, here, found)
        if worded is not None:
            return worded
        read = line.text[:at].strip() if found.start is not None else ""
        moment = read or UNTIL[here.language]
        raise misunderstood(Reason.UNTIL_UNREAD, here, moment=moment, rest="")
    return until(found, here)


def _in_words(line: Line, here: Here, found: Pieces) -> datetime | None:
    """Return the moment of a day in words with an hour: `vendredi 18h`.

    `None` if there is no such day, or anything else besides. Raises Misunderstood.
    """
    zone, typed = str(here.zone), line.text
    reading = read_dates(
        typed, now=here.now, zone=zone, language=here.language, longest=here.longest
    )
    said = "".join(typed[start:end] for start, end in reading.spans)
    alone = _signs(typed) == _signs(said)
    if reading.refused is not None and alone and reading.refused.code in _OWN:
        example, reason = reading.refused.example, Reason(reading.refused.code)
        day, _, hour = example.rpartition(" ")
        words = {"moment": example, "line": example, "day": day, "hour": hour}
        raise misunderstood(reason, here, rest="", **words)
    if reading.refused is not None or not alone or reading.start is None:
        return None
    if reading.end is not None or reading.recurrence is not None:
        return None
    if found.start is not None and reading.start.date() == today(here):
        return None  # "15h30 environ": it has no day, so it is one of the meeting's
    return reading.start.replace(tzinfo=ZoneInfo(reading.zone)).astimezone(UTC)


def _signs(text: str) -> str:
    """Return the letters and figures of a text."""
    return "".join(filter(str.isalnum, text))


def hour_of_a_day(line: Line, here: Here) -> Callable[[date], datetime] | None:
    """Return a function from a day to the moment of `jusqu'à`'s hour; `None` if it has a day.

    The function raises TimeRefused, Misunderstood.
    """
    found, at = pieces_of(line.shadow, here)
    if found.day is not None or found.start is None or line.text[at:].strip(EDGES + "."):
        return None
    here = replace(here, typed=line.text.strip())
    return lambda day: until(replace(found, day=day), here)


def understand_length(line: Line, here: Here) -> tuple[timedelta, Line, Line]:
    """Return the length in a line, and the words before and after it.

    Raises TimeRefused, Misunderstood.

    Here `2h` is a length: it can mean nothing else.
    """
    for word in line.words:
        before = _MORE.match(line.shadow, word.start)
        found = length_at(line.shadow, word.start if before is None else before.end())
        if found is None or word.kind is not WordKind.BARE:
            continue
        span, end = found[0].span, _after(line, found[1])
        if not span or span > here.longest:
            here = replace(here, typed=line.text[word.start : end])
            raise too_long(here) if span else time_refused(Reason.TOO_SHORT, here, start="")
        return span, line.part(0, word.start), line.part(end)
    raise misunderstood(Reason.LENGTH_MISSING, here, line.text)


def _after(line: Line, at: int) -> int:
    found = _LONGER.match(line.shadow, at)
    return at if found is None else found.end()
