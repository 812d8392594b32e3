"""Everything that must happen later: a row is the truth, an engine only runs it.

docs/architecture.md shows the agenda between the inbox and the outbox.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """What there is to do; the key says to what."""

    CREATE = "meeting.create"
    MAIL = "mail.send"
    CODE = "code.send"
    OPEN = "window.open"
    CLOSE = "window.close"
    FORGET = "guest.forget"
    EJECT = "guest.eject"
    ASKED = "guest.asked"
    CARD = "card.show"
    WARN = "guest.warn"


URGENT = frozenset({Kind.EJECT})
"""What does not wait for another process to look at the agenda, when it is due at once."""
LETTERS = frozenset({Kind.MAIL, Kind.CODE})
"""What the mail server is asked to take: until it has, the row stays."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that must happen at a moment. (kind, key) is its identity."""

    kind: Kind
    key: str
    at: datetime
    attempts: int = 0

    @property
    def cause(self) -> str:
        """The name from which effects outside the database derive their ids: twice is once."""
        return f"{self.kind}:{self.key}:{self.at.isoformat()}"


Handler: TypeAlias = Callable[[Due], Awaitable[datetime | None]]
"""Does it and returns `None` (done) or the next time. A no-op when the row moved or is gone."""

_FIRST = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
"""How long what failed waits at most."""


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after `attempts` failures: 2 s, doubled, at most 10 minutes."""
    return min(_FIRST * (1 << min(attempts, 16)), LONGEST_PAUSE)


def pace(waited: timedelta, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """Return how long to wait more after having waited so long: each time twice as long in all."""
    return min(max(waited, _FIRST), longest)
