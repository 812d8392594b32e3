"""The times in a line: when a meeting is, until when a link works, how long something is extended.

A time comes first and the title after it. Whatever looks like a time and was not read as one is
refused, never swallowed into the title; quotes make anything a title.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.language.clock import LENGTH, length_of
from bot.language.line import Kind, Line
from bot.language.moments import clear_after, local, say, today
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import Here, Reason, misunderstood, time_refused
from bot.language.settle import AFTERNOON, FURTHEST, past, settle, too_long, until
from bot.language.text import fold, normal, plain, quoted
from bot.language.timelike import (
    DELAY,
    MISPLACED,
    PART_OF_DAY,
    UNKNOWN,
    YESTERDAY,
    day_in,
    weekday_in,
)
from bridge.domain.names import holds_address
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language

_APART = re.compile(r"(?<=[0-9]h) (?P<minutes>[0-5][0-9])(?!\w|[:/.,]\w|\s?(?:min|mn|h\b))")
_LENGTH = re.compile(
    rf"(?:(?:de|d'|by|of|encore|another|\+)\s*){{0,3}}{LENGTH.pattern}(?:\s(?:de\splus|more|longer))?",
    re.VERBOSE,
)
_MERGES = re.compile(
    r"(?:h|heures?|hours?|hrs?|mn|min(?:ute)?s?|[ap]m?|d[eu]|in|le|on|to|till|until"
    r"|matin|soir|apres|morning|afternoon|evening)\b"
)
"""Beginnings of titles that a time before them would swallow."""
_EDGES = " \n,;:-–—"
_SILENT = _EDGES + '"«»“”„.'
"""Around a title, or alone: no word of it."""
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; `start` is `None` for now, `end` when it wasn't said. Aware, in UTC."""

    start: datetime | None = None
    end: datetime | None = None
    title: str = ""


def understand_when(line: Line, here: Here, *, reorder: bool = True) -> Asked:
    """Return when, and the title that follows it.

    Raises TimeRefused, Misunderstood: each example is a line that is understood.
    """
    found, at = pieces_of(line.shadow, here)
    rest = line.part(at)
    _check_title(rest, line.text[:at], here)
    _check_minutes(line, at, here, reorder=reorder)
    _check_unread(line, at, here)
    _check_misplaced(line, at, here, reorder=reorder)
    tail = _typed(rest)
    meaning = settle(found, replace(here, typed=line.text[:at].strip(), tail=tail))
    if _numeric(rest):
        example = f"{line.text[:at]} {tail}".strip()
        raise misunderstood(Reason.TITLE_NUMERIC, here, rest.text, line=example)
    return Asked(meaning.start, meaning.end, rest.title)


def understand_until(line: Line, here: Here) -> datetime:
    """Return the moment that follows `jusqu'à`. Raises TimeRefused, Misunderstood."""
    here = replace(here, typed=line.text.strip())
    found, at = pieces_of(line.shadow, here)
    if line.text[at:].strip(_EDGES + ".") or found == Pieces():
        raise misunderstood(Reason.UNTIL_UNREAD, here)
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
        found = _LENGTH.match(line.shadow, word.start)
        if found is None:
            continue
        span = length_of(found).span
        if not span or span > here.longest:
            here = replace(here, typed=found[0])
            raise too_long(here) if span else time_refused(Reason.TOO_SHORT, here, start="")
        return span, line.part(0, found.start()), line.part(found.end())
    raise misunderstood(Reason.LENGTH_MISSING, here, line.text)


# --- what must not slip into a title --------------------------------------------------------


def _check_unread(line: Line, at: int, here: Here) -> None:
    yesterday = YESTERDAY.search(line.shadow, at)
    if yesterday is not None:
        raise past(replace(here, typed=_words(line, yesterday)), _clock_in(line, here))
    unknown = UNKNOWN.search(line.shadow[at:])
    if unknown is not None:
        words = line.text[at + unknown.start() : at + unknown.end()]
        raise _unknown(words, _likely(line, unknown[0], here), here)
    part = PART_OF_DAY.search(line.shadow, at)
    if part is not None and MISPLACED.search(line.shadow, at):
        raise _unknown(_words(line, part), _tomorrow(here), here)


def _words(line: Line, found: re.Match[str]) -> str:
    return line.text[found.start() : found.end()]


