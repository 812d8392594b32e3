"""The end of a link, and the length of an extension, as they are typed."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.language.clock import length_at
from bot.language.limits import too_long
from bot.language.line import Line, WordKind
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import UNTIL, Here, Reason, misunderstood, time_refused
from bot.language.settle import until
from bot.language.text import EDGES

_MORE = re.compile(r"(?:(?:de|d'|by|of|encore|another|\+)\s*){1,3}")
_LONGER = re.compile(r"\s(?:de\splus|more|longer|supplementaires?|en\splus)(?!\w)")


def understand_until(line: Line, here: Here) -> datetime:
    """Return the moment after `jusqu'à`. Raises TimeRefused, Misunderstood."""
    here = replace(here, typed=line.text.strip())
    found, at = pieces_of(line.shadow, here)
    if line.text[at:].strip(EDGES + ".") or found == Pieces():
        read = line.text[:at].strip() if found.start is not None else ""
        moment = read or UNTIL[here.language]
        raise misunderstood(Reason.UNTIL_UNREAD, here, moment=moment, rest="")
    return until(found, here)


def hour_of_a_day(line: Line, here: Here) -> Callable[[date], datetime] | None:
    """Return a function from a day to the moment of `jusqu'à`'s hour; `None` if it has a day.

    The function raises TimeRefused, Misunderstood.
    """
    found, _ = pieces_of(line.shadow, here)
    if found.day is not None or found.start is None:
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
