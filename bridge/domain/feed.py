"""A feed: the meetings of a salon, or of an agent, as a calendar that others read (RFC 5545).

Whoever has its address reads it; nobody writes by it. It dies when somebody withdraws it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.domain.event import GuestEvent
from bridge.i18n import Language
from bridge.ids import FeedId, MeetingId, OccurrenceId, SalonId, UserId

PAST = timedelta(days=30)
"""How long after its end a meeting is shown."""
MOST = 500
"""Dates that a feed shows at most of each kind: those to come, the nearest first, and past ones."""
REFRESHED = timedelta(hours=1)
"""How often calendars are asked to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The feed of a salon or of an agent; each has one at most.

    The code in its address derives from a key file, as guests' codes do: the same address can be
    told again, and the database knows its digest alone.
    """

    id: FeedId
    whose: SalonId | UserId
    created_at: datetime
    digest: bytes = field(repr=False)
    """SHA-256 of the code, by which the door looks it up."""
    key: str
    """The key file from which the code derives."""
    language: Language
    name: str = field(default="", repr=False)
    """The salon's name when it was made; empty for an agent, or a salon without a name."""

    @property
    def agent(self) -> UserId | None:
        """The agent whose feed it is; `None` if it is a salon's."""
        return UserId(self.whose) if self.whose.startswith("@") else None


@dataclass(frozen=True, slots=True)
class DateStamp:
    """One date of a feed, with what changes whenever the date does."""

    occurrence: OccurrenceId
    meeting: MeetingId
    sequence: int
    touched: datetime
    whole: bool
    """Whether the feed shows the whole series; else this date alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One event of a feed: a meeting, a series, or a date of one. It names no person."""

    event: GuestEvent
    title: str = field(repr=False)
    """Empty if it has none."""
    topics: str = field(default="", repr=False)
    link: str = field(default="", repr=False)
    """Its room at Visio; empty if the feed shows none, or there is none."""
    cancelled: bool = False
