"""A salon's own line on its guests' page: its moderators' words, shown as such.

It holds no address: guests trust the page, and a link there would be ours in their eyes.
"""

import re
from enum import StrEnum

from bridge.domain.names import clean_words, holds_address
from bridge.domain.salon import Salon

_ADDRESS = re.compile(r"\S@\S|[^\W\d_]{2,}\.[^\W\d_]{2,}(?:/|\b)")
"""An e-mail address, or a name with a domain's ending that phones make clickable."""


class Flaw(StrEnum):
    """The reason why a line is refused."""

    LONG = "long"
    ADDRESS = "address"
    FORBIDDEN = "forbidden"
    """The operator allows no such line (`limits.welcome = 0`)."""


def read(typed: str, longest: int) -> str | Flaw:
    """Return the line on one line of visible characters, empty for none, or its flaw."""
    line = clean_words(typed, len(typed) + 1) if typed else ""
    if line and not longest:
        return Flaw.FORBIDDEN
    if len(line) > longest:
        return Flaw.LONG
    return Flaw.ADDRESS if leads_away(line) else line


def leads_away(words: str) -> bool:
    """Tell whether words that guests read as ours hold an address, of a site or a mailbox."""
    return holds_address(words) or _ADDRESS.search(words) is not None


def welcome_of(salon: Salon | None, longest: int | None = None) -> str:
    """Return a salon's line; empty if it has none, or more than is allowed since."""
    line = "" if salon is None else salon.welcome
    return line if longest is None or len(line) <= longest else ""
