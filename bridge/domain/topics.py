"""A meeting's topics, which agents and guests read before it: plain lines without an address.

Guests read them in our mails and on our page, where a link would be ours in their eyes.
"""

from itertools import groupby

from bridge.domain.meeting import Meeting
from bridge.domain.names import clean_words
from bridge.domain.welcome import Flaw, leads_away


def read_topics(typed: str, longest: int) -> str | Flaw:
    """Return lines of visible characters with single empty lines between, or their flaw."""
    rows = [clean_words(row, len(row) + 1) for row in typed.split("\n")]
    apart = ["\n".join(those) if said else "" for said, those in groupby(rows, key=bool)]
    text = "\n".join(apart).strip("\n")
    if text and not longest:
        return Flaw.FORBIDDEN
    if len(text) > longest:
        return Flaw.LONG
    return Flaw.ADDRESS if leads_away(text) else text


def topics_of(meeting: Meeting, longest: int) -> str:
    """Return a meeting's topics for its guests; none if they are longer than allowed by now."""
    return meeting.topics if len(meeting.topics) <= longest else ""
