"""A text as its words of time are searched: folded, evened out, each place known in the original.

Quoted words and addresses are blanked: no time is read in them. One typing error in a certain word
of time is set right.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.dates.mistyped import MISTYPED, righted
from bot.language.text import BLANK, fold

_HIDDEN = re.compile(
    r'"[^"]*+"?|«[^»]*+»?|“[^”]*+”?|„[^“”]*+[“”]?|[a-z][a-z0-9+.-]*://\S+|[^\s<,;]+@[^\s>,;]+'
    r"|(?<!\S)@[^\W\d]\S*"
)
_SIGNS = re.compile(r'["«“„@:]')
_WORD = re.compile(r"[^\W\d_][^\W\d_'-]{3,}")
_ENGLISH = re.compile(r"[A-Z][a-z]*(?:day|ber|uary|ust)s?\Z")
"""Names that English writes with a capital."""
_GONE = ("Mn", "Cf", "Cc", "Me")


@dataclass(frozen=True, slots=True)
class Shadow:
    """Folded text, and for each of its places, and its end, the place in the original."""

    text: str
    places: Sequence[int]

    def typed(self, text: str) -> str:
        """Return the original text, as long as this one."""
        if isinstance(self.places, range):
            return text
        return "".join([text[place] for place in self.places[:-1]])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return a span of the shadow as one of the original text."""
        return self.places[start], self.places[end - 1] + 1 if end > start else self.places[start]


def shadow_of(text: str) -> Shadow:
    """Return the shadow of a text."""
    chars = [*map(_plain, text)]
    folded = "".join(chars)
    places: Sequence[int] = range(len(text) + 1)
    if "" in chars or "  " in folded:
        kept = [n for n, char in enumerate(chars) if char and (char != " " or chars[n - 1] != " ")]
        folded = "".join(chars[n] for n in kept)
        places = [*kept, len(text)]
    if _SIGNS.search(folded):
        folded = _HIDDEN.sub(lambda found: BLANK * len(found[0]), folded)
    return _set_right(Shadow(folded.replace("apres midi", "apres-midi"), places), text)


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """Return a character folded; empty if it is only a sign on another one, or can't be seen."""
    if char.isspace():
        return " "
    if unicodedata.category(char) in _GONE:
        return ""
    wide = unicodedata.normalize("NFKC", char)
    return fold(wide if len(wide) == 1 else char)


def _set_right(shadow: Shadow, typed: str) -> Shadow:
    """Return the shadow with words of one typing error as they are meant."""
    words = [*_mistyped(shadow.text)]
    if not words:
        return shadow
    text, places = shadow.text, list(shadow.places)
    for start, end, word in reversed(words):
        if _is_name(typed, places[start], places[end - 1] + 1):
            continue
        text = text[:start] + word + text[end:]
        last = places[end - 1]
        kept = [places[min(start + n, end - 1)] for n in range(len(word) - 1)]
        places[start:end] = [*kept, last]
    return Shadow(text, places)


def _is_name(typed: str, start: int, end: int) -> bool:
    """Tell whether a word within a line has its first letter alone as a capital."""
    word = typed[start:end]
    return start > 0 and word[:1].isupper() and not word.isupper() and not _ENGLISH.match(word)


def _mistyped(text: str) -> Iterator[tuple[int, int, str]]:
    for found in MISTYPED.finditer(text):
        yield found.start(), found.end(), righted(found[0]) or found[0]
    for found in _WORD.finditer(text):
        word = righted(found[0])
        if word is not None and MISTYPED.fullmatch(found[0]) is None:
            yield found.start(), found.end(), word
