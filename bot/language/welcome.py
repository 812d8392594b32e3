"""The line that a salon shows its guests, as it is typed after `réglages`."""

import re

from bot.language.line import Line
from bot.language.text import QUOTES, fold

_NAMED = re.compile(
    r"\s*(?:le\s+|the\s+|un\s+|a\s+)?(?:message\s+(?:d['’]\s?accueil|de\s+bienvenue)"
    r"|welcome\s+(?:message|line)|welcome|message|accueil|bienvenue)\b\s*[:=]?\s*"
)
_NONE = {"aucun", "non", "rien", "none", "no", "nothing", "off", "vide", "empty"}


def read_welcome(line: Line) -> str | None:
    """Return the text after the setting's name, empty for none; `None` for another setting."""
    found = _NAMED.match(line.shadow)
    if found is None or not line.text[found.end() :].strip():
        return None
    text = line.text[found.end() :].strip().strip(QUOTES).strip()
    return "" if fold(text).strip(" .!") in _NONE else text
