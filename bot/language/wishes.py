"""Words that ask for something, thank, or address us: none of them begins a title.

Folded words of both languages, by the command nearest to their wish. An author who means them as a
title quotes them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.language.line import Line, WordKind
from bot.language.people import looks_like_people
from bot.language.sentence_words import THINGS
from bot.language.sentences import Said, infinitive
from bot.language.somebody import about_somebody
from bot.language.strangers import ordered_about
from bot.language.text import NAME, STOPS, fold, slipped, word_set
from bot.language.thanks import greeting
from bot.language.timelike import timelike
from bot.language.vocabulary import NO_WISH
from bot.language.wish_words import (
    NO_TYPO,
    OBJECTS,
    SOFT,
    STRONG,
    VERB_WORDS,
    Ask,
)
from bridge.i18n import Language

_SECOND = re.compile(
    r"(?<![\w'-])(?:tu|vous|te|toi|you|t'(?:es|as)|y'all|u)(?![\w'-])"
    r"|(?<!rendez)(?<!garde-a)-(?:tu|vous|toi|moi|nous)(?![\w-])"
)
"""Words that address somebody."""
_COLON = re.compile(r"[^:]*[^:\s]\s*:\s*\Z")
_CLITIC = re.compile(
    r"(?!rendez-|garde-|sauve-|laissez-|vis-|au-|la-|chez-|sous-|sur-|pour-|entre-|avec-)[a-z]{2,14}"
    r"-(?:le|la|les|moi|nous|lui|leur|toi|tu|vous|il|elle|on|je|ils|elles|t-il|t-on|t-elle)"
)
_STATED = re.compile(
    r"\s*(?!let\b|meet\b)[a-z'-]+\s(?:it|him|her|them|us|is|isn't|are|aren't|was|wasn't|won't|doesn't|didn't|can't)"
    r"(?![\w'-])|\s*(?:la|le|les|ma|mon|mes|l'|the|my)\s?[a-z-]+\s(?:est|sont|n'est|ne|is|are|isn't)(?!\w)"
    r"|.*\bn(?:e\s|')[a-z]+\s(?:plus|pas)\b|.*\b(?:meeting|call|review)\s(?:is|was)\s"
)
"""Words that state something, or order an act on something."""
_OFF = re.compile(r"\b(?:meeting|call|review)\s(?:is|was)\s(?:off|over|cancel\w+|postponed)\b")
_TO_SOMEBODY = re.compile(rf"\s(?:à|to)\s{NAME}(?:\s{NAME})*[\s.!]*\Z")
_ASKED_ANYWHERE = re.compile(
    r"\b(?:a\squelle\sheure|quelle\sheure|what\stime|c'est\squand|est\squand)\b"
)
_WHAT_IS_ON = re.compile(
    r"\s*(?:qu'est-ce\squ'(?:on|il\sy)\sa|(?:on|il\sy|y)\sa\squoi|what\s(?:do\swe\shave|have\swe\sgot))"
    r"(?:\sde\sprevu|\s(?:for\s)?(?:demain|aujourd'hui|today|tomorrow|cette\ssemaine|this\sweek|ce\smatin"
    r"|cet\sapres-midi|this\s(?:morning|afternoon)))*[\s?!.]*"
)
_OURS = re.compile(
    r"\s*(?!avant|apres|pendant|toute|durant|pour|sur|dans|sous|before|after|during|in|for|on)[a-z'-]{2,20}"
    r"\s(?:la\s|cette\s|le\s|les\s|mes\s|ma\s|mon\s|notre\s|the\s|this\s|my\s|our\s|l')"
    r"(?P<what>reunion|visio|lien|invitation|meeting|link|call|invites|participants|guests|attendees"
    r"|reunions|meetings)[\s.!]*"
)
"""An unknown verb, with a thing of ours."""
_MAKING = word_set("book call create open organise organize plan schedule set start")
"""Before a quoted title they make a meeting; alone they begin titles."""
_OF_WHAT = {
    **dict.fromkeys(("lien", "link"), Ask.LINK),
    **dict.fromkeys(("invites", "participants", "guests", "attendees"), Ask.GUESTS),
    **dict.fromkeys(("reunions", "meetings"), Ask.LIST),
}
_OF_OURS = re.compile(
    r"\s*(?:de\s|d'|of\s|du\s)(?:la\s|cette\s|notre\s|the\s|this\s|my\s|our\s|l')"
    r"(?:reunion|visio|meeting|call)\b"
)
_OF_A_THING = re.compile(
    rf"\s*(?:de\s|d'|du\s|of\s)(?:la\s|l'|the\s|cette\s|this\s)?(?:{'|'.join(sorted(THINGS))})\s*"
)
_SHORTEST = 6
"""Shorter words match no mistyped word."""


_NOUN = re.compile(
    r"""\s*(?:(?:moi|nous|me|us|-moi|-nous)\s)?(?:une?|la|le|les|an?|the|cette|ce|notre|our)?\s*
      (?:nouvelle\s|nouveau\s|new\s|autre\s|another\s|petite\s|quick\s)?
      (?:(?:reunion|visio|visioconference|conf|conference|conf-call|meeting|call|appel|rendez-vous
        |rdv|video\scall|video-conference)(?![\w'-]))?
      \s*(?:(?:pour|sur|on|about|for|of|intitulee?|nommee?|appelee?|called|named|titled|de|du)
        (?=\s(?!\d))|:|-)?\s*""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """The beginning of a line that is no title, and the words after it."""

    ask: Ask
    said: str
    """The beginning as typed."""
    rest: Line


_PHRASES: Mapping[str, Ask] = {phrase: ask for ask, all_ in STRONG.items() for phrase in all_}
_NOUNS: Mapping[str, Ask] = {phrase: ask for ask, all_ in SOFT.items() for phrase in all_}
KNOWN = frozenset((*_PHRASES, *_NOUNS))
"""The beginnings of wishes."""
_LONG = [word for word in _PHRASES if len(word) >= _SHORTEST and " " not in word]


def wishes_by_ask() -> Mapping[Ask, tuple[str, ...]]:
    """Return all words of wishes by their subject, sorted."""
    return {ask: tuple(sorted({*STRONG.get(ask, ()), *SOFT.get(ask, ())})) for ask in Ask}


def wish_of(line: Line, *, timed: bool = False) -> Wish | None:
    """Return the wish that begins a line, with at most one typing error; `None` without one.

    After a time (`timed`) a noun alone is a title.
    """
    first = next((word for word in line.words if word.kind is not WordKind.PAUSE), None)
    if first is None:
        return None
    if first is not line.words[0]:
        line = line.part(first.start)
    place = timelike(line.shadow)
    begins = place is not None and not line.shadow[: place[0]].strip().removeprefix("on")
    return _said_whole(line) or (None if begins else _begun(line, timed=timed))


def _said_whole(line: Line) -> Wish | None:
    """Return the wish of a line by its form, with any words."""
    if _OFF.search(line.shadow):
        return Wish(Ask.TALK, line.text.strip(), line)
    found = about_somebody(line)
    if found is not None:
        ask, verb, end = found
        return Wish(ask, line.text[:verb].strip(), line.part(verb, end))
    if _ASKED_ANYWHERE.search(line.shadow) or _WHAT_IS_ON.fullmatch(line.shadow):
        return Wish(Ask.LIST, line.text.strip(), line)
    if line.first in _MAKING and line.words[1:2] and line.words[1].kind is WordKind.QUOTED:
        return Wish(Ask.MEET, line.words[0].text, line.part(line.words[0].end))
    return None


def _begun(line: Line, *, timed: bool) -> Wish | None:
    for phrase, end in line.beginnings():
        if phrase in NO_WISH:
            return None
        rest = line.part(end)
        ask = _asked(phrase, line, rest, timed=timed)
        if ask is not None:
            return Wish(ask, line.text[line.words[0].start : end], rest)
    return _imperative(line, timed=timed)


def _asked(phrase: str, line: Line, rest: Line, *, timed: bool) -> Ask | None:
    """Return the subject of a phrase: certain, as a noun with its object, or mistyped.

    "Arrêté" is a noun and "arrête" a wish, unless a thing of ours follows.
    """
    single = " " not in phrase
    wished = _wished(line, rest, timed=timed)
    noun = single and line.words[0].text.rstrip(STOPS).endswith("é")
    ask = None if noun and not wished else _PHRASES.get(phrase)
    if ask is None and phrase in _NOUNS and (wished or _retimed(phrase, rest)):
        ask = _NOUNS[phrase]
    if ask is None and single and phrase not in NO_TYPO:
        near = {_PHRASES[word] for word in _LONG if slipped(phrase, word)}
        if len(near) == 1 and _wished(line, rest, timed=timed, colon=False):
            return near.pop()
    return ask


def _imperative(line: Line, *, timed: bool) -> Wish | None:
    """Return an order or a question by its form: "mets-la", "es-tu", "mettre à 16h"."""
    if not line.words or line.words[0].kind is not WordKind.BARE:
        return None
    rest = line.part(line.words[0].end)
    if _CLITIC.fullmatch(line.first):
        base = line.first.rpartition("-")[0]
        return Wish(_PHRASES.get(base, Ask.TALK), line.words[0].text, rest)
    ours = _OURS.fullmatch(line.shadow)
    if ours is not None:
        return Wish(_OF_WHAT.get(ours["what"], Ask.OTHER), line.text.strip(), rest)
    if _STATED.match(line.shadow):
        return Wish(Ask.TALK, line.words[0].text, rest)
    lower = line.words[0].text[:1].islower() and not timed
    named = bool(rest.words) and all(word.text[:1].isupper() for word in rest.words)
    to = _TO_SOMEBODY.search(rest.text) is not None
    after = not rest.words or timelike(rest.shadow) is not None or to or named
    if ordered_about(line) or (lower and after and infinitive(Said.of(line, Language.FR))):
        return Wish(Ask.OTHER, line.words[0].text, rest)
    return None


def _wished(line: Line, rest: Line, *, timed: bool, colon: bool = True) -> bool:
    """Tell whether the words after it make a word a wish rather than a title."""
    words = [word for word in rest.words if word.text.strip(STOPS + "…")]
    if not words:
        return not timed
    first = fold(words[0].text)
    if _OF_OURS.match(rest.shadow):
        return True
    introduced = colon and _COLON.match(
        line.text[: words[0].start + len(line.text) - len(rest.text)]
    )
    if looks_like_people(words) or introduced:
        return True
    named = line.text.lstrip()[:1].islower() and words[0].text.istitle()
    return words[0].kind is WordKind.BARE and (
        first.rstrip(STOPS + "…") in OBJECTS or first.startswith("l'") or named
    )


def _retimed(phrase: str, rest: Line) -> bool:
    """Tell whether a noun of moving, extending or reminding with a time after it is a wish."""
    reminds = phrase.startswith(("rappel", "remind"))
    if _OF_A_THING.fullmatch(rest.shadow.partition(":")[0]):
        return True
    return (_NOUNS[phrase] in (Ask.MOVE, Ask.EXTEND) or reminds) and timelike(
        rest.shadow
    ) is not None


def addressed(line: Line) -> bool:
    """Tell whether a line, without its quotes, addresses somebody."""
    return _SECOND.search(line.shadow) is not None


def begins_wish(line: Line) -> bool:
    """Tell whether an unquoted title could mean something else than a title."""
    near = any(slipped(line.first, name) for name in VERB_WORDS)
    if near or line.first in VERB_WORDS or wish_of(line) is not None:
        return True
    return greeting(line) > 0


def created(wish: Wish) -> Line:
    """Return the title or the time in a wish to make a meeting."""
    rest = wish.rest
    found = _NOUN.match(rest.shadow)
    if found is None:
        return rest
    return rest.part(found.end())
