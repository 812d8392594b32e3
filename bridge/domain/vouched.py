"""The facts that a partner signs: about its people, its instance, and the ends of its word."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.partner import Acr, Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A partner's word for one of its people and one of our meetings (RFC 7523 §3), verified."""

    issuer: Issuer
    subject: str = field(repr=False)
    """The person, by a name that the partner uses for us alone."""
    jti: str
    resource: str
    """The meeting's address."""
    issued_at: datetime
    expires_at: datetime
    name: str = field(repr=False)
    email: str = field(default="", repr=False)
    email_verified: bool = False
    organisation: str = ""
    acr: Acr | None = None
    user: str = field(default="", repr=False)
    """Their Matrix id."""
    language: str = ""


class PartnerEventKind(StrEnum):
    """The kinds of events that partners tell each other (RFC 8417), by the ends of their names."""

    REVOKED = "session-revoked"
    MOVED = "meeting-changed"
    CANCELLED = "meeting-cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerEvent:
    """An event that a partner signed, verified."""

    issuer: Issuer
    kind: PartnerEventKind
    jti: str
    at: datetime
    grant: str = ""
    """The grant that it is about, if it is about one."""
    subject: str = field(default="", repr=False)
    resource: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerInstance:
    """A partner's instance, by its entity statement, verified with the pinned key."""

    issuer: Issuer
    organisation: str
    resource_pattern: str
    """The addresses of its meetings: https://visio.b.example/{room}."""
    token: str
    """The addresses of its endpoints."""
    revocation: str
    introspection: str
    events: str
    contact: str = ""
    privacy: str = ""
    """The address of its privacy notice."""
