"""The command nearest to a wish, and the refusal that offers it.

A suggestion never says the opposite: we offer commands that take something away only for wishes to
do so, and offer help alone if no command comes near.
"""

from collections.abc import Mapping

from bot.language.line import Line
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import fold, quoted
from bot.language.vocabulary import NAMES, VERBS
from bot.language.wish_words import Ask
from bot.language.wishes import Wish
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language

NOW: Mapping[Language, str] = {FR: "maintenant", EN: "now"}
"""The word for a meeting now, in lines without any other sign of a meeting."""
ALLOWED: Mapping[Ask, frozenset[str]] = {
    Ask.GUESTS: frozenset({"guests", "help"}),
    Ask.LIST: frozenset({"list", "help"}),
    Ask.LINK: frozenset({"link", "help"}),
    Ask.HELP: frozenset({"help", "guests", "list", "link"}),
    Ask.END: frozenset({"cancel", "end", "revoke", "help"}),
    Ask.REMOVE: frozenset({"revoke", "cancel", "end", "help"}),
    Ask.RESEND: frozenset({"resend", "invite", "guests", "link", "help"}),
    Ask.INVITE: frozenset({"invite", "extend", "meet", "help", "link"}),
    Ask.EXTEND: frozenset({"extend", "meet", "help"}),
    Ask.ADMIT: frozenset({"admit", "help"}),
    Ask.TURN_AWAY: frozenset({"refuse", "help"}),
    Ask.MEET: frozenset({"meet", "help"}),
    Ask.LANGUAGE: frozenset({"language"}),
    Ask.MOVE: frozenset({"move", "rename", "help"}),
    Ask.VISIO: frozenset({"help"}),
    Ask.OTHER: frozenset({"help"}),
    Ask.TALK: frozenset({"help", "meet", "guests", "list", "link", "invite", "extend"}),
}
"""The verbs that we may offer for a wish, besides its own words in quotes as a title."""
DESTRUCTIVE = frozenset(verb.key for verb in VERBS if verb.takes_away)
NOT_YET = frozenset({Ask.VISIO, Ask.OTHER})
_NEAREST: Mapping[Ask, str] = {
    Ask.GUESTS: "guests",
    Ask.LIST: "list",
    Ask.LINK: "link",
    Ask.RESEND: "guests",
    Ask.ADMIT: "admit",
    Ask.TURN_AWAY: "refuse",
}


def ending(wish: Wish, here: Here) -> str:
    """Return the verb that ends a meeting; a wish that speaks of cancelling gets that one."""
    said = fold(wish.said)
    cancelled = any(word in said for word in ("annul", "cancel"))
    return NAMES["cancel" if cancelled else "end"][here.language]


def offered(wish: Wish, here: Here, line: str = "") -> Misunderstood:
    """Return the refusal of a wish; its example is `line`, or the nearest command alone."""
    if not line and wish.ask is Ask.END:
        line = ending(wish, here)
    elif not line:
        line = NAMES[_NEAREST.get(wish.ask, "help")][here.language]
    reason = Reason.VERB_UNKNOWN if wish.ask in NOT_YET else Reason.WISH
    return misunderstood(reason, here.bare, wish.said, line=line)


def unsure(line: Line, here: Here, around: str | None = None) -> Misunderstood:
    """Return the refusal that offers help alone; it quotes the line without the signs `around`."""
    return offered(Wish(Ask.TALK, line.text.strip(around), line), here)


def doubted(line: Line, here: Here, whole: str = "") -> Misunderstood:
    """Return the refusal of words that are a title only in quotes, as in the line `whole`."""
    offer = whole or quoted(line.title)
    return misunderstood(Reason.TITLE_DOUBTED, here.bare, line.text, line=offer)


def with_help(refusal: Refused, here: Here) -> Refused:
    """Return a refusal that offers help alone."""
    example = f"{here.lead} {NAMES['help'][here.language]}"
    return type(refusal)(str(refusal), **{**refusal.parameters, "example": example})
