"""A private link to the host's page of the door: one person, one meeting, one browser."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.authority import Membership, Requester
from bridge.ids import HostId, OccurrenceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLink:
    """The link by which a person answers at the door from a browser, in their own name.

    The code derives from a key file, as guests' codes do. The first browser that opens the link
    keeps it: a person who finds the link later gets nothing by it.
    """

    id: HostId
    occurrence: OccurrenceId
    user: UserId
    """The person to whom it was sent, who admits, refuses and removes with it."""
    created_at: datetime
    digest: bytes = field(repr=False)
    """SHA-256 of the code, by which the door looks it up."""
    key: str
    """The key file from which the code derives."""
    session: bytes | None = field(default=None, repr=False)
    """SHA-256 of the cookie's secret of the browser that opened it."""
    opened_at: datetime | None = None
    present: bool = True
    """Whether its holder is in the meeting's salon, as the homeserver said last."""
    level: int = 0
    """Their power level there."""

    @property
    def holder(self) -> Requester:
        """Its holder, as the homeserver described them last."""
        return Requester(user=self.user, membership=Membership(self.present, self.level))


class Deed(StrEnum):
    """A host's act on one device."""

    ADMIT = "admit"
    REFUSE = "refuse"
    PUT_OUT = "put-out"
    READMIT = "readmit"
