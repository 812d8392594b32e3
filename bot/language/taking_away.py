"""Wishes to take something away: the offered line withdraws a link, or ends the meeting."""

import re

from bot.language.line import Line
from bot.language.nearest import doubted, ending, offered
from bot.language.objects import (
    ANY_MEETING,
    AT_AN_HOUR,
    CAPITALS,
    END_HOURS,
    IDLE,
    MEETING_NAMES,
    OF_END,
    OF_THE_LINK,
    THEIRS,
    capitals,
    ends_as_noun,
    people_in,
    titled,
    words_of,
)
from bot.language.refusals import Here
from bot.language.text import NAME, fold, quoted
from bot.language.titles import known_in
from bot.language.vocabulary import NAMES
from bot.language.wish_words import Ask
from bot.language.wishes import Wish
from bridge.errors import Misunderstood

_ABOUT_NAME = re.compile(rf"\s*(?:à|de|d['’]|avec|with|to|for|pour)\s?{NAME}\s*")


def taken_away(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of "delete …": it offers to withdraw a named person's link, or to end."""
    title, rest = known_in(wish.rest, here)
    if title and words_of(rest) <= OF_END | IDLE | MEETING_NAMES:
        verb = ending(wish, here) if wish.ask is Ask.END else NAMES["cancel"][here.language]
        return offered(wish, here, f"{verb} {quoted(title)}")
    people = people_in(wish.rest)
    name = "" if people else _named_in(wish)
    if _of_something_else(wish, people or name):
        return offered(wish, here, NAMES["help"][here.language])
    if people or (name and (_of_theirs(wish) or " " in name)):
        return offered(wish, here, f"{NAMES['revoke'][here.language]} {people or name}")
    return _ended(wish, line, here)


def _of_theirs(wish: Wish) -> bool:
    """Tell whether a wish is about a person's link rather than about the meeting."""
    return wish.ask is Ask.REMOVE or bool(words_of(wish.rest) & THEIRS)


def _named_in(wish: Wish) -> str:
    """Return the person in a wish that takes away: all its words, or those with a capital."""
    name, inside = capitals(wish.rest), CAPITALS.search(wish.rest.text)
    return inside[0] if not name and inside is not None and _of_theirs(wish) else name


def _of_something_else(wish: Wish, who: str) -> bool:
    """Tell whether a line has more than a person and their link, or an hour to end at."""
    beside = words_of(wish.rest) - {fold(word) for word in re.split(r"[\s,;<>()]+", who)}
    others = {word for word in beside if "@" not in word}
    if who and not others <= OF_END | OF_THE_LINK:
        return True
    later = wish.ask is Ask.END and "annul" not in fold(wish.said)
    return later and AT_AN_HOUR.search(wish.rest.shadow) is not None


def _ended(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of "delete the meeting", with a line that ends it if all is clear."""
    words = {word for word in words_of(wish.rest) if not END_HOURS.fullmatch(word)}
    if wish.ask is Ask.REMOVE and words <= OF_END and ANY_MEETING.search(wish.rest.shadow):
        return offered(wish, here, ending(wish, here))
    if ends_as_noun(wish.said, wish.rest):
        return doubted(line, here)
    named = bool(words) and wish.rest.words[-1].text[:1].isupper() and _spoken_of(wish.rest)
    named = named or titled(wish.rest) or titled(line.part(line.words[0].end))
    if wish.ask is Ask.END and (words <= OF_END | {"end", "fin", "mettre"} or named):
        return offered(wish, here)
    return offered(wish, here, NAMES["help"][here.language])


def _spoken_of(rest: Line) -> bool:
    """Tell whether a name is certainly a meeting's: with a word for one, or of several words."""
    somebody = _ABOUT_NAME.fullmatch(rest.text) is not None
    return ANY_MEETING.search(rest.shadow) is not None or not (somebody or capitals(rest))
