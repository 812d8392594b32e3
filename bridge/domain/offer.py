"""An offer to a salon, before guests have to leave, to let them stay longer."""

from dataclasses import dataclass, replace
from datetime import datetime

from bridge.ids import EventId, OccurrenceId, OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One notice about the guests of a meeting whose time ends at the same moment."""

    id: OfferId
    occurrence: OccurrenceId
    closes: datetime
    """When these guests have to leave, as the notice says."""
    settled_at: datetime | None = None
    """Since when it is accepted, or void; the first of both stays."""
    notice: EventId | None = None
    """The event of its message in the salon."""

    def settled(self, now: datetime) -> "Offer":
        """Return it with nothing left to decide."""
        return replace(self, settled_at=now)
