"""One date of a meeting that comes again, by its day: `annuler le 10/12`, `celle du 10/12`."""

import re
from datetime import date
from itertools import takewhile
from typing import NoReturn

from bot.language.dates.parsing import read_dates
from bot.language.dates.reading import Reading
from bot.language.line import Line, Word, WordKind
from bot.language.refusals import Here, Reason, misunderstood, time_refused
from bot.language.text import AROUND, EDGES, fold

_LATE = "23:59"
"""An hour with which a day alone can be read, today too."""
_NAMED = re.compile(
    r"(?:(?:a|to|for|pour)\s)?(?:(?:celle|celui|(?:the\s)?one|(?:(?:la|the|l')\s?)?(?:reunion|visio|meeting|call|date|seance"
    r"|session|occurrence))\s*)?(?:pour\s|for\s)?\Z"
)
"""Words for the date itself, before it."""
_TOLD = re.compile(r"\s*(?:le|du|de|d'|of|on|for|the|from)(?![\w])|.*[0-9]")
_ADDRESSED = re.compile(r"@\S+(?:\s(?:pour|for))?\s*\Z")
"""After an address there is no name."""
_OF = re.compile(r"(?:du|de|d'|of|from|the)(?![\w-])\s?")
_MEETING = re.compile(r"\s(?:meeting|one|call|date|session|occurrence)(?=\s)")
"""The noun of `the 10 December meeting`."""
_THEN = re.compile(r"(?:a|at|au|to|on|pour|vers|until|de|by|->?|\+)(?![\w])")
_THAT_ONE = re.compile(r"(?:celle|celui|\bone)\s*\Z")
_LONGEST = 5
"""The most words of a day."""
_TIMES = frozenset({Reason.PAST, Reason.IMPOSSIBLE, Reason.TOO_FAR})


def day_in(line: Line, here: Here) -> tuple[date | None, Line]:
    """Return the day that a line names, and its other words; `None` if it names none alone.

    Raises TimeRefused, Misunderstood for a day that is past, not certain, or has an hour.
    """
    alone = _read(line.text, here)
    if alone.refused is None and len(alone.spans) > 1:
        raise misunderstood(Reason.WORDS_UNEXPECTED, here.listing, line.text)
    if alone.refused is None or not alone.spans:
        return None, line
    return _whole(line.text, alone, here), _without(line, alone.spans)


def day_at_end(line: Line, here: Here) -> tuple[date | None, Line]:
    """Return the day with which a line of people ends: `jean@… le 10/12`.

    A name may be a month's or a weekday's: a preposition, a number or an address before it shows
    that it is none.
    Raises as `day_in` does.
    """
    alone = _read(line.text, here)
    if alone.refused is None or not alone.spans:
        return None, line
    first, last = alone.spans[0][0], alone.spans[-1][1]
    told = _TOLD.match(line.shadow[first:last]) or _ADDRESSED.search(line.text[:first])
    if line.text[:first].rstrip().endswith(":"):  # a mail's head, pasted
        return None, line
    if line.text[last:].strip(AROUND) or told is None:
        return None, line
    return _whole(line.text, alone, here), _without(line, alone.spans)


def day_before(line: Line, here: Here) -> tuple[date | None, Line]:
    """Return the day that is moved, and the other words: `du 10/12 au 11/12`, `de demain à 15h`."""
    words = [word for word in line.words if word.kind is WordKind.BARE]
    for at, word in enumerate(words):
        of = _OF.match(line.shadow, word.start)
        if of is None:
            continue
        named = _THAT_ONE.search(line.shadow, 0, word.start) is not None
        ends = [one.end for one in takewhile(_is_of_a_day, words[at + 1 : at + _LONGEST])]
        for end in reversed(ends or [word.end]):
            typed = line.text[of.end() : end]
            noun = _MEETING.match(line.shadow, end)
            if (noun is None) is of[0].startswith("the"):
                continue
            end = end if noun is None else noun.end()  # noqa: PLW2901 - the noun goes too
            rest = line.shadow[end:].lstrip(AROUND)
            if not (rest if named else _THEN.match(rest)):
                continue
            reading = _read(typed, here)
            if reading.refused is not None and reading.refused.code == Reason.NO_TIME:
                return _whole(typed, reading, here), _without(line, [(word.start, end)])
    return None, line


def _is_of_a_day(word: Word) -> bool:
    return _THEN.match(fold(word.text)) is None


def _whole(text: str, alone: Reading, here: Here) -> date:
    """Return the day of a reading without an hour. Raises TimeRefused, Misunderstood."""
    if alone.refused is not None and alone.refused.code == Reason.NO_TIME:
        alone = _read(f"{text} {_LATE}", here)
    if alone.start is None or alone.recurrence is not None:
        _refuse(alone, text, here)
    return alone.start.date()


def _refuse(reading: Reading, text: str, here: Here) -> NoReturn:
    """Refuse a day with the list of those that there are: without it a line means another date."""
    told = reading.refused
    meant = (text if told is None else told.meant).removesuffix(_LATE).strip(EDGES)
    reason = Reason.DAY_MISSING if told is None else Reason(told.code)
    listing = here.listing
    if reason in _TIMES:
        raise time_refused(reason, listing, meant, moment="", rest="")
    raise misunderstood(Reason.DAY_MISSING, listing, meant, line="")


def _read(text: str, here: Here) -> Reading:
    return read_dates(
        text, now=here.now, zone=str(here.zone), language=here.language, longest=here.longest
    )


def _without(line: Line, spans: "list[tuple[int, int]] | tuple[tuple[int, int], ...]") -> Line:
    """Return a line without some words, and without those that name the date itself."""
    text = line.text
    for start, end in spans:
        named = _NAMED.search(line.shadow, 0, start)
        begins = start if named is None else named.start()
        text = text[:begins] + " " * (end - begins) + text[end:]
    kept = len(text) - len(text.lstrip(AROUND))
    whole = Line.of(text, line.mentions)
    return whole.part(kept, len(text.rstrip(AROUND)) if text.strip(AROUND) else kept)
