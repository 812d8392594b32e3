"""`ordre du jour`: a meeting's topics."""

import re
from dataclasses import dataclass

from bot.language.command import Command, Verb
from bot.language.line import Line
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import QUOTES, fold
from bot.language.timelike import timelike
from bridge.domain.authority import Act

_BEGINS = re.compile(
    r"(?:\s*(?:de|of|pour|for)\s(?:la|cette|the|this)\s(?:reunion|visio|meeting|call)(?![\w'-]))?"
    r"\s*(?P<colon>[:=])?\s*"
)
_ALONE = re.compile(
    r"(?:[\s,.!?]|s'il\s(?:te|vous)\splait|svp|stp|merci|please|thanks|thank\syou)*"
)
"""Politeness alone is no text."""
_NONE = re.compile(
    r"(?:aucun|non|rien|vide|efface[rz]?|enleve[rz]?|supprime[rz]?|none|no|nothing|off|empty"
    r"|clear|remove|delete)"
)


@dataclass(frozen=True, slots=True)
class WriteTopics(Command):
    """The meeting's topics; `None` shows them, an empty text takes them away."""

    text: str | None = None

    @property
    def label(self) -> str:
        """The name in metrics."""
        return "topics"


def _read(line: Line, here: Here) -> WriteTopics:
    """Read all words as the text; without any, it is shown.

    One line with a time in it may be a meeting's title: a colon says that it is not.
    """
    found = _BEGINS.match(line.shadow)
    assert found is not None
    text = line.text[found.end() :].strip()
    certain = found["colon"] is not None or "\n" in line.text
    if not text.strip(".!?") or (not certain and _ALONE.fullmatch(fold(text))):
        return WriteTopics()
    if _NONE.fullmatch(fold(text).strip(" .!")):
        return WriteTopics("")
    if not certain and timelike(line.shadow):
        raise misunderstood(Reason.TOPICS_TIMED, here, text, line=text)
    return WriteTopics(_unquoted(text))


def _unquoted(text: str) -> str:
    """Return a text without the quotes around the whole of it."""
    inner = text[1:-1]
    quoted = len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES
    return inner.strip() if quoted and not any(one in QUOTES for one in inner) else text


VERBS = (
    Verb(
        key="topics",
        command=WriteTopics,
        act=Act.CHANGE,
        names={FR: ("ordre du jour", "l'ordre du jour"), EN: ("topics", "agenda items")},
        read=_read,
        examples={
            FR: ("ordre du jour : 1. Budget, 2. Calendrier", "ordre du jour aucun"),
            EN: ("topics: 1. Budget, 2. Planning", "topics none"),
        },
        help=("topics",),
        shortest=7,
        text=True,
    ),
)
