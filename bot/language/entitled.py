"""Names of verbs that begin titles as well: `Aide à la pierre`, `Liste électorale`."""

from bot.language.command_names import names_of
from bot.language.line import Line
from bot.language.text import fold

_LOOSE_ENDS = frozenset({"end", "stop"})
_SET = frozenset(names_of("language", "settings"))
_OF = frozenset({"de", "du", "des", "d'", "of"})
_NOUNS = _LOOSE_ENDS | _SET | {"aide", "help", *names_of("link", "list", "guests", "diagnose")}
_NOUN_AND_OF = 2


def entitles(line: Line) -> bool:
    """Tell whether a name of a verb begins a title: with a capital, or with "of" after it."""
    after = fold(line.words[1].text) if len(line.words) > 1 else ""
    capital = line.words[0].text[:1].isupper() and line.words[0].text[1:].islower()
    if line.first in _LOOSE_ENDS:
        return capital or after in _OF or line.first == "stop"
    noun = line.first in _NOUNS and after not in ("la", "le", "les", "the")
    of = after in _OF and len(line.words) > _NOUN_AND_OF
    return noun and (capital or line.first not in _SET or of)
