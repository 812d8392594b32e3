"""Grants to partners' people, and what is kept so that none is given twice or for too long."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.grant import Grant, GrantRequest
from bridge.domain.partner import Issuer
from bridge.ids import ActorId, GrantId, GrantRequestId, InvitationId, MeetingId, OccurrenceId


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A partner's entity statement, as it was fetched."""

    text: str
    fetched_at: datetime


class GrantRepository(Protocol):
    """Grants, the requests that wait for an approval, and the meetings that are open."""

    async def use(self, digest: bytes, *, until: datetime) -> bool:
        """Note a signed text as used; `False` if it was used before. Kept until a moment."""
        ...

    async def add(self, grant: Grant) -> None:
        """Insert a grant."""
        ...

    async def save(self, *grants: Grant) -> None:
        """Replace grants' ends."""
        ...

    async def get(self, grant: GrantId) -> Grant | None:
        """Return a grant."""
        ...

    async def of_token(self, token: str) -> Grant | None:
        """Return the grant with this access token's `jti`."""
        ...

    async def of_invitation(self, invitation: InvitationId) -> Sequence[Grant]:
        """Return the grants of an invitation that have not ended."""
        ...

    async def of_person(self, issuer: Issuer, subjects: Collection[bytes]) -> Sequence[Grant]:
        """Return a person's grants that have not ended, by any of their digests."""
        ...

    async def dates(self, grants: Collection[GrantId]) -> Mapping[GrantId, OccurrenceId]:
        """Return the date to which each grant's invitation is, without locking."""
        ...

    async def of_meeting(self, meeting: MeetingId, issuer: Issuer) -> Sequence[Grant]:
        """Return a partner's grants for a meeting that have not ended."""
        ...

    async def of_partner(self, issuer: Issuer) -> Sequence[Grant]:
        """Return a partner's grants that have not ended."""
        ...

    async def given(self, issuer: Issuer | None, since: datetime) -> int:
        """Count the grants to a partner, or to all, since a moment."""
        ...

    async def ask(self, request: GrantRequest) -> None:
        """Insert a request."""
        ...

    async def request(self, request: GrantRequestId, *, held: bool = True) -> GrantRequest | None:
        """Return a request; without locking it unless `held`."""
        ...

    async def requests_of(
        self, issuer: Issuer, subjects: Collection[bytes], occurrence: OccurrenceId
    ) -> Sequence[GrantRequest]:
        """Return a person's requests for one date, newest first."""
        ...

    async def save_request(self, request: GrantRequest) -> None:
        """Replace a request's row."""
        ...

    async def open(self, meeting: MeetingId, issuer: Issuer, by: ActorId, now: datetime) -> bool:
        """Open a meeting to a partner; `False` if it was open."""
        ...

    async def close(self, meeting: MeetingId, issuer: Issuer) -> bool:
        """Close it; `False` if it was not open."""
        ...

    async def opened(self, meeting: MeetingId) -> frozenset[Issuer]:
        """Return the partners to whom a meeting's organiser opened it."""
        ...

    async def keep_statement(self, issuer: Issuer, statement: KeptStatement) -> None:
        """Keep a partner's newest statement, for all processes."""
        ...

    async def statement(self, issuer: Issuer) -> KeptStatement | None:
        """Return the statement that was fetched last."""
        ...
