"""All words of time of a folded line, wherever they stand.

Nothing is decided here: `settling.py` tells their meaning together.
"""

from collections.abc import Callable
from datetime import tzinfo
from functools import cache
from typing import TypeAlias

from bot.language.clock import START
from bot.language.dates.day import Calendar
from bot.language.dates.first_words import FIRST_WORDS
from bot.language.dates.scan_days import DayScanner
from bot.language.dates.scan_hours import HourScanner
from bot.language.dates.scanner import skip
from bot.language.dates.time_patterns import (
    CLOCK,
    DEADLINE,
    LEAD,
    LETTERS,
    OR,
    OTHER_ZONES,
    PLACE,
)
from bot.language.dates.time_words import TimeWords
from bot.language.dates.zone_names import iana_at
from bot.language.zones import Zone, zone_at

_LEADS = 3


def words_of(text: str, folded: str, calendar: Calendar, zone: tzinfo) -> TimeWords:
    """Return the words of time of a folded line; `text` is as long, as typed."""
    return _Scanning(text, folded, calendar, zone).done()


class _Scanning(DayScanner, HourScanner):
    """Reads each kind of words where it may begin, in the order of `FIRST_WORDS`."""

    def done(self) -> TimeWords:
        found = PLACE.search(self.folded)
        while found is not None:
            found = PLACE.search(self.folded, self._place(found.start()))
        return self.got

    def _place(self, at: int) -> int:
        """Read what begins at a place, small words before it included; return where it ends."""
        begins = at
        for _ in range(_LEADS):
            end = self._read(begins)
            if end is not None:
                opened = self.folded[end - 1] == ")" and self.folded[:at].endswith("(")
                self.got.spans.append((at - opened, end))
                return end
            end = self._deadline(begins)
            if end is not None:
                self.got.spans.append((at, end))
                return end
            lead = LEAD.match(self.folded, begins)
            if lead is None:
                break
            begins = lead.end()
        return at + 1

    def _deadline(self, at: int) -> int | None:
        """Read `avant vendredi 14h`, which is no time of a meeting."""
        found = DEADLINE.match(self.folded, at)
        end = None if found is None else self._read(found.end())
        if found is not None and end is not None:
            self.got.missing = self.got.missing or found[0]
        return end

    def _read(self, at: int) -> int | None:
        for reader in self._readers(at):
            end = reader(self, at)
            if end is not None and end > at:
                return end
        return None

    def _readers(self, at: int) -> tuple[Callable[["_Scanning", int], int | None], ...]:
        word = LETTERS.match(self.folded, at)
        if word is not None:
            known = _readers(word[0])
            return (*_SIGN_READERS[:1], *known) if self._names_zone(at) else known
        if not self.folded[at : at + 1].isdigit():
            return _SIGN_READERS
        return _HOUR_READERS if CLOCK.match(self.folded, at) else _DIGIT_READERS

    def _names_zone(self, at: int) -> bool:
        """Tell whether a word after a time may name a zone, whatever word it is."""
        return bool(self.got.spans) and (self.named or self.text[at : at + 3].isupper())

    def _zone(self, at: int) -> int | None:
        after = self._after(at)
        if not after and (self.got.zones or not self.folded.startswith(_ZONE_FIRST, at)):
            return None
        found = iana_at(self.folded, at) or zone_at(self.text, self.folded, at, self.zone)
        other = OTHER_ZONES.match(self.text, at) if found is None else None
        if other is not None:
            found = Zone(other.end(), None)
        if found is None or not (after or self._leads(found, at)):
            return None
        self.got.zones.append(found)
        return found.end

    def _leads(self, found: Zone, at: int) -> bool:
        """Tell whether a zone is before its hour: `heure de Paris 14h`, `(UTC) 14h`."""
        known = found.zone is not None and self.folded.startswith(_ZONE_FIRST, at)
        return known and START.match(self.folded, skip(self.folded, found.end)) is not None

    def _or(self, at: int) -> int | None:
        found = OR.match(self.folded, at) if self._after(at) else None
        if found is None:
            return None
        known = len(self.got.spans)
        end = self._read(found.end())
        if end is None or len(self.got.spans) != known:
            return None
        self.got.either = True
        return end


_ZONE_FIRST = ("heure", "utc", "gmt")
_Reader: TypeAlias = Callable[[_Scanning, int], int | None]


def _methods(*names: str) -> tuple[_Reader, ...]:
    return tuple(getattr(_Scanning, name) for name in names)


_HOUR_READERS = _methods("_bad", "_delay", "_range", "_length", "_hour")
_DIGIT_READERS = _methods("_bad", "_rule", "_delay", "_bound", "_day", "_range", "_length", "_hour")
_SIGN_READERS = _methods("_zone", "_or", "_hour")


@cache
def _readers(word: str) -> tuple[_Reader, ...]:
    """Return the readers of words that begin with this one, in their order."""
    return _methods(*(name for name, words in FIRST_WORDS.items() if word in words))
