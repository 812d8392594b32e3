"""French typography as the administration prints it: no-break spaces, and elision before a vowel.

Catalogues are written with the spaces of a keyboard. They get the no-break ones when they are
loaded, before any typed text is filled in. Text between backquotes is to be pasted, and stays as it
is.
"""

import re
import unicodedata
from collections.abc import Mapping

THIN = "\u202f"
"""Before `;`, `!` and `?`."""
FIXED = "\u00a0"
"""Before `:` and inside « »."""

_CODE = re.compile(r"(`[^`]*`)")
# A mark is followed by a blank, the end, or a closing sign: `!visio`, `://` and `!…` hold no marks.
_HIGH = re.compile(r" (?=[;!?]+(?:[\s{»)*]|$))")
_LOW = re.compile(r" (?=:(?:[\s{»)*]|$))|(?<=«) | (?=»)")
_BEFORE_PARAMETER = re.compile(r"\b(?P<stem>[Dd]|[Qq]u)e (?P<mark>(?:\*\*)?)\{(?P<name>\w+)\}")
_VOWELS = "aeiouœæ"


def spaced(sentence: str) -> str:
    """Return a sentence with the no-break spaces that its punctuation needs."""
    pieces = _CODE.split(sentence)
    return "".join(one if at % 2 else _spaced(one) for at, one in enumerate(pieces))


def _spaced(words: str) -> str:
    return _LOW.sub(FIXED, _HIGH.sub(THIN, words))


def elided(sentence: str, parameters: Mapping[str, object]) -> str:
    """Return a sentence with `d’{name}` for `de {name}` if the name begins with a vowel.

    Parameters that are texts are read in their plain form.
    """

    def joined(found: re.Match[str]) -> str:
        parameter = parameters.get(found["name"], "")
        if not _opens_with_vowel(str(getattr(parameter, "plain", parameter))):
            return found[0]
        return f"{found['stem']}’{found['mark']}{{{found['name']}}}"

    return _BEFORE_PARAMETER.sub(joined, sentence)


def _opens_with_vowel(name: str) -> bool:
    """Tell whether French elides before a name.

    Before an h nobody can tell ("d’Henri", "de Hamid"), and "de" is never wrong there. A y is a
    vowel before a consonant: "d’Yves", "de Yann".
    """
    letters = unicodedata.normalize("NFD", name[:4]).casefold()
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    if plain[:1] == "y":
        return plain[1:2].isalpha() and plain[1:2] not in _VOWELS
    return plain[:1] != "" and plain[:1] in _VOWELS
