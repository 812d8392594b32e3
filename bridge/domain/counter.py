"""Another time for a meeting, as a guest's calendar proposes it (RFC 5546, COUNTER).

It is kept in the idempotency key of the message that tells of it, and nowhere else.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bridge.ids import InvitationId, OccurrenceId

_FORM = "%Y%m%dT%H%M%SZ"
_KEY = re.compile(r"counter:([0-9a-f-]{36}):([0-9a-f-]{36}):(\d{1,9}):(\d{8}T\d{6}Z):(\d{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A guest's wish that one date be at another time."""

    invitation: InvitationId
    occurrence: OccurrenceId
    version: int
    """The occurrence's own, when it was proposed: since then nobody may have moved it."""
    start: datetime
    """In UTC, to the second."""
    length: timedelta

    @property
    def key(self) -> str:
        """The idempotency key of its message: the same wish is told once."""
        seconds = int(self.length.total_seconds())
        parts = (self.invitation, self.occurrence, self.version, f"{self.start:{_FORM}}", seconds)
        return ":".join(["counter", *map(str, parts)])


def proposal_of(key: str) -> Proposal | None:
    """Return the proposal of a message's idempotency key; `None` if it is of another message."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    return Proposal(
        invitation=InvitationId(UUID(found[1])),
        occurrence=OccurrenceId(UUID(found[2])),
        version=int(found[3]),
        start=datetime.strptime(found[4], _FORM).replace(tzinfo=UTC),
        length=timedelta(seconds=int(found[5])),
    )
