"""Titles whose first word may also be an order: `Mute swan census`, `Aides à la pierre`.

Only the other words could decide, so we make nothing of them, and offer the same title in quotes.
Not if a line asks, orders or complains.
"""

import re

from bot.language.line import Line, WordKind
from bot.language.sentence_words import (
    BESIDE,
    FUNCTION,
    HEADS,
    LATER,
    MEETINGS,
    OBJECTS_EN,
    OBJECTS_FR,
    PARTICLES,
    SHOWN_THINGS,
    STATES,
    THINGS,
)
from bot.language.sentences import Said, states
from bot.language.verbs import E_NOUNS, NOUN_VERBS
from bridge.i18n import Language

_ADJECTIVE = re.compile(r"[a-z]{3,}(?:al|ale|aux|el|elle|els|if|ive|ifs|ique|iques|aire|aires)")
_OF_NOUNS = re.compile(
    r"\s*aides\s(?:a(?!\s(?:moi|nous))|au|aux|de\sla|de\sl'|des|du|d'|en\sfaveur|pour\sles)\s?[a-z]"
)
"""`aides` with a complement: alone it asks for help."""
_TOO = (
    OBJECTS_EN | OBJECTS_FR | LATER | PARTICLES | THINGS | SHOWN_THINGS | MEETINGS | BESIDE
    | HEADS | STATES
    | frozenset({"all", "tout", "vite", "fast", "quick", "asap", "off", "on", "music", "musique"})
)  # fmt: skip
_LEAST = 3
"""The fewest words: `Mute swan` is as likely an order."""


def only_resembles(line: Line, language: Language) -> bool:
    """Tell whether a line is a noun with its description, though its first word may be an order."""
    words = Said.of(line, language)
    bare = all(word.kind is WordKind.BARE and word.text.isalpha() for word in line.words)
    if "?" in line.shadow or "!" in line.shadow or states(words):
        return False
    if _OF_NOUNS.match(line.shadow):
        return not set(words.folded) & SHOWN_THINGS
    first, rest = words.folded[0], words.folded[1:]
    small = all(one.islower() for one in words.typed[1:])
    if not (bare and rest and small) or set(rest) & _TOO:
        return False
    if first in E_NOUNS and _ADJECTIVE.fullmatch(rest[0]):
        return True
    capital = line.text.strip()[:1].isupper()
    long = len(words.typed) >= _LEAST and not set(rest) & FUNCTION
    return capital and first in NOUN_VERBS and long
