"""Names that people confuse: skeletons of Unicode UTS 39, §4.

The only module that imports confusable-homoglyphs, with Unicode's table of look-alikes
(docs/decisions/0017-names.md). A skeleton is only for comparisons, and never shown.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import TypeAlias

from confusable_homoglyphs.utils import load

from bot.language.line import without_organisation

Words: TypeAlias = tuple[str, ...]

_ACCENTS = range(0x0300, 0x0370)
"""Many people omit them when they type a name; those of other scripts distinguish words."""
_DIRECTION = "\u200e"
"""Surrounds right-to-left characters in the library's table."""


def is_homonym(name: str, members: Iterable[str]) -> bool:
    """Tell whether `name` is, looks like, or holds the whole name of one of the members.

    Case, accents, the order of words and Tchap's ` [Organisation]` make no difference.
    """
    return any(_alike(name, member) for member in members)


def _alike(name: str, shown: str) -> bool:
    bare = without_organisation(shown)
    for typed, member, whole in zip(readings(name), readings(bare), readings(shown), strict=True):
        if typed and (sorted(typed) == sorted(member) or "".join(typed) == "".join(member)):
            return True
        # One word and its organisation identify as well as two words.
        telling = whole if len(member) == 1 else member
        if len(telling) > 1 and set(telling) <= set(typed):
            return True
    return False


@lru_cache(maxsize=4096)
def readings(name: str) -> tuple[Words, Words]:
    """Return the words of a name by their letters, and by their look-alikes.

    A skeleton before and one after folding: `М` looks like `M` in capitals only, and `m` like
    `rn` in small letters only. `i` counts as `l`, which `I` looks like.
    """
    plain = unicodedata.normalize("NFKC", name)
    looks = _skeleton(_skeleton(plain).casefold()).replace("i", "l")
    return _words(plain.casefold()), _words(looks)


def _words(text: str) -> Words:
    return tuple("".join(map(_letter, unicodedata.normalize("NFD", text))).split())


def _letter(char: str) -> str:
    """Return a character that makes names differ, a blank if it separates words, or nothing."""
    kind = unicodedata.category(char)
    if kind[0] == "M":
        hidden = ord(char) in _ACCENTS or "VARIATION" in unicodedata.name(char, "")
        return "" if hidden else char
    if kind[0] in "LN":
        return char
    return " " if kind in ("Zs", "Pd") else ""


def _skeleton(text: str) -> str:
    known = _prototypes()
    parts = (known.get(char, char) for char in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", "".join(parts))


@cache
def _prototypes() -> Mapping[str, str]:
    """Map each character to Unicode's look-alike; read once, at the first guest.

    The library's table goes both ways: only a prototype has several look-alikes. Of a pair, we
    always take the same one.
    """
    table = {
        key.strip(_DIRECTION): [one["c"].strip(_DIRECTION) for one in alike]
        for key, alike in load("confusables.json").items()
    }
    found: dict[str, str] = {}
    for char, alike in table.items():
        if len(char) == 1 and len(alike) == 1 and char.isprintable():
            other = alike[0]
            pair = len(table.get(other, ())) == 1
            found[char] = min(char, other) if pair else other
    return found
