"""A partner: an organisation whose own word we trust for its people, under an agreement.

What an agreement does not say is denied. The effective terms are those that our own settings, the
agreement and the meeting all allow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from bridge.domain.rights import Source

Issuer = NewType("Issuer", str)
"""A partner's name: the origin of its instance, without a path."""


class Direction(StrEnum):
    """A direction of people: to our meetings, or from us to theirs."""

    INBOUND = "inbound"
    """Theirs come to ours."""
    OUTBOUND = "outbound"
    """Ours go to theirs."""


class Vouching(StrEnum):
    """A proof by which a partner vouches for its person, the strongest first."""

    BRIDGE = "bridge"
    """By the partner's instance, with its key."""
    OIDC = "oidc"
    """By the partner's OpenID provider."""
    MATRIX = "matrix_openid"
    """By the partner's homeserver."""
    MAIL = "email"
    """By a code that was mailed to an address of the partner's."""
    LINK = "link"
    """By nothing but the link, a PIN and our approval."""


class OpenedBy(StrEnum):
    """The party that opens a meeting to a partner."""

    ORGANISER = "organiser"
    TAG = "tag"
    ALL = "all"


class EntryTerm(StrEnum):
    """The way in of a partner's person."""

    APPROVAL = "approval"
    """The salon approves the request before there is a link."""
    WAITING_ROOM = "waiting_room"
    """They get a link at once, and wait at the door as every guest does."""
    DIRECT = "direct"
    """They get a link at once, and nobody is asked at the door."""


class Acr(StrEnum):
    """The level of assurance of an identity (eIDAS, Regulation (EU) 910/2014), the lowest first."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of a week at which a meeting may begin for a partner."""

    first: int
    """The first day, 0 for Monday."""
    last: int
    begins: time
    ends: time
    zone: str

    def hold(self, moment: datetime) -> bool:
        """Tell whether a moment lies in these hours; the last minute is outside."""
        there = moment.astimezone(ZoneInfo(self.zone))
        day, first, last = there.weekday(), self.first, self.last
        inside = first <= day <= last if first <= last else day >= first or day <= last
        return inside and self.begins <= there.time() < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The partner's people who may come; where a list is empty, that fact opens nothing."""

    email_domains: frozenset[str] = frozenset()
    mxid_servers: frozenset[str] = frozenset()
    assurance_min: Acr = Acr.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeetings:
    """The meetings that are open to a partner."""

    open_by: OpenedBy = OpenedBy.ORGANISER
    tags_allowed: frozenset[str] = frozenset()
    tags_denied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The times at which a partner's people may come in."""

    before: timedelta
    after: timedelta
    longest: timedelta
    hours: Hours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerLimits:
    """The most that a partner gets."""

    guests_per_meeting: int
    grants_per_hour: int
    takeovers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A partner's OpenID provider, and our client there."""

    issuer: str
    """Its name, as its tokens state it: an https address, often with a path."""
    client: str
    secret: str | None = field(default=None, repr=False)
    tenant_claim: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One partner and its agreement."""

    issuer: Issuer
    label: str
    thumbprint: str | None
    """The RFC 7638 thumbprint of its federation key, base64url; `None`: it has no instance."""
    enabled: bool
    directions: frozenset[Direction]
    methods: frozenset[Vouching]
    entry: EntryTerm
    subjects: Subjects
    meetings: OpenMeetings
    times: Times
    limits: PartnerLimits
    sources: frozenset[Source]
    """The most that its people may send; the host may allow less."""
    chat: bool
    keep_days: int
    """Days for which we keep its people's data after a meeting."""
    tells: frozenset[str]
    """The claims about our own people that it gets: name, org, email, mxid."""
    begins: date
    ends: date
    """The last day on which the agreement is in force."""
    provider: Provider | None = None

    def in_force(self, now: datetime) -> bool:
        """Tell whether the agreement is enabled and in force, by the day in UTC."""
        return self.enabled and self.begins <= now.date() <= self.ends

    def takes(self, method: Vouching) -> bool:
        """Tell whether people of this partner may be vouched for in this way, to come to us."""
        return Direction.INBOUND in self.directions and method in self.methods


def signs_in(partners: Iterable[Partner], email: str, now: datetime) -> Partner | None:
    """Return the partner at whose OpenID provider the holder of an address may sign in, if any.

    Where several partners name one domain there is none: no one of them vouches for it alone.
    """
    domain = email.rpartition("@")[2].casefold()
    found = [
        one
        for one in partners
        if one.provider is not None
        and one.in_force(now)
        and one.takes(Vouching.OIDC)
        and domain in one.subjects.email_domains
    ]
    return found[0] if len(found) == 1 else None
