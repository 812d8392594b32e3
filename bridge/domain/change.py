"""A change of a meeting that its author may take back for a while."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.meeting import Occurrence
from bridge.domain.series import Series
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
    """The one that was planned."""
    wall: datetime
    original: datetime | None = None
    title: str | None = None
    sequence: int = 0
    """The occurrence's after the change, by which one sees whether anything changed since."""

    @classmethod
    def of(cls, before: Occurrence, after: Occurrence) -> "Former":
        """Return an occurrence before the change that made `after` of it."""
        return cls(
            occurrence=before.id,
            start=before.start,
            end=before.due_end,
            wall=before.wall_start,
            original=before.original,
            title=before.title,
            sequence=after.sequence,
        )

    def again(self, occurrence: Occurrence) -> Occurrence:
        """Return the occurrence as it was before: planned, at its times, with its title."""
        planned = replace(occurrence.reopened, title=self.title, original=self.original)
        return replace(planned.moved(self.start, self.end), wall=self.wall)


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
    added: tuple[OccurrenceId, ...] = ()
    """Dates that are there only since the change."""
    series: Series | None = None
    """The series before; `None` for a meeting that takes place once."""
    restored_at: datetime | None = None

    def restorable(self, occurrences: Iterable[Occurrence], now: datetime) -> bool:
        """Tell whether it can be taken back now: soon, once, and if nothing changed since."""
        after = {one.occurrence: one.sequence for one in self.before}
        present = {one.id: one.sequence for one in occurrences}
        soon = now - self.at <= RESTORABLE
        return soon and self.restored_at is None and after.items() <= present.items()

    @property
    def answer(self) -> str:
        """The idempotency key of the answer that told of it."""
        return f"answer:{self.source}:0"
