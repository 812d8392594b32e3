"""A change of a meeting that its author may take back for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.meeting import Occurrence
from bridge.ids import ActorId, ChangeId, MeetingId, OccurrenceId

RESTORABLE = timedelta(minutes=10)
"""How long a change can be taken back."""


class ChangeKind(StrEnum):
    """The act that changed a meeting."""

    MOVE = "move"
    RENAME = "rename"
    CLOSE = "close"
    """It was ended or cancelled by a line."""
    TAKE_BACK = "take-back"
    """It was cancelled by a reaction to its card, or by the deletion of its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """An occurrence before a change."""

    occurrence: OccurrenceId
    start: datetime
    end: datetime
    title: str | None = None
    sequence: int = 0

    @classmethod
    def of(cls, occurrence: Occurrence) -> "Former":
        """Return those of an occurrence as it is now; its end is the one that was planned."""
        return cls(
            occurrence=occurrence.id,
            start=occurrence.start,
            end=occurrence.due_end,
            title=occurrence.title,
            sequence=occurrence.sequence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change, with all that it replaced."""

    id: ChangeId
    meeting: MeetingId
    kind: ChangeKind
    by: ActorId
    at: datetime
    source: str
    """The idempotency key of its cause: the same cause never changes anything twice."""
    title: str
    """The meeting's title before."""
    before: tuple[Former, ...]
    restored_at: datetime | None = None

    def restorable(self, occurrences: Iterable[Occurrence], now: datetime) -> bool:
        """Tell whether it can be taken back now: soon, once, and if nothing changed since."""
        times = 0 if self.kind is ChangeKind.RENAME else 1
        after = {one.occurrence: one.sequence + times for one in self.before}
        present = {one.id: one.sequence for one in occurrences}
        soon = now - self.at <= RESTORABLE
        return soon and self.restored_at is None and after.items() <= present.items()

    @property
    def answer(self) -> str:
        """The idempotency key of the answer that told of it."""
        return f"answer:{self.source}:0"
