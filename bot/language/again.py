"""Who is to get a link once more: `send Eva her link again`."""

import re
from collections.abc import Set as AbstractSet

from bot.language.line import Line
from bot.language.objects import CAPITALS, MAILS, THEIRS
from bot.language.text import fold
from bot.language.wish_words import Ask
from bot.language.wishes import Wish

_AGAIN = re.compile(
    r"\b(?:again|(?:one|once)\smore(?:\stime)?|another\stime|a\ssecond\stime|encore(?:\sune\sfois)?"
    r"|(?:a|de)\snouveau|une\s(?:nouvelle|deuxieme|seconde|autre)\sfois)\b"
)
_WHOM = frozenset({"her", "him", "them", "lui", "leur"})
_SENT = MAILS | THEIRS | {"link", "liens", "links", "url"}


def sent_again(wish: Wish, line: Line, words: AbstractSet[str]) -> str | None:
    """Return to whom a wish sends something again, empty for "her"; `None` for anything else."""
    again = wish.ask is Ask.RESEND or _AGAIN.search(line.shadow) is not None
    if not (again and words & _SENT):
        return None
    named = CAPITALS.search(wish.rest.text)
    if named is not None:
        return named[0]
    told = words & _WHOM or fold(wish.said).endswith(("-lui", "-leur"))
    return "" if told else None
