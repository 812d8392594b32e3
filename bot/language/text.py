"""Makes typed text comparable: one normal form, and a shadow of equal length for searches."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from bridge.domain.signs import parted

BLANK = "\ufffc"
"""The shadow's placeholder for text that is no words: quoted text and mentions."""

_BREAKS = {"\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"}
_GONE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SAME = {"’": "'", "‘": "'", "ʼ": "'", "´": "'"} | dict.fromkeys("‐‑‒–—−→➔", "-")
_SPACES = re.compile(r"[ ]{2,}")
_PAIRS = (('"', '"'), ("«", "»"), ("“", "”"))
STOPS = ".,:;!?"
"""Signs that end words."""
QUOTES = '"«»“”„'
AROUND = " \n,.;:!"
"""Signs around a line's words, and no part of them."""
PAUSES = " \n,;:"
NAME = r"[A-ZÀ-Ý][\w'-]+"
"""The pattern of a word with a capital."""
EDGES = PAUSES + "-–—|"
"""Signs around a title: a full stop and an exclamation mark belong to it."""


def normal(typed: str) -> str:
    """Return `typed` in NFC, without control, bidi and zero-width characters, with plain spaces.

    Joiners inside an emoji stay, and line breaks, all alike; tabs and runs of spaces become one
    space.
    """
    pieces = parted(unicodedata.normalize("NFC", typed))
    kept = "".join(
        one if place % 2 else "".join(map(_kept, one)) for place, one in enumerate(pieces)
    )
    return _SPACES.sub(" ", kept)


@lru_cache(maxsize=4096)
def _kept(char: str) -> str:
    if char in _BREAKS:
        return "\n"
    category = unicodedata.category(char)
    if char == "\t" or category == "Zs":
        return " "
    return "" if category in _GONE or char == BLANK else char


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, with plain dashes and apostrophes.

    Each character gives exactly one, so that a place in the shadow is the same place in the text.
    """
    return "".join(map(_folded, text))


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    plain = _SAME.get(char) or unicodedata.normalize("NFD", char)[0].lower()
    return plain if len(plain) == 1 else char


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list, typed with blanks between them."""
    return frozenset(text.split())


def phrase_set(text: str) -> frozenset[str]:
    """Return the phrases of a list, typed with `|` between them."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of any of some words or phrases, the longest first."""
    return "|".join(sorted(words, key=lambda one: (-len(one), one))).replace(" ", r"\s")


def slipped(typed: str, word: str) -> bool:
    """Tell whether `typed` is `word` with one error: a letter added, lost, changed or moved."""
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), None)
    if at is None:
        return True
    left, right = typed[at:], word[at:]
    moved = left[:2] == right[1::-1] and left[2:] == right[2:] and len(right) > 1
    return moved or left[1:] == right or left == right[1:] or left[1:] == right[1:]


def swapped(typed: str, word: str) -> bool:
    """Tell whether `typed` is `word` with two neighbouring letters in the other order."""
    return sorted(typed) == sorted(word) and slipped(typed, word)


def quoted(title: str) -> str:
    """Return `title` in quotes that it does not contain, so that we read it unchanged."""
    for opening, closing in _PAIRS:
        if opening not in title and closing not in title:
            return f"{opening}{title}{closing}"
    return '"' + title.replace('"', "'") + '"'


def plain(words: str) -> bool:
    """Tell whether words have only letters, blanks, hyphens and apostrophes."""
    return words[:1].isalpha() and all(char.isalpha() or char in " '’-" for char in words)
