"""Addresses as people say them: `paul at partenaire dot example`, `… arobase partenaire point fr`.

We only offer such a line, with the address as people type it.
"""

import re

from bot.language.line import Line
from bot.language.wish_words import VERB_WORDS
from bot.language.wishes import KNOWN
from bridge.domain.addresses import read_address

_LABEL = r"[a-z0-9][a-z0-9_-]{0,40}"
_DOT = r"(?:\s?[\[(]\s?(?:dot|point)\s?[\])]\s?|\s(?:dot|point)\s|\.)"
_AT = r"(?:\s?[\[(]\s?(?:at|arobase|arobas|a)\s?[\])]\s?|\s(?:at|arobase|arobas|chez)\s|\s?@\s?)"
_SPOKEN = re.compile(
    rf"(?<![\w@.'-])(?P<local>{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}){_AT}"
    rf"(?P<domain>{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}{_DOT}[a-z]{{2,20}})(?![\w@.-])"
)
_DOTS = re.compile(_DOT)
_WORDED = re.compile(r"(?<![a-z])(?:dot|point)(?![a-z])")
_SURE = re.compile(r"(?<![a-z])aroba(?:se|s)(?![a-z])")


def typed_out(line: Line) -> Line | None:
    """Return a line with such addresses as typed; `None` if there is none.

    Only after a verb, or with `arobase`: `Point at noon dot com` is a title.
    """
    text, found = line.text, list(_SPOKEN.finditer(line.shadow))
    if line.mentions or not (line.first in VERB_WORDS | KNOWN or _SURE.search(line.shadow)):
        return None
    said = [one for one in found if _WORDED.search(one[0])]
    for one in reversed(said):
        address = f"{_plain(one['local'])}@{_plain(one['domain'])}"
        if read_address(address) is None:
            return None
        text = f"{text[: one.start()]}{address}{text[one.end() :]}"
    return Line.of(text) if said else None


def _plain(part: str) -> str:
    return _DOTS.sub(".", part)
