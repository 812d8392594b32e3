"""Questions: recognises them, and their subject by their form."""

import re
from collections.abc import Set as AbstractSet

from bot.language.line import Line
from bot.language.text import word_set

_QUESTION = re.compile(r"\?(?=[\s?!.)…\ufffc]|\Z)")
_LONG = 300
_INVITED = re.compile(
    r".*(?<![\w'-])(?:(?:est|etait|sera|a|ont|sont)-(?:t-)?(?:il|elle|ils|elles|on)|est|es|sont|is|are|was|were|did|has|have|been|bien"
    r"|deja|already|\S*@\S+)\s(?:.*\s)?(?:invitee?s?|invited|convie(?:e|s|es)?|sur\sla\sliste|on\sthe\s(?:guest\s)?list)"
    r"(?:\s(?:ou\spas|or\snot|a\s\S+(?:\s\S+)?|to\s\S+(?:\s\S+)?|deja|already|yet|\S*@\S+|too|aussi))?[\s?!.]*\Z"
)
PLANNED = word_set(
    """coming planned scheduled upcoming next prochain prochaine prevu prevue prevues prevus"""
)
_STATE = re.compile(
    r"\b(?:annulee?s?|terminee?s?|finie?s?|cancell?ed|over|off|ended|finished)\s*\Z"
)


def asks(line: Line) -> bool:
    """Tell whether a line has a question mark outside its quotes."""
    return _QUESTION.search(line.shadow) is not None


def unasked(line: Line) -> Line:
    """Return a line without its question marks."""
    text = "".join(
        " " if char == "?" and shown == "?" and _QUESTION.match(line.shadow, place) else char
        for place, (char, shown) in enumerate(zip(line.text, line.shadow, strict=True))
    )
    return Line.of(text, line.mentions)


def whether_invited(line: Line) -> bool:
    """Tell whether a question asks if a person is invited: `paul@x.example est-il invité ?`."""
    return (
        "?" in line.shadow and len(line.shadow) < _LONG and _INVITED.match(line.shadow) is not None
    )


def about_plans(said: str, words: AbstractSet[str]) -> bool:
    """Tell whether a folded question is about meetings to come: `what's planned`."""
    return bool(words & PLANNED) and said.startswith(("what", "qu"))


def what_became(line: Line) -> bool:
    """Tell whether a question is about a meeting's fate: `la réunion est annulée ?`."""
    return _STATE.search(line.shadow) is not None
