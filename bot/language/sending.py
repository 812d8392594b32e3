"""Wishes to send something: the offered line invites a person, or resends their link."""

import re
from collections.abc import Set as AbstractSet

from bot.language.lengthening import extended
from bot.language.line import Line
from bot.language.nearest import NOW, doubted, offered
from bot.language.objects import (
    CAPITALS,
    IDLE,
    LINK_WORDS,
    MAILS,
    MEETING_NAMES,
    OF_END,
    OF_THE_LINK,
    SENT,
    THEIRS,
    capitals,
    people_in,
    words_of,
)
from bot.language.refusals import Here
from bot.language.sentence_words import THINGS
from bot.language.text import AROUND, fold
from bot.language.vocabulary import NAMES
from bot.language.wish_words import Ask
from bot.language.wishes import Wish
from bridge.errors import Misunderstood

_AGAIN = re.compile(
    r"\b(?:again|(?:one|once)\smore(?:\stime)?|another\stime|a\ssecond\stime|encore(?:\sune\sfois)?"
    r"|(?:a|de)\snouveau|une\s(?:nouvelle|deuxieme|seconde|autre)\sfois)\b"
)
_ADDED = re.compile(r"(?:r?ajout|convi|bring\sin)")
_WHOM = frozenset({"her", "him", "them", "lui", "leur"})
_SENT = MAILS | THEIRS | {"link", "liens", "links", "url"}


def invited(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of "send … to …", with a line that invites the person, or resends."""
    people = people_in(wish.rest)
    led = fold(wish.said) in ("avec", "with")
    if people and words_of(wish.rest) & (SENT - {"invite", "guest", "url", "links", "liens"}):
        text = NAMES["help"][here.language]
    elif people and led:
        text = f"{NOW[here.language]} {line.text.strip(AROUND)}"
    elif people:
        again = wish.ask is Ask.RESEND and ", " not in people  # only for one person
        text = f"{NAMES['resend' if again else 'invite'][here.language]} {people}"
    else:
        return _sent(wish, line, here, led=led)
    return offered(wish, here, text)


def _sent(wish: Wish, line: Line, here: Here, *, led: bool) -> Misunderstood:
    """Return the refusal of "send …" without a person; `led`: of "with …"."""
    words, text = words_of(wish.rest), NAMES["help"][here.language]
    name = capitals(wish.rest)
    if name and _ADDED.match(fold(wish.said)) and _somebody(wish, name):
        return offered(wish, here, f"{NAMES['invite'][here.language]} {name}")
    if led and not wish.rest.text.strip()[:1].islower():
        return doubted(line, here)
    whom = None if led else _again(wish, line, words)
    if whom is not None:
        text = f"{NAMES['resend'][here.language]} {whom}".strip()
    elif not led and words & LINK_WORDS:
        text = NAMES["link"][here.language]
    elif not led and wish.ask is Ask.INVITE:
        return extended(wish, here)
    elif words <= IDLE | OF_END | OF_THE_LINK | MAILS or capitals(wish.rest):
        text = "" if not led else text
    return offered(wish, here, text)


def _somebody(wish: Wish, name: str) -> bool:
    """Tell whether words with capitals are more likely a person than a thing or a meeting."""
    first = wish.rest.first
    return first not in MEETING_NAMES | THINGS and (" " in name or fold(wish.said)[:3] == "con")


def _again(wish: Wish, line: Line, words: AbstractSet[str]) -> str | None:
    """Return the person to whom a wish resends, empty for "her"; `None` for anything else."""
    again = wish.ask is Ask.RESEND or _AGAIN.search(line.shadow) is not None
    if not (again and words & _SENT):
        return None
    named = CAPITALS.search(wish.rest.text)
    if named is not None:
        return named[0]
    told = words & _WHOM or fold(wish.said).endswith(("-lui", "-leur"))
    return "" if told else None
