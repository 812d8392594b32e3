"""Wishes for more time: the offered line extends by the same length, or to the same end."""

import re

from bot.language.clock import UNTIL_WORD, length_at
from bot.language.line import Line
from bot.language.moments import say_length
from bot.language.nearest import offered
from bot.language.objects import CAPITALS, LONGER, OF_END, people_in, words_of
from bot.language.refusals import Here
from bot.language.text import AROUND
from bot.language.timelike import timelike
from bot.language.vocabulary import NAMES
from bot.language.wish_words import Ask
from bot.language.wishes import Wish
from bridge.errors import Misunderstood

_MORE_TIME = re.compile(
    r"\s*(?:\+\s?[0-9]|(?:[0-9]{1,3}|une?|an?|half|demi)\b.*\s(?:more|extra|de\splus|en\splus|longer|additional|de\srab(?:iot|e)?)\b"
    r"|(?:(?:une?|du|encore|petite?|juste|le|la|de)\s)+(?:rab(?:iot|e)?|rallonge)\b|[0-9]{1,3}\s?min\w*\s(?:of\s)?overtime"
    r"|overtime\s(?:of\s)?[0-9]|another\s[0-9a-z])"
)
_MORE = re.compile(
    r"\+|\b(?:rab(?:iot|e)?|rallonge|overtime|more|extra|additional|longer|de\splus|en\splus|encore|de\srab(?:iot|e)?)\b|\banother\b(?=\s[0-9])"
)
"""`+30min`, `15 more minutes`: an extension, not a meeting."""
_UNTIL = re.compile(r"\b(?:jusqu|until|till|to)\b")
_TILL = re.compile(rf"(?<![\w'-]){UNTIL_WORD}\s[0-9mn]")


def more_time(line: Line, here: Here) -> Misunderstood | None:
    """Return the refusal of "15 more minutes", with an example that extends by as much."""
    if _MORE_TIME.match(line.shadow) is None:
        return None
    length = Line.of(" ".join(_MORE.sub(" ", line.shadow).split()))
    refusal = extended(Wish(Ask.INVITE, line.text.strip(), length), here)
    extends = NAMES["extend"][here.language] in str(refusal.parameters["example"])
    return refusal if extends else None


def extended(wish: Wish, here: Here) -> Misunderstood:
    """Return the refusal of "30 more minutes", with an example that extends by as much."""
    if CAPITALS.search(wish.rest.text) and not people_in(wish.rest):  # we don't know whose link
        return offered(wish, here, NAMES["help"][here.language])
    until = _TILL.search(wish.rest.shadow)
    if wish.ask is Ask.EXTEND and until is not None:  # an hour, even if it looks like a length
        return offered(wish, here, _extending(wish, wish.rest.text[until.start() :], here))
    for word in wish.rest.words:
        elided = 2 * wish.rest.shadow.startswith("d'", word.start)
        found = length_at(wish.rest.shadow, word.start + elided)
        if found is not None and found[0].span and found[0].span <= here.longest:
            return offered(wish, here, _extending(wish, say_length(found[0].span), here))
    if people_in(wish.rest):
        return offered(wish, here, _extending(wish, "30min", here))
    limit = timelike(wish.rest.shadow) and _UNTIL.search(wish.rest.shadow)
    more = limit or words_of(wish.rest) <= OF_END | LONGER
    text = f"{NAMES['extend'][here.language]} 30min" if wish.ask is Ask.EXTEND and more else ""
    return offered(wish, here, text)


def _extending(wish: Wish, until: str, here: Here) -> str:
    """Return the line that extends the link of the named person, or else the meeting."""
    parts = (NAMES["extend"][here.language], people_in(wish.rest), until.strip(AROUND))
    return " ".join(filter(None, parts))
