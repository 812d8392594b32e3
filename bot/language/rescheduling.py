"""Wishes to change a meeting: the offered line moves it, or gives it the other title."""

import re

from bot.language.courtesy import without_please
from bot.language.line import Line
from bot.language.nearest import offered
from bot.language.new_times import times_in
from bot.language.offers import free_title
from bot.language.refusals import Here
from bot.language.text import AROUND, EDGES, quoted
from bot.language.titles import known_in
from bot.language.vocabulary import NAMES
from bot.language.wishes import Wish
from bridge.domain.names import holds_address
from bridge.errors import Misunderstood

_TITLE = re.compile(r"\b(?:titre|title|nom|name|intitule|renomm\w*|rename)\b")
_NEW_TITLE = re.compile(
    r"\b(?:titre|title|nom|name|intitule)\s?(?:(?:en|to|into|par|as)\s|:\s?|=\s?|->\s?)(?=\S)"
)
_OPPOSITE = re.compile(
    r"\b(?:avan(?:ce|cer|cez|cons)|devanc\w*|remont\w*|forward|earlier|sooner|plus\stot|raccourci\w*"
    r"|shorten|up)\b"
)
"""Words of an earlier time: a length alone would move it to a later one."""
_LENGTH = re.compile(r"\s*(?:de\s|d'|by\s|\+)")


def rescheduled(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of a wish to change a meeting; without a time or a title it offers help.

    An offered line never says the opposite: no length is offered for an earlier time.
    """
    if _TITLE.search(line.shadow):
        return offered(wish, here, _renaming(line, here))
    title, rest = known_in(wish.rest, here)
    rest = rest.part(len(rest.text) - len(rest.text.lstrip(EDGES)))
    found = times_in(rest, here)
    if found is None:
        return offered(wish, here, f"{NAMES['help'][here.language]} {NAMES['move'][here.language]}")
    before = found[1].text.rstrip(EDGES)
    at = len(before) if rest.text.startswith(before) else 0
    if _LENGTH.match(rest.shadow, at) and _OPPOSITE.search(line.shadow):
        return offered(wish, here, f"{NAMES['help'][here.language]} {NAMES['move'][here.language]}")
    moment = without_please(rest.part(at)).text.strip(AROUND + "?")
    named = f"{quoted(title)} {moment}" if title else moment
    return offered(wish, here, f"{NAMES['move'][here.language]} {named}")


def _renaming(line: Line, here: Here) -> str:
    """Return the line that gives the title after "le titre en"; else help about it."""
    verb = NAMES["rename"][here.language]
    found = _NEW_TITLE.search(line.shadow)
    title = "" if found is None else line.part(found.end()).title.rstrip("?!. ")
    if not title or holds_address(title):
        return f"{NAMES['help'][here.language]} {verb}"
    return f"{verb} {free_title(title)}"
