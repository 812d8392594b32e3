"""Everything that must happen later, as rows: an engine only runs them.

docs/architecture.md shows the agenda between the inbox and the outbox.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """The work to do; the row's key names the object."""

    CREATE = "meeting.create"
    HAND = "meeting.hand"
    """A room in the name of a meeting's next organiser."""
    ROOM = "date.create"
    """The Visio room of one date of a series."""
    MAIL = "mail.send"
    CODE = "code.send"
    DECLINE = "proposal.decline"
    """The mail that a time which a guest proposed is not taken."""
    OPEN = "window.open"
    CLOSE = "window.close"
    FORGET = "guest.forget"
    EJECT = "guest.eject"
    LOOK = "room.look"
    ASKED = "guest.asked"
    CARD = "card.show"
    NEXT = "card.next"
    CARRY = "series.carry"
    WARN = "guest.warn"
    REMIND = "reminder.send"
    """One agent's reminder."""
    RECALL = "salon.remind"
    """A salon's reminder."""
    INSPECT = "meeting.inspect"
    """The look for something wrong with a meeting, shortly before it."""
    POLL = "calendar.poll"
    """The look for changes in the calendars of an account."""
    SHARE = "calendar.share"
    """A meeting's copies in calendars: which there are to be."""
    COPY = "calendar.copy"
    """One copy of a meeting, which is to be written."""
    CONFLICT = "calendar.conflict"
    """The look for something else in the organiser's calendar, once a meeting has its time."""
    ORGANISER = "organiser.mail"
    """A mail to the organiser who invited us by mail."""
    JOIN = "partner.join"
    """A request at a partner for a grant for one of our people, or the look for its approval."""
    RETURN = "partner.return"
    """A grant of one of our people that is given back to its partner."""
    REPORT = "partner.report"
    """The present state of a partner's person's invitation, which its instance is told."""


URGENT = frozenset({Kind.EJECT})
"""Kinds that, when due at once, do not wait for another process to look at the agenda."""
LETTERS = frozenset({Kind.MAIL, Kind.CODE, Kind.ORGANISER})
"""Kinds that hand a mail to the mail server: the row stays until the server has accepted it."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that must happen at a moment. (kind, key) is its identity."""

    kind: Kind
    key: str
    at: datetime
    attempts: int = 0

    @property
    def cause(self) -> str:
        """The name from which outside effects derive their ids, so that a repeat is harmless."""
        return f"{self.kind}:{self.key}:{self.at.isoformat()}"


Handler: TypeAlias = Callable[[Due], Awaitable[datetime | None]]
"""Does the work; returns `None` (done) or the next time. A no-op if the row moved or is gone."""

_FIRST = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
"""The longest pause before a retry."""


def backoff(attempts: int) -> timedelta:
    """Return the pause after `attempts` failures: 2 s, doubled each time, at most 10 minutes."""
    return min(_FIRST * (1 << min(attempts, 16)), LONGEST_PAUSE)


def pace(waited: timedelta, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """Return the next pause after waiting `waited` in all: each pause doubles that time."""
    return min(max(waited, _FIRST), longest)
