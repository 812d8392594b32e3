"""A private link to the host's page of the door: one person, one meeting, one browser."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.authority import Membership, Requester
from bridge.ids import HostId, OccurrenceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLink:
    """What lets somebody answer at the door from a browser, in their own name.

    The code derives from a key file, as guests' do; the first browser that opens the link keeps
    it, so that who finds it later finds nothing.
    """

    id: HostId
    occurrence: OccurrenceId
    user: UserId
    """Whom it was sent to: who admits, refuses and puts out with it."""
    created_at: datetime
    digest: bytes = field(repr=False)
    """SHA-256 of the code: what the door looks up."""
    key: str
    """Which key file the code derives from."""
    session: bytes | None = field(default=None, repr=False)
    """SHA-256 of the cookie's secret of the browser that opened it."""
    opened_at: datetime | None = None
    present: bool = True
    """Whether its person is in the meeting's salon, as the homeserver said last."""
    level: int = 0
    """Their power level there."""

    @property
    def holder(self) -> Requester:
        """Return its person with what the homeserver said of them last."""
        return Requester(user=self.user, membership=Membership(self.present, self.level))


class Deed(StrEnum):
    """What a host does about one device."""

    ADMIT = "admit"
    REFUSE = "refuse"
    PUT_OUT = "put-out"
    READMIT = "readmit"
