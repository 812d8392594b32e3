"""Words of time with one typing error that can only be one word: `demian`, `prochian`, `lunid`."""

import re
from functools import lru_cache

from bot.language.text import any_of, slipped, word_set

_KNOWN = {
    "tommorow": "tomorrow", "tommorrow": "tomorrow", "tomorow": "tomorrow", "tmrw": "tomorrow",
    "tmr": "tomorrow", "2moro": "tomorrow", "tomoro": "tomorrow", "aujourdhui": "aujourd'hui",
    "aujourd hui": "aujourd'hui", "auj": "aujourd'hui", "ajd": "aujourd'hui", "dem": "demain",
    "apresdemain": "apres-demain", "wensday": "wednesday", "wendesday": "wednesday",
    "wedneday": "wednesday",
}  # fmt: skip
MISTYPED = re.compile(rf"(?<![\w'-])(?:{any_of(_KNOWN)})(?![\w'-])")
"""Words with more than one error, or shortened."""
_WORDS = word_set(
    """lundi mardi mercredi jeudi vendredi samedi dimanche lundis mardis mercredis jeudis vendredis
    monday tuesday wednesday thursday friday saturday sunday
    janvier fevrier juillet septembre octobre novembre decembre january february august september
    october november december demain prochain prochaine aujourd'hui tomorrow tonight semaine
    minutes heures"""
)
_OTHERS = word_set(
    """remain demains domain romain semaines sundae augusta prochains prochaines semaine heureux
    minuties tuesdays wednesdays thursdays fridays saturdays sundays mondays samedis dimanches
    heure minute germain lund mardin sonday mundi heurs heures demand humain"""
)
"""Words that mean something else, or have their own reading."""


@lru_cache(maxsize=4096)
def righted(word: str) -> str | None:
    """Return the word of time that a word with one typing error can only be."""
    if word in _KNOWN:
        return _KNOWN[word]
    if word in _WORDS or word in _OTHERS:
        return None
    near = {one for one in _WORDS if slipped(word, one) and one[0] == word[0]}
    near |= {one for one in _WORDS if slipped(word, one) and sorted(one) == sorted(word)}
    return near.pop() if len(near) == 1 else None
