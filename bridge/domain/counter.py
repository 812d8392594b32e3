"""Another time for a meeting, as a guest's calendar proposes it (RFC 5546, COUNTER).

It is kept in the idempotency key of the message that tells of it, and nowhere else.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bridge.ids import InvitationId, OccurrenceId

_FORM = "%Y%m%dT%H%M%SZ"
_KEY = re.compile(
    r"counter:([0-9a-f-]{36}):([0-9a-f-]{36}):(\d{1,9}):(\d{8}T\d{6}Z):(\d{1,9})(?::(\d{1,9}))?"
)

_DUE = re.compile(r"([\da-f]{32})([\da-f]{32})([\da-f]{8})([\da-f]{10})([\da-f]{8})([\da-f]{8})")


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
    sequence: int | None = None
    """The SEQUENCE of the guest's mail, which an answer repeats; `None`: none is owed."""

    @property
    def key(self) -> str:
        """The idempotency key of its message: the same wish is told once."""
        seconds = int(self.length.total_seconds())
        parts = (self.invitation, self.occurrence, self.version, f"{self.start:{_FORM}}", seconds)
        owed = () if self.sequence is None else (self.sequence,)
        return ":".join(["counter", *map(str, (*parts, *owed))])

    @property
    def due(self) -> str:
        """The key of the agenda's row that answers it: it begins with its date and its guest."""
        seconds, owed = int(self.length.total_seconds()), self.sequence or 0
        told = f"{self.version:08x}{int(self.start.timestamp()):010x}{seconds:08x}{owed:08x}"
        return f"{beginning(self.occurrence, self.invitation)}{told}"


def beginning(occurrence: OccurrenceId, invitation: InvitationId | None = None) -> str:
    """Return the beginning of the keys of all proposals of a date, or of one guest for it.

    In hexadecimal digits alone: every order of letters that a database may have keeps them
    together.
    """
    return occurrence.hex + ("" if invitation is None else invitation.hex)


def proposal_due(key: str) -> Proposal | None:
    """Return the proposal that a row of the agenda is to answer; `None` if it is none."""
    found = _DUE.fullmatch(key)
    if found is None:
        return None
    start, seconds = int(found[4], 16), int(found[5], 16)
    return Proposal(
        occurrence=OccurrenceId(UUID(found[1])),
        invitation=InvitationId(UUID(found[2])),
        version=int(found[3], 16),
        start=datetime.fromtimestamp(start, UTC),
        length=timedelta(seconds=seconds),
        sequence=int(found[6], 16),
    )


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
        sequence=None if found[6] is None else int(found[6]),
    )
