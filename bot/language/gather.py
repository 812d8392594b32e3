"""All words of time of a line, wherever they stand, for the line that we offer in its place.

Reading stops at the first word that is no time (`bot.language.pieces`); a suggestion must also keep
what comes after it: the end, the length, and the rest as the title.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from bot.language.clock import Form, Length
from bot.language.dated import Dated, dated_at
from bot.language.line import Line, WordKind
from bot.language.loose_hours import loose_hour_at
from bot.language.mistyped_dates import mistyped_day
from bot.language.other_times import first_of_days, other_time
from bot.language.pieces import PARTS, Pieces, piece_at
from bot.language.refusals import Here, Reason
from bot.language.text import any_of, fold, normal
from bot.language.timelike import DOTTED, VAGUE, timelike
from bot.language.zones import zone_at

_SKIPPED = re.compile(
    r"(?:environ|pile|precises?|tapantes?|sharp|o'clock|max(?:imum)?|about|approx)(?![\w'])"
)
"""Words after an hour that belong to no title."""
_ENDS_AT = re.compile(
    r"(?:fin|finit|se\stermine|ends?|ending)\s(?:prevue?\s)?(?=(?:a\s|at\s|vers\s)?[0-9])"
)
_PART = re.compile(
    rf"(?:au\s|en\s|in\sthe\s|dans\s(?:la\s|l'))?(?P<part>{any_of(PARTS)})(?![\w'-])"
)
_PARTLY = re.compile(any_of(PARTS))
_PRIME = re.compile(r"(?P<minutes>[0-9]{1,3})'(?![\w'])")
_BEFORE = re.compile(
    r"(?:(?<!\S)--?[a-z]{1,12}[\s=]|(?<![^\s(])(?:duree|duration|length|dure|lasts?|lasting)\s*:?\s*|(?<![^\s(])(?:a|at|le|la|les|on|the|de|du|des|d'|pour|for|of|vers|from|by|et|and|entre|between)\s*|[(\s,;:-])+\Z"
)
_MISTYPED = 3
_LONG = timedelta(hours=7)


@dataclass(slots=True)
class Gathered:
    """The result: times, and all other words as the title."""

    title: Line
    pieces: Pieces = field(default_factory=Pieces)
    at: datetime | None = None
    """The local time that a delay leads to."""
    dated: Dated | None = None
    """The date in words, if there was one."""
    zone: tzinfo | None = None
    foreign: str = ""
    """The words that name a zone."""
    unknown: bool = False
    """They name no known zone."""
    again: str = ""
    """A time after the first one: `ou 15h`."""
    vague: bool = False
    """The line speaks of a time, but names neither day nor hour."""
    front: bool = True
    """The date is before all other words."""
    said: str = ""
    """The first words of time that we do not read."""

    @property
    def fault(self) -> Reason | None:
        """Why the date differs from the one typed."""
        if self.vague and (self.pieces.day, self.pieces.start) == (None, None):
            return Reason.DAY_MISSING
        return None if self.dated is None else self.dated.fault

    @property
    def sure(self) -> bool:
        """Whether no word of time is left among the others."""
        twice = self.at is not None and (self.pieces.start, self.pieces.day) != (None, None)
        return not twice and timelike(self.title.shadow) is None


def gather(line: Line, here: Here) -> Gathered:
    """Return all times of a line, and its other words."""
    return _Gathering(line, here).done()


class _Gathering:
    def __init__(self, line: Line, here: Here) -> None:
        self.line = line
        self.here = here
        self.got = Gathered(line)
        self.spans: list[tuple[int, int]] = []
        self.front = True

    def done(self) -> Gathered:
        at = 0
        for start, end, bare in self._places():
            if start < at:
                continue
            step = self._step(start) if bare else None
            if step is None:
                self.front = False
                at = max(at, end)
                continue
            if step > start:
                self._take(start, step)
                at = step
        self.got.title = self._rest()
        if not self.got.said and self.spans:
            self.got.said = self.line.text[slice(*self.spans[-1])].strip(" ,;:()")
        return self.got

    def _places(self) -> Iterator[tuple[int, int, bool]]:
        """Yield the places where a time may begin: each unquoted word, also in brackets."""
        for word in self.line.words:
            if word.kind is not WordKind.PAUSE:
                opened = len(word.text) - len(word.text.lstrip("(["))
                yield word.start + opened, word.end, word.kind is WordKind.BARE

    def _step(self, at: int) -> int | None:
        first = (self._zone, self._skipped, self._or, self._ends, self._vague)
        for reader in (*first, self._dated, self._hour, self._piece, self._part, self._typo):
            end = reader(at)
            if end is not None:
                return end
        return None

    def _after_time(self, at: int) -> bool:
        """Tell whether a place comes just after words of time."""
        return bool(self.spans) and not self.line.shadow[self.spans[-1][1] : at].strip(" ,()-")

    def _note(self, at: int, end: int) -> int:
        self.got.said = self.got.said or self.line.text[at:end].strip()
        return end

    def _zone(self, at: int) -> int | None:
        if not self._after_time(at) or self.got.foreign:
            return None
        zone = self.here.zone
        found = zone_at(self.line.text, self.line.shadow, at, zone)
        if found is None:
            return None
        self.got.zone, self.got.unknown = found.zone, found.zone is None
        self.got.foreign = self.line.text[at : found.end].strip()
        return found.end

    def _skipped(self, at: int) -> int | None:
        found = _SKIPPED.match(self.line.shadow, at) if self._after_time(at) else None
        return None if found is None else self._note(at, found.end())

    def _or(self, at: int) -> int | None:
        """Remove another time; its hour counts if the first has none."""
        pieces = self.got.pieces
        if (pieces.day, pieces.start, self.got.at) == (None, None, None):
            return None
        found = other_time(self.line.shadow, at, self.here)
        if found is None:
            return None
        other, end = found
        if pieces.start is None and self.got.at is None:
            self.got.pieces = replace(pieces, start=other.start, said=other.said)
        self.got.again = self.got.again or self.line.text[at:end].strip()
        return self._note(at, end)

    def _ends(self, at: int) -> int | None:
        """Read `fin 15h45` after a start."""
        found = _ENDS_AT.match(self.line.shadow, at)
        pieces = self.got.pieces
        if found is None or pieces.start is None or (pieces.end, pieces.length) != (None, None):
            return None
        step = piece_at(self.line.shadow, found.end(), Pieces(), self.here)
        if step is None or step[0].start is None:
            return None
        self.got.pieces = replace(pieces, end=step[0].start)
        return self._note(at, step[1])

    def _vague(self, at: int) -> int | None:
        """Skip words without an hour: "en fin de journée", "later"."""
        found = VAGUE.match(self.line.shadow, at)
        if found is None:
            return None
        self.got.vague = True
        self.got.front = self.got.front and self.front
        part = _PARTLY.search(found[0])
        if part is not None and self.got.pieces.part is None:
            self.got.pieces = replace(self.got.pieces, part=PARTS[part[0]])
        return self._note(at, found.end())

    def _part(self, at: int) -> int | None:
        """Read "matin" after a date in words."""
        found = _PART.match(self.line.shadow, at)
        if found is None or self.got.pieces.part is not None or not self._after_time(at):
            return None
        self.got.pieces = replace(self.got.pieces, part=PARTS[found["part"]])
        return self._note(at, found.end())

    def _dated(self, at: int) -> int | None:
        """Read a date; after "every week" the weekday gives the first date."""
        if DOTTED.match(self.line.shadow, at):
            return None
        known, day = self.got.dated, self.got.pieces.day
        found = dated_at(self.line.shadow, at, self.here)
        several = first_of_days(self.line.shadow, at, self.here) if known is None else None
        if several is not None:
            found = several
            self.got.again = self.line.text[at : several.end].strip()
        if found is None:
            return None
        repeated = known is not None and known.fault is Reason.RECURRENCE
        if repeated:
            found = replace(found, fault=Reason.RECURRENCE)
        elif day is not None and found.fault is Reason.RECURRENCE:
            found = replace(found, day=day)
        elif known is not None or day is not None:
            return None
        self.got.dated, self.got.at = found, found.at
        self.got.pieces = replace(self.got.pieces, day=found.day)
        self.got.front = self.front
        return self._note(at, found.end)

    def _hour(self, at: int) -> int | None:
        if self.got.pieces.start is not None:
            return self._prime(at) or self._second(at)
        found = loose_hour_at(self.line.shadow, at, sure=self._after_time(at))
        if found is None:
            return None
        start, last, end = found
        last = last or self.got.pieces.end
        self.got.pieces = replace(self.got.pieces, start=start, end=last, said=True)
        return self._note(at, end)

    def _prime(self, at: int) -> int | None:
        """Read `45'` after an hour."""
        found = _PRIME.match(self.line.shadow, at)
        if found is None or self.got.pieces.length is not None:
            return None
        step = piece_at(f"{found['minutes']}min", 0, self.got.pieces, self.here)
        if step is None:
            return None
        self.got.pieces = step[0]
        return self._note(at, found.end())

    def _second(self, at: int) -> int | None:
        """Read `9:00 10:00` as a range, and `9h, 10h` as two hours."""
        pieces = self.got.pieces
        step = piece_at(self.line.shadow, at, Pieces(), self.here) if self._after_time(at) else None
        second = None if step is None else step[0].start
        if step is not None and second is not None and "," in self.line.shadow[at - 2 : at]:
            self.got.again = self.got.again or self.line.text[at : step[1]].strip()
            return self._note(at, step[1])
        taken = (pieces.end, pieces.length) != (None, None)
        if step is None or second is None or taken or second.form is Form.LETTER:
            return None
        self.got.pieces = replace(pieces, end=second)
        return self._note(at, step[1])

    def _piece(self, at: int) -> int | None:
        step = piece_at(self.line.shadow, at, self.got.pieces, self.here)
        if step is None:
            return None
        length = step[0].length
        if length is not None and self.got.pieces.length is None and self._hour_rather(length, at):
            self.got.again = self.got.again or self.line.text[at : step[1]].strip()
            return self._note(at, step[1])
        self.got.pieces = step[0]
        return step[1] if self.front else self._note(at, step[1])

    def _hour_rather(self, length: Length, at: int) -> bool:
        """Tell whether `8h` apart from the time is another hour: few meetings last so long."""
        sure = length.said or length.sure or self._after_time(at)
        return not sure and length.span >= _LONG

    def _typo(self, at: int) -> int | None:
        """Read a day with a typing error, beside an hour."""
        word = next(one for one in self.line.words if one.end > at)
        if self.got.pieces.day is not None or len(word.text) < _MISTYPED:
            return None
        day = mistyped_day(fold(word.text).rstrip(",."), self.here)
        if day is None or not (self._after_time(at) or self._before_time(word.end)):
            return None
        self.got.pieces = replace(self.got.pieces, day=day)
        self.got.dated = Dated(word.end, day)
        return self._note(at, word.end)

    def _before_time(self, end: int) -> bool:
        after = len(self.line.shadow) - len(self.line.shadow[end:].lstrip(" ,"))
        step = piece_at(self.line.shadow, after, Pieces(), self.here)
        return step is not None and step[0].start is not None

    def _take(self, start: int, end: int) -> None:
        """Remove words from the title, with the small words and brackets before them."""
        least = self.spans[-1][1] if self.spans else 0
        before = _BEFORE.search(self.line.shadow, least, start)
        start = start if before is None else before.start()
        while end < len(self.line.shadow) and self.line.shadow[end] in ")],;":
            end += 1
        self.spans.append((start, end))

    def _rest(self) -> Line:
        text = self.line.text
        for start, end in self.spans:
            text = text[:start] + " " * (end - start) + text[end:]
        return Line.of(normal(text).strip(" ,;:-–—"))
