"""A grant: our answer to a partner's word, under an id that both sides keep in their audit."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bridge.domain.invitation import Invitation
from bridge.domain.partner import Issuer
from bridge.ids import ActorId, GrantId, GrantRequestId, InvitationId, OccurrenceId


class GrantEnd(StrEnum):
    """The reason why a grant ended before its window did."""

    REPLACED = "replaced"
    """The same person got a new one."""
    RETURNED = "returned"
    """The partner gave it back, or its person left it."""
    SUSPENDED = "suspended"
    """The operator switched the partner off."""
    CLOSED = "closed"
    """The meeting was closed to the partner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A partner's person with an invitation of ours, for as long as its present link is theirs."""

    id: GrantId
    issuer: Issuer
    subject: bytes = field(repr=False)
    """A keyed digest of the person's name at the partner."""
    invitation: InvitationId
    number: int
    """The number of the invitation's link that is this grant's."""
    token: str
    """The `jti` of its access token."""
    created_at: datetime
    ended_at: datetime | None = None
    why: GrantEnd | None = None

    def ended(self, now: datetime, why: GrantEnd) -> "Grant":
        """Return it ended; the first reason stays."""
        return self if self.ended_at is not None else replace(self, ended_at=now, why=why)

    def leads(self, invitation: Invitation) -> bool:
        """Tell whether its link is still the one of its invitation, and not withdrawn."""
        current = invitation.number == self.number and invitation.revoked_at is None
        return self.ended_at is None and current


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """A request for a grant that the salon is asked about."""

    id: GrantRequestId
    issuer: Issuer
    subject: bytes = field(repr=False)
    occurrence: OccurrenceId
    name: str = field(repr=False)
    organisation: str
    asked_at: datetime
    expires_at: datetime
    polled_at: datetime
    """When the partner asked last."""
    decided_at: datetime | None = None
    decided_by: ActorId | None = None
    approved: bool = False

    def decided(self, now: datetime, by: ActorId, *, approved: bool) -> "GrantRequest":
        """Return it decided; the first decision stays."""
        if self.decided_at is not None:
            return self
        return replace(self, decided_at=now, decided_by=by, approved=approved)
