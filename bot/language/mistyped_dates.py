"""Days and months with a typing error: `demian`, `lunid`, `12 octobbre`."""

from datetime import date
from difflib import SequenceMatcher

from bot.language.days import DAY, WEEKDAYS, coming
from bot.language.moments import today
from bot.language.refusals import Here
from bot.language.text import slipped

_AHEAD = {
    **dict.fromkeys(("aujourd'hui", "today"), 0),
    **dict.fromkeys(("demain", "tomorrow"), 1),
}
_SHORTENED = {"tmrw": 1, "tmr": 1, "2moro": 1, "dem": 1, "auj": 0, "tdy": 0}
_MONTHS = (
    ("janvier", "january"), ("fevrier", "february"), (), ("avril",), (), (),
    ("juillet",), ("august",), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("decembre", "december"),
)  # fmt: skip
_LONG = 6
_ALIKE = 0.8


def mistyped_day(word: str, here: Here) -> date | None:
    """Return the day that a word with one typing error names; only beside an hour it counts."""
    now = today(here)
    if word in _SHORTENED:
        return now + _SHORTENED[word] * DAY
    for right, days in _AHEAD.items():
        if _nearly(word, right):
            return now + days * DAY
    number = _one_of(WEEKDAYS, word)
    return None if number is None else coming({number}, now)


def mistyped_month(word: str) -> int | None:
    """Return the number of the month that a word with one typing error names."""
    place = _one_of(_MONTHS, word)
    return None if place is None else place + 1


def _one_of(those: tuple[tuple[str, ...], ...], word: str) -> int | None:
    """Return the index of the names that contain the word, with a typing error."""
    near = (at for at, names in enumerate(those) if any(_nearly(word, name) for name in names))
    return next(near, None)


def _nearly(word: str, right: str) -> bool:
    """Tell whether a long word has one typing error, or two doubled or lost letters."""
    if len(word) < _LONG:
        return slipped(word, right) and len(word) > _LONG - 2
    return word != right and SequenceMatcher(None, word, right).ratio() > _ALIKE
