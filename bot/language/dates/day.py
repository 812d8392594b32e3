"""A day as words name it, the context of such words, and small patterns of them."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.language.dates.holiday import Holidays
from bot.language.days import DAY_NAMES
from bot.language.numbers import NUMBERS
from bot.language.refusals import Reason
from bot.language.text import any_of

WEEK = timedelta(days=7)
SHORT_DAYS = r"lun|mar|mer|jeu|ven|sam|dim|mon|tues?|wed|thurs?|thu|fri|sat|sun"
_MOST = 20
_NUMBERS = {word: n for word, n in NUMBERS.items() if n <= _MOST}
NUMBER = rf"(?:[0-9]{{1,3}}|{any_of(_NUMBERS)})"
NTH = r"(?:er|st|nd|rd|th|eme|e)?"
WEEKDAY = rf"(?:{DAY_NAMES}|(?:{SHORT_DAYS})(?=\.|,?\s(?:at\s|a\s|le\s|the\s)?[0-9]))"
_LED = r"(?:(?:le|la|les|the|on|of|du|de|pour|for)\s)?"


@dataclass(frozen=True, slots=True)
class DayWords:
    """A day in words; `fault`: why it is no certain day, `meant` being the likely one."""

    end: int
    day: date | None = None
    fault: Reason | None = None
    meant: date | None = None
    relative: bool = True
    """It depends on today."""
    weekday: bool = False
    """It is a weekday alone."""
    part: str = ""
    """The part of the day that they also name: `tonight`."""

    @property
    def likely(self) -> date | None:
        """The day, or the likely one."""
        return self.day or self.meant


@dataclass(frozen=True, slots=True)
class Calendar:
    """The context of a day: today, the order of day and month, and the holidays."""

    today: date
    english: bool
    holidays: Holidays


def number_of(word: str) -> int:
    """Return a number in figures or in words."""
    return _NUMBERS[word] if word in _NUMBERS else int(word)
