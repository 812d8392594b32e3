"""Distinguishes orders, statements and questions from titles by their grammar.

A title is a noun with its description; speech has a verb, a pronoun or a negation. A line that is
likely speech is no title: an author who means a title quotes it. Rules look at the words as typed,
since `IT`, `Est` and `US` are names, and `it`, `est` and `us` are not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.language.line import Line, WordKind
from bot.language.sentence_words import (
    ACROSS,
    ADVERBS,
    AGREED,
    BESIDE,
    COMPOUNDS,
    COUNTED,
    FRENCH_TOO,
    FUNCTION,
    GOING,
    HEADS,
    LATER,
    OBJECTS_EN,
    OBJECTS_FR,
    OF,
    PARTICLES,
    PHRASAL,
    SAID,
    SHOWN_THINGS,
    STATES,
    THINGS,
    WHITHER,
    WHOLE,
)
from bot.language.text import STOPS, fold
from bot.language.verbs import (
    E_NOUNS,
    ER_NOUNS,
    EZ_NOUNS,
    FIRST_GROUP,
    IER_VERBS,
    IR_NOUNS,
    IRREGULAR,
    NOUN_VERBS,
    PURE,
    RE_ENDS,
    RE_NOUNS,
    RE_VERBS,
    VERBISH,
)
from bridge.i18n import Language

_CLITIC = re.compile(r"-(?:moi|toi|le|la|les|nous|lui|leur|y|en)\Z")
_SIGNS = STOPS + "…()[]\"'«»“”"
_FEW = 4
_SOME = 6
_SHORTEST = 4
_VERB_AND_ARTICLE = 2
_NAMES = frozenset({"will", "may", "est", "son"})
"""Names and nouns with a capital, verbs without one."""
_NOUN_ENDS = frozenset({"of", "and", "for", "between", "in", "to", "&", "-", "et", "/", "+"})


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a line, and their folded forms; quoted ones are empty."""

    typed: tuple[str, ...]
    folded: tuple[str, ...]
    language: Language

    @classmethod
    def of(cls, line: Line, language: Language) -> "Said":
        """Split the words, elided ones too (`l'heure`); signs between words stay words."""
        typed: list[str] = []
        for word in line.words:
            if word.kind is not WordKind.BARE:
                typed.append("" if word.kind is not WordKind.PAUSE else ",")
                continue
            typed += _parts(word.text)
        loud = [one for one in typed if len(one) > 1 and one.isalpha()]
        if len(loud) > 1 and all(
            one.isupper() for one in loud
        ):  # all in capitals: then no word is an acronym
            typed = [one.lower() for one in typed]
        return cls(tuple(typed), tuple(fold(one) for one in typed), language)

    @property
    def small(self) -> bool:
        """Whether the line begins with a small letter, as typed orders do."""
        return self.typed[0][:1].islower()

    def plain(self, at: int) -> str:
        """Return a folded word; empty for an acronym or a word with a capital inside a line."""
        if not 0 <= at < len(self.typed):
            return ""
        word = self.typed[at]
        return self.folded[at] if at == 0 or word[:1].islower() or not word[:1].isalpha() else ""


def _parts(word: str) -> list[str]:
    text = word.replace("’", "'").strip(_SIGNS)
    ends = [":"] if word[-1:] in ":;,!.?" and text else []
    found = re.fullmatch(r"((?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)')(.+)", text, re.IGNORECASE)
    return [*(found.groups() if found else [text or word]), *ends]


def said(line: Line, language: Language, *, timed: bool = False) -> bool:
    """Tell whether words state or order something; `timed`: a time stands before them.

    After a time only sentences count, not fragments: `demain 14h sans papier` has a title.
    """
    words = Said.of(line, language)
    if not words.typed or not words.typed[0]:
        return False
    if states(words) or orders(words) or _orders_later(words):
        return True
    if words.small and words.folded[0] in AGREED:
        return True
    if timed and words.small and len(words.typed) == 1 and words.folded[0] in VERBISH - {"call"}:
        return True
    if words.small and all(word in FUNCTION | HEADS | STATES for word in words.folded):
        return not set(words.folded) <= COUNTED
    return not timed and fragment(words)


