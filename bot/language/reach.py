"""How far a change of a series reaches: `la série`, `celle-ci et les suivantes`; else one date."""

import re

from bot.language.line import Line
from bot.language.refusals import EN, FR
from bridge.domain.series import Reach

_FOLLOWING = re.compile(
    r"(?<![\w'-])(?:(?:celle-ci|cette\s(?:date|reunion)|this(?:\s(?:one|date|meeting))?)\s)?"
    r"(?:(?:et|and)\s)?(?:toutes\s|all\s)?"
    r"(?:(?:les|celles\squi|the|those\sthat)\s)?(?:suivantes?|suivent|(?:date\s)?following(?:\s(?:ones|dates))?|follow)"
    r"(?![\w'-])"
)
_ALL = re.compile(
    r"(?<![\w'-])(?:de\s|of\s)?(?:toute\s|the\swhole\s|whole\s|all\s(?:of\s)?)?(?:la\s|the\s)?(?:serie|series)(?![\w'-])"
    r"|(?<![\w'-])(?:toutes\sles\s(?:dates|occurrences|fois)|all\s(?:the\s)?(?:dates|occurrences))(?![\w'-])"
)


TYPED = {
    Reach.ONE: {FR: "", EN: ""},
    Reach.FOLLOWING: {FR: "celle-ci et les suivantes", EN: "this and following"},
    Reach.ALL: {FR: "la série", EN: "the series"},
}
"""The words for each in offered lines."""


def reach_in(line: Line) -> tuple[Reach, Line]:
    """Return how far a line reaches, and the line without the words that say so."""
    for reach, pattern in ((Reach.FOLLOWING, _FOLLOWING), (Reach.ALL, _ALL)):
        found = pattern.search(line.shadow)
        if found is not None:
            kept = f"{line.text[: found.start()].rstrip()} {line.text[found.end() :].lstrip()}"
            return reach, Line.of(kept.strip())
    return Reach.ONE, line
