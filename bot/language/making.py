"""Wishes to make a meeting: the offered line makes it."""

import re

from bot.language.command import Reader
from bot.language.line import Line
from bot.language.meeting import Meet
from bot.language.nearest import doubted
from bot.language.objects import ANY_MEETING, ARTICLE, capitals, makes_a_thing
from bot.language.offers import rewritten
from bot.language.people import looks_like_people
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.sentence_words import ADVERBS
from bot.language.sentences import said
from bot.language.text import fold, quoted
from bot.language.timelike import timelike
from bot.language.vocabulary import NAMES
from bot.language.wishes import Wish, created
from bridge.errors import Misunderstood

_CALLED = re.compile(
    r"(?<=\S)\s(?:called|named|titled|entitled|intitulee?|nommee?|appelee?)\s(?=\S)"
)
"""Words between a time and a title."""
_NOWS = frozenset({"now", "maintenant", "tout", "right"})


def made(wish: Wish, line: Line, here: Here, read: Reader) -> Misunderstood:
    """Return the refusal of "create a meeting …", with an example that makes it."""
    if wish.rest.first in ADVERBS:
        wish = Wish(wish.ask, wish.said, wish.rest.part(wish.rest.words[0].end))
    rest = created(wish)
    named = _CALLED.search(rest.shadow) if timelike(rest.shadow) else None
    if named is not None:
        rest = Line.of(f"{rest.text[: named.start()]} {rest.text[named.end() :]}")
    noun = ANY_MEETING.search(line.shadow[: len(line.text) - len(rest.text)]) is not None
    if (
        not rest.words
        or noun
        or rest.first in _NOWS
        or timelike(rest.shadow)
        or looks_like_people(rest.words)
    ):
        text = rewritten(rest, here, lambda one, context: _only_meet(one, context, read))
    elif said(rest, here.language) or (
        (capitals(rest) or ARTICLE.match(wish.rest.shadow)) and line.text.strip()[:1].islower()
    ):
        text = NAMES["help"][here.language]
    else:
        text = quoted(line.title)
    small = line.text.strip()[:1].islower()
    thing = makes_a_thing(wish.rest) or fold(wish.said).endswith((" a", " an", " the", " une"))
    if makes_a_thing(rest) or (small and not noun and thing and timelike(rest.shadow) is None):
        text = NAMES["help"][here.language]
    return misunderstood(Reason.WISH, here.bare, wish.said, line=text)


def _only_meet(line: Line, here: Here, read: Reader) -> Meet:
    command = read(line, here)
    if not isinstance(command, Meet):
        raise doubted(line, here)
    return command
