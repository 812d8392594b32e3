"""A private link to the page on which one agent links their calendars."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.domain.quota import Pace
from bridge.ids import CalendarLinkId, UserId

LINK_LASTS = timedelta(minutes=30)
MOST_TRIES = 10
"""How many times one link asks a calendar server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLink:
    """The link by which an agent gives us the login of their calendars, once.

    The code derives from a key file, as guests' codes do.
    """

    id: CalendarLinkId
    owner: UserId
    account: UserId | None = None
    """The bot's account that sent it; `None`: its first one."""
    digest: bytes = field(repr=False)
    """SHA-256 of the code, by which the door looks it up."""
    key: str
    """The key file from which the code derives."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    tries: int = 0
    """How many times it has asked a calendar server."""

    def is_open(self, now: datetime) -> bool:
        """Tell whether it may still link an account."""
        return self.used_at is None and now < self.expires_at


LINKS_PACE = Pace(5, timedelta(hours=1))
"""How often an agent may ask for a link."""
