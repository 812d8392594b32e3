"""Reminders of meetings: a salon's own, and those that one agent asked for.

Moments are aware, in UTC. A reminder is one row of the agenda, planned again whenever its meeting's
start moves.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.ids import OccurrenceId, ReminderId, UserId

NEVER = -1
"""The lead of a salon that wants no reminder."""
PROBLEMS_BEFORE = timedelta(minutes=15)
"""How long before the start an organiser is told that something is wrong."""
NOTED_LATE = timedelta(minutes=1)
"""A reminder that is later than this says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One agent's reminder of one occurrence, by direct message."""

    id: ReminderId
    occurrence: OccurrenceId
    user: UserId
    account: UserId | None = None
    """The bot's account that sends it; `None`: the installation's first."""
    before: timedelta | None = None
    """How long before the start: it follows a move. `None`: at a moment, which stays."""
    at: datetime
    """When it is due."""
    start: datetime
    """The meeting's start when it was asked for: a moment that stays tells of a move."""
    created_at: datetime
    done_at: datetime | None = None
    """When it was sent, or dropped; `None` while it waits."""

    @property
    def cause(self) -> str:
        """The idempotency key of its message: one for each moment at which it is due."""
        return f"reminder:{self.id}:{self.occurrence}:{self.at.isoformat()}"

    def followed(self, start: datetime, now: datetime) -> "Reminder":
        """Return it for a meeting that starts at `start`.

        One that was due before the new start, and is so already, is due now; one that was sent is
        due again if its moment is to come once more.
        """
        if self.before is None or start == self.start:
            return self
        at = start - self.before
        if at <= now and self.done_at is not None:
            return replace(self, start=start)
        return replace(self, at=max(at, now), start=start, done_at=None)

    def snoozed(self, at: datetime) -> "Reminder":
        """Return it due once more."""
        return replace(self, at=at, done_at=None)

    def done(self, now: datetime) -> "Reminder":
        """Return it as sent or dropped."""
        return replace(self, done_at=now)


def reminder_of(cause: str) -> str | None:
    """Return the id in the idempotency key of a reminder's message; `None` for another's."""
    kind, _, rest = cause.partition(":")
    return rest.partition(":")[0] if kind == "reminder" and rest else None


def salon_lead(chosen: int | None, usual: timedelta) -> timedelta | None:
    """Return how long before the start a salon is reminded: its choice in minutes, or the usual.

    `None`: it wants no reminder.
    """
    if chosen is None:
        return usual
    return None if chosen < 0 else timedelta(minutes=chosen)


def too_late(at: datetime, occurrence: Occurrence, now: datetime, longest: timedelta) -> bool:
    """Tell whether a reminder that was due at `at` is of no use any more."""
    over = occurrence.state is not OccurrenceState.PLANNED or now >= occurrence.end
    return over or now - at > longest
