"""Verbs' names that also begin titles: `Aide à la pierre`, `Liste électorale`."""

from bot.language.line import Line
from bot.language.sentence_words import OF
from bot.language.text import fold
from bot.language.vocabulary import names_of

_LOOSE_ENDS = frozenset({"end", "stop"})
_SET = frozenset(names_of("language", "settings"))
_NOUNS = _LOOSE_ENDS | _SET | {"aide", "help", *names_of("link", "list", "guests", "diagnose")}
_NOUN_ANDOF = 2


def entitles(line: Line) -> bool:
    """Tell whether a verb's name begins a title: with a capital, or with "of" after it."""
    after = fold(line.words[1].text) if len(line.words) > 1 else ""
    capital = line.words[0].text[:1].isupper() and line.words[0].text[1:].islower()
    if line.first in _LOOSE_ENDS:
        return capital or after in OF or line.first == "stop"
    noun = line.first in _NOUNS and after not in ("la", "le", "les", "the")
    of = after in OF and len(line.words) > _NOUN_ANDOF
    return noun and (capital or line.first not in _SET or of)