# --- sentences ------------------------------------------------------------------------------------


def states(words: Said) -> bool:
    """Tell whether a line has a pronoun, a finite auxiliary, a negation or a word of change."""
    named = len(words.typed) > 1 and all(one[:1].isupper() for one in words.typed[:2])
    begin = int(_acronym(words.typed[0]) or (named and words.folded[0] in _NAMES))
    plain = [words.plain(at) or "_" for at in range(begin, len(words.typed))]
    text = " ".join(["_"] * begin + plain)
    return SAID.search(f" {text} ") is not None


def _acronym(word: str) -> bool:
    return word.isupper() and len(word) > 1


# --- orders ---------------------------------------------------------------------------------------


def orders(words: Said) -> bool:
    """Tell whether a line begins with a verb that orders."""
    if _acronym(words.typed[0]) or " ".join(words.folded[:2]) in COMPOUNDS:
        return False
    words = _without_adverb(words)
    at = 1 if words.folded[0] in {"se", "s'", "me", "m'", "te", "t'", "l'"} else 0
    if at < len(words.typed) and infinitive(words, at):
        return True
    return not at and (orders_in_french(words) or orders_in_english(words))


def _orders_later(words: Said) -> bool:
    """Tell whether an order and its object follow a comma: `jean parle trop, coupe son micro`."""
    for at, one in enumerate(words.typed):
        after = slice(at + 1, None)
        later = replace(words, typed=words.typed[after], folded=words.folded[after])
        ordered = one == "," and words.small and len(later.typed) > _VERB_AND_ARTICLE
        if ordered and later.small and later.folded[1] in OBJECTS_FR | OBJECTS_EN and orders(later):
            return True
    return False


def _without_adverb(words: Said) -> Said:
    """Remove the "too" after a first word: `réserve aussi la salle`."""
    if len(words.folded) < _FEW or words.folded[1] not in ADVERBS:
        return words
    cut = slice(2, None)
    typed, folded = words.typed[:1] + words.typed[cut], words.folded[:1] + words.folded[cut]
    return replace(words, typed=typed, folded=folded)


def infinitive(words: Said, at: int = 0) -> bool:
    """Tell whether a word is an infinitive or in -ez; in -er it is, unless we know it as a noun.

    In an English salon an unknown word in -er is English: `Carer`, `Planner`.
    """
    word, typed = words.folded[at], words.typed[at]
    if len(word) < _SHORTEST or not typed.replace("-", "").isalpha():
        return False
    if word.endswith("ez"):
        return word not in EZ_NOUNS
    if word.endswith("er"):
        return _in_er(word, words.language)
    if word.endswith("ir"):
        return word not in IR_NOUNS
    likely = word.endswith(RE_ENDS) and typed.islower() and word not in RE_NOUNS
    return likely or RE_VERBS.fullmatch(word) is not None


def _in_er(word: str, language: Language) -> bool:
    if word in ER_NOUNS or word.rpartition("-")[2] in ER_NOUNS:
        return False
    if word.endswith("ier"):
        return IER_VERBS.fullmatch(word) is not None
    return known_infinitive(word) or language is Language.FR


def known_infinitive(word: str) -> bool:
    """Tell whether a folded word is the infinitive of a verb that we list."""
    stem = word.removesuffix("er")
    known = word.endswith("er") and (stem in FIRST_GROUP or stem.removesuffix("e") in FIRST_GROUP)
    return (known and word not in ER_NOUNS) or RE_VERBS.fullmatch(word) is not None