def _unknown(words: str, wall: datetime, here: Here) -> Misunderstood:
    shown = say(clear_after(wall, here.zone), here)
    return misunderstood(Reason.DATE_UNKNOWN, here, words, moment=shown)


def _tomorrow(here: Here) -> datetime:
    return local(today(here) + _DAY, AFTERNOON)


def _likely(line: Line, unknown: str, here: Here) -> datetime:
    """Return a local time near what was probably meant: it only makes the example readable."""
    if DELAY.match(unknown):
        delay = LENGTH.search(unknown)
        span = timedelta(0) if delay is None else length_of(delay).span
        later = here.now + min(span, _DAY) + timedelta(seconds=59)
        wall = later.astimezone(here.zone).replace(tzinfo=None, second=0, microsecond=0)
        return wall if span else _tomorrow(here)
    weekday = weekday_in(line.shadow)
    day = day_in(line.shadow, today(here))
    if day is not None and day <= today(here) + FURTHEST:
        return local(day, _clock_in(line, here))
    day = today(here) + _WEEK
    if weekday is not None:
        day = today(here) + _DAY
        day += timedelta(days=(weekday - day.weekday()) % 7)
    return local(day, _clock_in(line, here))


def _clock_in(line: Line, here: Here) -> int:
    """Return the first hour in the line, in minutes, or a likely one: for examples."""
    for word in line.words:
        start = pieces_of(line.shadow, here, word.start)[0].start
        if start is not None and start.possible and not start.midnight:
            return start.minutes
    return AFTERNOON


def _check_misplaced(line: Line, at: int, here: Here, *, reorder: bool) -> None:
    misplaced = MISPLACED.search(line.shadow, at)
    if misplaced is None:
        return
    example = _moved_first(line, at, here) if reorder else None
    if example is None:
        raise _unknown(_words(line, misplaced), _tomorrow(here), here)
    _check_example(example, here)
    raise misunderstood(Reason.TIME_MISPLACED, here, _words(line, misplaced), line=example)


def _moved_first(line: Line, at: int, here: Here) -> str | None:
    """Return the line with its misplaced time before the title, or as the end of a range."""
    text = line.text
    for word in line.words:
        if word.start < at or word.kind is not Kind.BARE:
            continue
        found, end = pieces_of(line.shadow, here, word.start)
        if found == Pieces():
            continue
        first = text[:at].strip(_EDGES)
        if not text[at : word.start].strip(_EDGES) and found.start is not None:
            return f"{first}-{text[word.start :]}"
        parts = (first, text[word.start : end], text[at : word.start], text[end:])
        return " ".join(kept for part in parts if (kept := part.strip(_EDGES)))
    return None


def _check_minutes(line: Line, at: int, here: Here, *, reorder: bool) -> None:
    apart = _APART.match(line.shadow, at)
    if apart is None:
        return
    example = f"{line.text[:at]}{apart['minutes']}{line.text[apart.end() :]}".strip()
    if not reorder:
        raise _unknown(apart[0], _tomorrow(here), here)
    _check_example(example, here)
    raise misunderstood(Reason.MINUTES_APART, here, apart[0], line=example)


def _check_example(example: str, here: Here) -> None:
    understand_when(Line.of(normal(example)), here, reorder=False)


# --- titles ---------------------------------------------------------------------------------


_TITLE = {Language.FR: "Point budget", Language.EN: "Budget"}
"""For examples where nothing is left of a title."""


def _typed(rest: Line) -> str:
    """Return a title as one types it: in quotes where it could be read as something else."""
    bare = all(word.kind is Kind.BARE for word in rest.words)
    return _quoted(rest.title) if bare or not rest.title else quoted(rest.title)


def _quoted(title: str) -> str:
    simple = plain(title) and not _MERGES.match(fold(title))
    return title if simple or not title else quoted(title)


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
    title = _quoted(" ".join(words).strip(_SILENT)) or _TITLE[here.language]
    example = f"{before.strip(_EDGES)} {title}".strip()
    try:
        _check_example(example, here)
    except Refused:  # the time, or the other words, are to be mended too
        example = _TITLE[here.language]
    return misunderstood(reason, here, rest.title, line=example)


def _numeric(rest: Line) -> bool:
    words = [word for word in rest.words if word.kind is not Kind.PAUSE]
    bare = all(word.kind is Kind.BARE for word in words)
    digits = any(char.isdigit() for char in rest.text)
    return bare and digits and not any(char.isalpha() for char in rest.text)
