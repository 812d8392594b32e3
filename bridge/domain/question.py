"""A question to the salon: whom of the guests who wait with one link it admits."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.ids import EventId, InvitationId, OccurrenceId, QuestionId

SETTLE = timedelta(seconds=5)
"""A question is edited at most this often because devices came or left."""
ABSENT = timedelta(seconds=30)
"""After this long without contact a device leaves the list; it may come back to it."""
SIGNS = timedelta(seconds=10)
"""How often the door records which pages are open."""
READING = timedelta(seconds=2)
"""Nobody can have read and answered a text that was shown for less than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One message in the salon, edited in place until everybody in its list is answered."""

    id: QuestionId
    invitation: InvitationId
    occurrence: OccurrenceId
    asked_at: datetime
    told_at: datetime
    """When its present text was queued."""
    version: int = 1
    """The version of the list: one more with each device that comes, leaves or is answered."""
    told: int = 1
    """The version of the text that was queued last."""
    last: int = 0
    """The highest number in its list."""
    back: bool = False
    """It asks whether a guest whom the host removed may come back; nobody waits."""
    notice: EventId | None = None
    """The message that asks."""
    closed_at: datetime | None = None
    """When the last device in its list was answered, or none could be any more."""

    @property
    def stale(self) -> bool:
        """Whether its text does not show the present list."""
        return self.told != self.version

    @property
    def settles(self) -> datetime:
        """When its text may next be edited for devices that came or left."""
        return self.told_at + SETTLE

    def changed(self) -> "Question":
        """Return it with a changed list."""
        return replace(self, version=self.version + 1)

    def shown(self, now: datetime) -> "Question":
        """Return it after its text was queued."""
        return replace(self, told=self.version, told_at=now)

    def closed(self, now: datetime) -> "Question":
        """Return it closed; the first closing stays its moment."""
        return replace(self, closed_at=self.closed_at or now)

    @property
    def idempotency_key(self) -> str:
        """The name, in the outbox, of the message that shows its present list."""
        return f"asks:{self.id}" if self.version == 1 else f"asks:{self.id}:{self.version}"
