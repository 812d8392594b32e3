"""Retypes a line with one person named so that nobody else can be meant."""

import re

from bot.language.line import Line, typed_again
from bot.language.text import fold
from bot.language.vocabulary import NAMES
from bridge.i18n import Language

_GOES_ON = r"(?=\s*(?:[,;\n]|\Z|(?:et|and|avec|with|jusqu|until|a|at)(?![\w-])))"
"""Text after a person in a list of people, rather than after a word of a title."""


def typed_with(line: Line, name: str, instead: str, *, prefix: str, language: Language) -> str:
    """Return the line with `instead` in the place of `name`, and the rest unchanged.

    If a title contains the name too, the people come last. If the line does not contain it as we
    read it, return a line that only invites.
    """
    wanted = rf"(?<![\w@.-]){re.escape(fold(name))}"
    for follows in (_GOES_ON, r"(?![\w@-])"):
        named = list(re.finditer(wanted + follows, line.shadow))
        if named:
            at = named[-1]
            text = line.text[: at.start()] + instead + line.text[at.end() :]
            return typed_again(Line.of(text), prefix)
    return f"{prefix} {NAMES['invite'][language]} {instead}"
