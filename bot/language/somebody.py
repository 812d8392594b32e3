"""Orders about a person, by their form, with any verb: `chuck Eva out`."""

import re

from bot.language.line import Line
from bot.language.text import NAME, word_set
from bot.language.wish_words import VERB_WORDS, Ask

_PUT_OUT = re.compile(
    r"\s*(?P<verb>put|throw|take|kick|get)\s(?P<who>.{1,200}?)"
    r"\s(?:out|off\s(?:the|this|our|my)\s(?:guest\s|invitation\s)?(?:list|meeting|call))[\s.!]*"
)
_NAMES = rf"{NAME}(?:\s{NAME}){{0,3}}"
_SOMEBODY_OUT = re.compile(
    rf"\s*(?P<verb>[a-zà-ÿ]{{2,15}})\s(?P<who>{_NAMES})\s(?:out|off|away|dehors)"
    r"(?:\s(?:of|from|the|this|de|du)\s[^\n]{1,40})?[\s.!]*"
)
"""With any verb: `chuck Eva out of the meeting`."""
_NOT_OUT = word_set("time way day turn log keep hold lock shut leave help see")
"""Words that keep a person outside, or mean something else."""
_SOMEBODY_FROM = re.compile(
    rf"\s*[a-z]{{2,15}}\s{_NAMES}\s(?:from|off|out\sof)"
    r"\s(?:the|this|our|my)\s(?:meeting|call|room|list|review|session)[\s.!]*"
)
"""As likely `email Eva from the meeting` as `boot Eva from the meeting`."""
_LET_IN = re.compile(r"\s*(?P<verb>let)\s(?P<who>.{1,200}?)\sin[\s.!]*")
_ANSWERED = re.compile(rf"\s*(?:refus|admis|admise)\s{_NAMES}[\s.!]*")
"""As likely a mistyped answer at the door as a title."""


def about_somebody(line: Line) -> tuple[Ask, int, int] | None:
    """Return the order about a person, and the ends of its verb and of their name."""
    for pattern, text, ask in (
        (_PUT_OUT, line.shadow, Ask.REMOVE),
        (_LET_IN, line.shadow, Ask.ADMIT),
        (_SOMEBODY_OUT, line.text, Ask.REMOVE),
    ):
        found = pattern.fullmatch(text)
        if found is not None and line.first not in _NOT_OUT:
            return ask, found.end("verb"), found.end("who")
    unsure = _SOMEBODY_FROM.fullmatch(line.text) and line.first not in VERB_WORDS
    if unsure or _ANSWERED.fullmatch(line.text):
        return Ask.TALK, line.words[0].end, len(line.text)
    return None
