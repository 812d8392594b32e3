"""A question to the salon: whom of those who wait with one guest's link it lets in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.ids import EventId, InvitationId, QuestionId

SETTLE = timedelta(seconds=5)
"""How often, at most, a question is edited because devices came or left."""
ABSENT = timedelta(seconds=30)
"""After so long without a sign of life a device leaves the list; it may come back to it."""
SIGNS = timedelta(seconds=10)
"""How often the door notes which pages are open."""
READING = timedelta(seconds=2)
"""What is shown for less than that nobody has read and answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One message in the salon, edited in place until everybody in its list is answered."""

    id: QuestionId
    invitation: InvitationId
    asked_at: datetime
    told_at: datetime
    """When its present text was queued."""
    version: int = 1
    """Which list it is: one more with each device that comes, leaves or is answered."""
    told: int = 1
    """The version of the text that was queued last."""
    last: int = 0
    """The highest number in its list."""
    back: bool = False
    """It asks whether somebody whom the host removed may come back, and nobody waits."""
    notice: EventId | None = None
    """The message that asks."""
    closed_at: datetime | None = None
    """When the last in its list was answered, or nobody could be any more."""

    @property
    def stale(self) -> bool:
        """Whether its text does not show the present list."""
        return self.told != self.version

    @property
    def settles(self) -> datetime:
        """When its text may be edited again because of who came or left."""
        return self.told_at + SETTLE

    def changed(self) -> "Question":
        """Return it with another list."""
        return replace(self, version=self.version + 1)

    def shown(self, now: datetime) -> "Question":
        """Return it after its text was queued."""
        return replace(self, told=self.version, told_at=now)

    def closed(self, now: datetime) -> "Question":
        """Return it answered; what closed it first stays the moment."""
        return replace(self, closed_at=self.closed_at or now)

    @property
    def dedupe(self) -> str:
        """The name, in the outbox, of the message that shows its present list."""
        return f"asks:{self.id}" if self.version == 1 else f"asks:{self.id}:{self.version}"
