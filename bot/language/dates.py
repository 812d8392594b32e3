"""The times in a line: when a meeting is, until when a link works, how long something is extended.

A time comes first and the title after it. Whatever looks like a time and was not read as one is
refused, never swallowed into the title; quotes make anything a title.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.language.clock import length_at
from bot.language.limits import too_long
from bot.language.line import Line, WordKind
from bot.language.offers import check_free, free_title, title_at, typed_title
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import UNTIL, Here, Reason, misunderstood, time_refused
from bot.language.settle import settle, until
from bot.language.text import EDGES, QUOTES, normal
from bridge.domain.names import holds_address
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language

_APART = re.compile(r"(?<=[0-9]h) (?P<minutes>[0-5][0-9])(?!\w|['’]|[:/.,]\w|\s?(?:min|mn|h\b))")
_MORE = re.compile(r"(?:(?:de|d'|by|of|encore|another|\+)\s*){1,3}")
_LONGER = re.compile(r"\s(?:de\splus|more|longer|supplementaires?|en\splus)(?!\w)")
_SILENT = EDGES + QUOTES + "."
"""Around a title, or alone: no word of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; `start` is `None` for now, `end` when it wasn't said. Aware, in UTC."""

    start: datetime | None = None
    end: datetime | None = None
    title: str = ""


def understand_when(line: Line, here: Here) -> Asked:
    """Return when, and the title that follows it; `here.tail` is what follows the title.

    Raises TimeRefused, Misunderstood: each example is a line that is understood.
    """
    found, at = pieces_of(line.shadow, here)
    rest = line.part(at)
    _check_title(rest, line.text[:at], here)
    _check_minutes(line, at, here)
    at = title_at(line, at, found, here)
    rest = line.part(at)
    check_free(rest, line.text[:at], here)
    tail = " ".join(part for part in (typed_title(rest), here.tail) if part)
    meaning = settle(found, replace(here, typed=line.text[:at].strip(), tail=tail))
    if _numeric(rest):
        example = f"{line.text[:at]} {tail}".strip()
        raise misunderstood(Reason.TITLE_NUMERIC, here.bare, rest.text, line=example)
    return Asked(meaning.start, meaning.end, rest.title)


def understand_until(line: Line, here: Here) -> datetime:
    """Return the moment that follows `jusqu'à`. Raises TimeRefused, Misunderstood."""
    here = replace(here, typed=line.text.strip())
    found, at = pieces_of(line.shadow, here)
    if line.text[at:].strip(EDGES + ".") or found == Pieces():
        read = line.text[:at].strip() if found.start is not None else ""
        moment = read or UNTIL[here.language]
        raise misunderstood(Reason.UNTIL_UNREAD, here, moment=moment, rest="")
    return until(found, here)


def hour_of_a_day(line: Line, here: Here) -> Callable[[date], datetime] | None:
    """Return what an hour that follows `jusqu'à` is on a day; `None` where the day is said too.

    What is returned raises TimeRefused, Misunderstood.
    """
    found, _ = pieces_of(line.shadow, here)
    if found.day is not None or found.start is None:
        return None
    here = replace(here, typed=line.text.strip())
    return lambda day: until(replace(found, day=day), here)


def understand_length(line: Line, here: Here) -> tuple[timedelta, Line, Line]:
    """Return the length in a line, and what stands before and after it.

    Raises TimeRefused, Misunderstood.

    Here `2h` is a length: nothing else could be meant.
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


def _check_minutes(line: Line, at: int, here: Here) -> None:
    apart = _APART.match(line.shadow, at)
    if apart is None:
        return
    example = f"{line.text[:at]}{apart['minutes']}{line.text[apart.end() :]}".strip()
    understand_when(Line.of(normal(example)), here)
    raise misunderstood(Reason.MINUTES_APART, here, apart[0], line=example)


# --- titles ---------------------------------------------------------------------------------


_TITLE = {Language.FR: "Point budget", Language.EN: "Budget"}
"""For examples where nothing is left of a title."""


def _check_title(rest: Line, before: str, here: Here) -> None:
    """Refuse a title that holds a web address, or that nobody could see."""
    if holds_address(rest.title):
        raise _retitled(Reason.TITLE_ADDRESS, rest, before, here)
    meant = any(word.text.strip(_SILENT) for word in rest.words)
    if meant and not rest.title:
        raise _retitled(Reason.TITLE_UNSEEN, rest, before, here)


def _retitled(reason: Reason, rest: Line, before: str, here: Here) -> Misunderstood:
    """Return the refusal of a title, whose example has its other words."""
    words = [word for word in rest.title.split() if not holds_address(word)]
    title = free_title(" ".join(words).strip(_SILENT)) or _TITLE[here.language]
    example = f"{before.strip(EDGES)} {title}".strip()
    try:
        understand_when(Line.of(normal(example)), here)
    except Refused:  # the time, or the other words, are to be mended too
        example = _TITLE[here.language]
    return misunderstood(reason, here, rest.title, line=example)


def _numeric(rest: Line) -> bool:
    words = [word for word in rest.words if word.kind is not WordKind.PAUSE]
    bare = all(word.kind is WordKind.BARE for word in words)
    digits = any(char.isdigit() for char in rest.text)
    return bare and digits and not any(char.isalpha() for char in rest.text)
