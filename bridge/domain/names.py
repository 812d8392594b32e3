"""Names and titles that people type, made safe to show to other people.

A guest's name stands before words of ours ("lien envoyé à …, identité non vérifiée") and among
names of agents ("Alice Martin [Organisation]"). So a name keeps the characters with which names are
written, in every script, and loses any that could be read as a mark: brackets, symbols, dashes
between words. Unicode's categories decide, see UTR 36 and docs/security.md.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from bridge.domain.signs import parted

LONGEST_NAME = 64
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BREAKS = "\t\n\r\u2028\u2029"
_MARKS = {"Mn", "Me", "Mc"}
_STACKED = 3
_BLANKS = ("FILLER", "PATTERN BLANK", "FULL BLANK", "HALF BLANK", "NULL NOTEHEAD")
"""Letters and symbols that show nothing; Unicode has no property for them, only their names."""
_SIGNS = ".,'&·"
"""The punctuation, of no script, with which names are written."""
_TYPOGRAPHY = ((0, 0xFF), (0x2000, 0x206F), (0x2E00, 0x2E7F), (0x3000, 0x303F))
"""Punctuation that belongs to no script: quotes, daggers, bullets, ellipses, ornaments."""
_DASHES = "‒–—―"
_APOSTROPHES = "'’‘"
_ACCENTS = str.maketrans("´`", "’’")
"""Typed in place of an apostrophe; alone they are symbols."""

_CIVILITY = re.compile(
    r"\A\s*(?:dr|m|madame|miss|mister|mlle|mme|monsieur|mr|mrs|ms)\b\.?\s+(?=\S)", re.IGNORECASE
)
_DOT = re.compile(r"(?<=[^\s\u2060])(?=[.。．｡][^\W\d_][^\s\u2060!-/:-@]|://)")
_JOINER = "\u2060"
_EMOJI_JOINER = "\u200d"
_ADDRESS = re.compile(r"://|\bwww[.。]")


def unlinked(words: str) -> str:
    """Return words in which mail readers and chat clients find no address to link.

    A WORD JOINER before a dot is invisible, and no address can hold one
    (docs/decisions/0017-names.md). Applying it twice changes nothing.
    """
    return _DOT.sub(_JOINER, words)


def holds_address(words: str) -> bool:
    """Tell whether the words hold a full web address, rather than a bare domain."""
    return _ADDRESS.search(unicodedata.normalize("NFKC", words).casefold()) is not None


def clean_name(typed: str, longest: int = LONGEST_NAME) -> str:
    """Return a person's name in NFKC, with letters, marks, digits and the signs within names only.

    Everything else separates words. A name without a letter becomes empty: nobody could read it.
    """
    plain = _revealed(typed[: longest * 16].translate(_ACCENTS))
    kept = " "
    signs = unicodedata.normalize("NFKC", plain)
    for char, after in pairwise(f"{signs} "):
        kept += char if _in_names(kept[-1], char, after) else " "
    name = _trimmed(clean_words(_trimmed(kept), longest))
    return name if any(_kind(char).startswith("L") for char in name) else ""


def _trimmed(name: str) -> str:
    """Return the words without dashes at their ends."""
    return " ".join(word.rstrip("-‐") for word in name.split()).strip()


def without_civility(name: str) -> str:
    """Return a name without its title: `M. Dupont` is invited as `Jean Dupont`."""
    return _CIVILITY.sub("", name)


def clean_words(typed: str, longest: int) -> str:
    """Return `typed` in NFC without control, bidi, zero-width and stacked characters, one line.

    Empty if nothing of it is visible; no input raises an error.
    """
    kept: list[str] = []
    marks = 0
    # Only now: a hidden character between two marks would separate marks that are shown as one.
    for char in unicodedata.normalize("NFC", _revealed(typed[: longest * 16])):
        marks = marks + 1 if _kind(char) in ("Mn", "Me") else 0
        if marks < _STACKED:
            kept.append(char)
    words = " ".join("".join(kept).split())[:longest].rstrip(_EMOJI_JOINER).strip()
    return words if any(_kind(char)[0] in "LNPS" for char in words) else ""


def is_mark(char: str) -> bool:
    """Tell whether a character only modifies the one before it."""
    return _kind(char) in _MARKS


def _revealed(text: str) -> str:
    """Return the text without invisible characters; a line break or a blank becomes a space."""
    parts = parted(text)
    return "".join(one if at % 2 else "".join(map(_shown, one)) for at, one in enumerate(parts))


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    if char in _BREAKS or _blank(char):
        return " "
    return "" if _kind(char) in _HIDDEN else char


def _blank(char: str) -> bool:
    return any(part in unicodedata.name(char, "") for part in _BLANKS)


_kind = lru_cache(maxsize=4096)(unicodedata.category)


def _in_names(before: str, char: str, after: str) -> bool:
    """Tell whether a character between two others belongs to a name."""
    kind, inside = _kind(char), _of_word(before)
    if _written(char):
        return True
    if kind in ("Mn", "Mc"):
        return inside
    if char in _APOSTROPHES:
        return inside or _written(after)
    if kind == "Pd":
        return inside and _written(after) and char not in _DASHES
    return char == "&" or (kind == "Po" and inside and _of_script(char))


def _written(char: str) -> bool:
    return _kind(char)[0] == "L" or _kind(char) == "Nd"


def _of_word(char: str) -> bool:
    return _written(char) or is_mark(char) or char == "."


def _of_script(char: str) -> bool:
    """Tell whether punctuation belongs to a script, as `·` in Catalan or `־` in Hebrew."""
    return char in _SIGNS or not any(first <= ord(char) <= last for first, last in _TYPOGRAPHY)
