"""Words that name one day, wherever they stand in a folded line."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from bot.language.dates.calendar_days import absolute, nth_of, of_month
from bot.language.dates.day import Calendar, DayWords
from bot.language.dates.relative_days import ago, ahead_of_today, in_days, of_week, week_of

_Reader: TypeAlias = Callable[[str, int, Calendar], DayWords | None]


def day_at(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Return the day that begins at a place of the folded text."""
    for reader in _readers(text, at):
        found = reader(text, at, calendar)
        if found is not None:
            return found
    return None


def _readers(text: str, at: int) -> tuple[_Reader, ...]:
    """Return the readers for words that begin as these do."""
    char = text[at : at + 1]
    if char.isdigit():
        return _DIGIT_READERS
    return _BY_LETTER.get(char, ())


def _holiday(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = calendar.holidays.at(text, at, calendar.today)
    return None if found is None else DayWords(found[0], found[1], relative=False)


_DIGIT_READERS: tuple[_Reader, ...] = (nth_of, absolute, in_days, ago)
_BY_LETTER: Mapping[str, tuple[_Reader, ...]] = {
    letter: tuple(readers)
    for letter, readers in {
        "a": (ahead_of_today, absolute, in_days, ago, _holiday),
        "b": (_holiday,),
        "c": (ahead_of_today, of_week, _holiday),
        "d": (ahead_of_today, week_of, in_days, nth_of, absolute, of_month, of_week),
        "e": (week_of, _holiday, in_days, ago),
        "f": (nth_of, absolute, of_month, _holiday, of_week, in_days, ago),
        "h": (ahead_of_today,),
        "i": (week_of, in_days, ago),
        "j": (absolute, of_month, _holiday, of_week),
        "l": (ahead_of_today, _holiday, nth_of, of_month, week_of, absolute, of_week),
        "m": (absolute, of_month, _holiday, of_week),
        "n": (week_of, of_week, absolute, _holiday, in_days, ago),
        "o": (ahead_of_today, of_month, absolute, nth_of, in_days),
        "p": (nth_of, _holiday),
        "q": (nth_of, in_days),
        "s": (ahead_of_today, week_of, absolute, of_month, nth_of, of_week, in_days, ago),
        "t": (ahead_of_today, week_of, nth_of, of_month, absolute, _holiday, of_week, in_days, ago),
        "u": (in_days,),
        "v": (absolute, of_month, _holiday, of_week),
        "y": (ahead_of_today,),
        "w": (week_of, absolute, of_month, _holiday, of_week),
    }.items()
}
