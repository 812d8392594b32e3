"""The times of a meeting's line, and the title after them.

A time comes first and the title after it. We refuse words that look like a time and were not read
as one, and never swallow them into the title; quotes make anything a title.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.language.dates.parsing import read_dates
from bot.language.dates.reading import Reading
from bot.language.line import Line, WordKind
from bot.language.offers import check_free, free_title, is_doubtful, title_at, typed_title
from bot.language.pieces import pieces_of
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.settle import settle
from bot.language.text import EDGES, QUOTES, normal
from bridge.domain.names import holds_address
from bridge.domain.series import Recurrence
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language

_APART = re.compile(r"(?<=[0-9]h) (?P<minutes>[0-5][0-9])(?!\w|['’]|[:/.,]\w|\s?(?:min|mn|h\b))")
_SILENT = EDGES + QUOTES + "."
"""Around a title, or alone: no word of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The times asked for; `start` is `None` for now, `end` if not given. Aware, in UTC.

    `zone` is that of their words, if they name one; a recurrence is in it, or in the salon's.
    """

    start: datetime | None = None
    end: datetime | None = None
    title: str = ""
    recurrence: Recurrence | None = None
    zone: str | None = None


_WORDED = frozenset(
    {Reason.DATE_UNKNOWN, Reason.TIME_MISPLACED, Reason.ZONE, Reason.RECURRENCE, Reason.NO_TIME}
)
"""Why a line is refused that may have its time in words, or after its title."""
_EARLY = range(1, 7)
"""Hours that are as likely those of the afternoon."""
_OWN = frozenset({Reason.DAY_AMBIGUOUS, Reason.WEEKDAY})
"""Refusals of words that only `read_dates` tells apart."""


def understand_when(line: Line, here: Here) -> Asked:
    """Return the times, wherever they stand, and the title; `here.tail` follows the title.

    Raises TimeRefused, Misunderstood: each example is a line that we understand.
    """
    try:
        asked = _in_front(line, here)
    except Refused as refusal:
        return _in_words(line, here, refusal)
    if asked.start is not None and asked.start.astimezone(here.zone).hour in _EARLY:
        _check_early(line, here)
    return asked


def _check_early(line: Line, here: Here) -> None:
    """Refuse `demain à 5h`, which may be in the afternoon. Raises Misunderstood."""
    reading = _reading(line, here)
    if reading.refused is not None and reading.refused.code == Reason.HOUR_AMBIGUOUS:
        example = reading.refused.example
        raise misunderstood(
            Reason.HOUR_AMBIGUOUS, here, reading.refused.meant, moment=example, rest=""
        )


def _reading(line: Line, here: Here) -> Reading:
    return read_dates(
        line.text, now=here.now, zone=str(here.zone), language=here.language, longest=here.longest
    )


def _in_words(line: Line, here: Here, refusal: Refused) -> Asked:
    """Return the times in words; if they mean nothing certain, `refusal` stands."""
    reading = _reading(line, here)
    if refusal.parameters["reason"] not in _WORDED and reading.recurrence is None:
        raise refusal  # only a rule is a surer sign of a meeting
    unclear = reading.refused
    if unclear is not None and (unclear.code in _OWN or _repeats(refusal)):
        reason = Reason.RECURRENCE if _repeats(refusal) else Reason.DAY_AMBIGUOUS
        raise misunderstood(reason, here, unclear.meant, line=unclear.example) from refusal
    if reading.refused is not None or reading.start is None:
        raise refusal
    rest = _rest(line, reading)
    _check_title(rest, _typed(line, reading), here)
    if _numeric(rest) or (rest.first and is_doubtful(rest)) or _ASKS.match(rest.shadow):
        raise refusal
    zone = ZoneInfo(reading.zone)
    start, end = (
        None if one is None else one.replace(tzinfo=zone).astimezone(UTC)
        for one in (reading.start, reading.end)
    )
    return Asked(
        start, end, rest.title, reading.recurrence, reading.zone if reading.named else None
    )


def _repeats(refusal: Refused) -> bool:
    return refusal.parameters["reason"] == Reason.RECURRENCE


def _typed(line: Line, reading: Reading) -> str:
    return " ".join(line.text[start:end] for start, end in reading.spans)


_ASKS = re.compile(r"(?:kindly|please|pls|veuillez|merci\sde|priere\sde)\b")
"""Words that ask for something: as likely as a title they are an order."""
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]")


def _rest(line: Line, reading: Reading) -> Line:
    """Return the words of a line that are no time."""
    text = line.text
    for start, end in reading.spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return Line.of(normal(_EMPTY.sub(" ", text)).strip(EDGES + ":"))


def _in_front(line: Line, here: Here) -> Asked:
    """Return the times at the beginning of a line, as they always were read."""
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


def _check_minutes(line: Line, at: int, here: Here) -> None:
    apart = _APART.match(line.shadow, at)
    if apart is None:
        return
    example = f"{line.text[:at]}{apart['minutes']}{line.text[apart.end() :]}".strip()
    understand_when(Line.of(normal(example)), here)
    raise misunderstood(Reason.MINUTES_APART, here, apart[0], line=example)


# --- titles ---------------------------------------------------------------------------------


_TITLE = {Language.FR: "Point budget", Language.EN: "Budget"}
"""For examples without any words left for a title."""


def _check_title(rest: Line, before: str, here: Here) -> None:
    """Refuse a title with a web address, or one that is invisible."""
    if holds_address(rest.title):
        raise _retitled(Reason.TITLE_ADDRESS, rest, before, here)
    meant = any(word.text.strip(_SILENT) for word in rest.words)
    if meant and not rest.title:
        raise _retitled(Reason.TITLE_UNSEEN, rest, before, here)


def _retitled(reason: Reason, rest: Line, before: str, here: Here) -> Misunderstood:
    """Return the refusal of a title, with its other words in the example."""
    words = [word for word in rest.title.split() if not holds_address(word)]
    title = free_title(" ".join(words).strip(_SILENT)) or _TITLE[here.language]
    example = f"{before.strip(EDGES)} {title}".strip()
    try:
        understand_when(Line.of(normal(example)), here)
    except Refused:  # the time, or the other words, need a correction too
        example = _TITLE[here.language]
    return misunderstood(reason, here, rest.title, line=example)


def _numeric(rest: Line) -> bool:
    words = [word for word in rest.words if word.kind is not WordKind.PAUSE]
    bare = all(word.kind is WordKind.BARE for word in words)
    digits = any(char.isdigit() for char in rest.text)
    return bare and digits and not any(char.isalpha() for char in rest.text)