def orders_in_french(words: Said) -> bool:
    """Tell whether a line begins with the imperative of "tu" or "nous".

    Alone it orders if it is no noun; otherwise before a determiner, a pronoun, or a thing of ours.
    """
    word, after = words.folded[0], words.plain(1)
    if words.typed[0].endswith(("é", "és")) or word in FUNCTION:
        return False
    form = _imperative(word)
    base = word.partition("-")[0]
    if _CLITIC.search(word) and (_imperative(base) or base.endswith("ez")):
        return True
    named = words.language is Language.EN and not words.small and len(words.typed) > 1
    if form and word not in E_NOUNS and not (named and after not in OBJECTS_FR):
        return True
    ends = word.endswith(("e", "s")) and word != "presque"
    if ends and after in OBJECTS_FR and len(words.typed) > _VERB_AND_ARTICLE:
        return True
    if words.small and word in GOING and after in WHITHER:
        return True
    return form and _about_things(words)


def _imperative(word: str) -> bool:
    if word in IRREGULAR or (word.endswith("e") and word[:-1] in FIRST_GROUP):
        return True
    stem = word.removesuffix("ons")
    return stem != word and (stem in FIRST_GROUP or stem.removesuffix("e") in FIRST_GROUP)


def _about_things(words: Said) -> bool:
    """Tell whether few words follow, the last one a thing of a meeting: `change heure`."""
    rest = words.folded[1:]
    things = THINGS if words.small else SHOWN_THINGS
    return 0 < len(rest) <= _FEW and rest[-1] in things and not _noun_phrase(words)


def _noun_phrase(words: Said) -> bool:
    """Tell whether a description follows the first word, as after a noun: `change of slot`."""
    return words.plain(1) in OF | _NOUN_ENDS and not (words.small and words.plain(1) == "de")


def orders_in_english(words: Said) -> bool:
    """Tell whether a line begins with a base verb: one that is no noun, or has its object."""
    word, after = words.folded[0], words.plain(1)
    if words.typed[0].endswith(("é", "és")):
        return False
    if word in PURE:
        return True
    if word in NOUN_VERBS:
        return _does(words)
    objects = after in OBJECTS_EN and after not in {"a", "an"}
    capital = word.endswith("ing") and not words.small
    return objects and word not in FUNCTION | ACROSS and len(word) > 1 and not capital


def _does(words: Said) -> bool:
    """Tell whether the words after a noun's form show that it is a verb."""
    word, after = words.folded[0], words.plain(1)
    if after in OBJECTS_EN or after in PARTICLES or f"{word} {after}" in PHRASAL:
        return True
    last = words.plain(len(words.typed) - 1)
    if len(words.typed) > 1 and last in LATER:
        return True
    if word not in VERBISH or len(words.typed) == 1 or _noun_phrase(words):
        return False
    english = words.language is Language.EN or word not in FRENCH_TOO
    return _about_things(words) or (words.small and english)


# --- fragments ------------------------------------------------------------------------------------


def fragment(words: Said) -> bool:
    """Tell whether a line in small letters is more likely a piece of a sentence than a title.

    People type titles with a capital; in small letters a title must look like a noun.
    """
    if WHOLE.fullmatch(" ".join(one for one in words.folded if one.isalnum() or len(one) > 1)):
        return True
    if not words.small:
        return False
    first, count = words.folded[0], len(words.typed)
    if first in HEADS or first in STATES or (first in BESIDE and count > 1):
        return True
    if first not in ACROSS and any(known_infinitive(word) for word in words.folded[1:]):
        return True
    if _to_do(words.folded):
        return True
    return count <= _SOME and _shown(words)


def _to_do(folded: Sequence[str]) -> bool:
    """Tell whether a line has an English infinitive: `unable to join`."""
    return any(one == "to" and (two in PURE or two in VERBISH) for one, two in pairwise(folded))


def _shown(words: Said) -> bool:
    """Tell whether a line is about a thing of meetings alone: `lien cassé`."""
    return any(word in SHOWN_THINGS for word in words.folded)
