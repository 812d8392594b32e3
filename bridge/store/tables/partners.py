"""Partner organisations, and the grants to their people."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, Named, Table, TypedColumns, text

from bridge.domain.grant import GrantEnd
from bridge.domain.partner import Issuer
from bridge.domain.received_grant import ReceivedState
from bridge.ids import (
    ActorId,
    GrantId,
    GrantRequestId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    ReceivedGrantId,
    UserId,
)
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, reference, sealed, uuid, words


class _Partners(TypedColumns):
    issuer: Named[str] = words(primary_key=True)
    label: Named[str]
    terms: Named[bytes] = sealed()
    """The whole agreement; it may hold a secret of ours at the partner's provider."""
    added_at: Named[datetime] = moment()
    changed_at: Named[datetime] = moment()


partners = Table("partners", metadata, _Partners)


class _ReceivedGrants(TypedColumns):
    id: Named[ReceivedGrantId] = uuid(primary_key=True)
    user: Named[UserId] = words()
    account: Named[UserId | None] = words()
    partner: Named[str | None] = words()
    resource: Named[bytes] = sealed()
    resource_digest: Named[bytes]
    """SHA-256 of the address, by which an event of the partner's finds it."""
    state: Named[ReceivedState] = Column(Choice(ReceivedState))
    request: Named[str]
    grant: Named[str]
    secrets: Named[bytes | None] = sealed()
    """Its link, token and title; `None` once it is over."""
    host: Named[str]
    privacy: Named[str]
    asked_at: Named[datetime] = moment()
    opens: Named[datetime | None] = moment()
    closes: Named[datetime | None] = moment()
    starts: Named[datetime | None] = moment()
    ends: Named[datetime | None] = moment()
    zone: Named[str]
    waiting_room: Named[bool]
    ended_at: Named[datetime | None] = moment()


received_grants = Table("received_grants", metadata, _ReceivedGrants)
_LIVING = text("ended_at IS NULL")
for _name in ("user", "partner", "resource_digest"):
    Index(
        f"ix_received_grants_{_name}",
        received_grants.c[_name],
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    )
Index(None, received_grants.c.ended_at)


class _Statements(TypedColumns):
    issuer: Named[str] = words(primary_key=True)
    text: Named[str]
    fetched_at: Named[datetime] = moment()


partner_statements = Table("partner_statements", metadata, _Statements)


class _UsedAssertions(TypedColumns):
    digest: Named[bytes] = Column(LargeBinary, primary_key=True)
    """Of the issuer and the `jti`."""
    until: Named[datetime] = moment()


used_assertions = Table("used_assertions", metadata, _UsedAssertions)
Index(None, used_assertions.c.until)


class _Grants(TypedColumns):
    id: Named[GrantId] = uuid(primary_key=True)
    issuer: Named[Issuer] = words()
    subject: Named[bytes]
    invitation: Named[InvitationId] = reference("invitations.id")
    number: Named[int]
    token: Named[str] = words(unique=True)
    created_at: Named[datetime] = moment()
    ended_at: Named[datetime | None] = moment()
    why: Named[GrantEnd | None] = Column(Choice(GrantEnd))


grants = Table("grants", metadata, _Grants)
Index(None, grants.c.issuer, grants.c.created_at)
Index(None, grants.c.created_at)
Index(None, grants.c.invitation)
_LIVE = text("ended_at IS NULL")
Index(
    "ix_grants_live",
    grants.c.issuer,
    grants.c.subject,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)


class _GrantRequests(TypedColumns):
    id: Named[GrantRequestId] = uuid(primary_key=True)
    issuer: Named[Issuer] = words()
    subject: Named[bytes]
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    name: Named[str]
    organisation: Named[str]
    asked_at: Named[datetime] = moment()
    expires_at: Named[datetime] = moment()
    polled_at: Named[datetime] = moment()
    decided_at: Named[datetime | None] = moment()
    decided_by: Named[ActorId | None] = words()
    approved: Named[bool]


grant_requests = Table("grant_requests", metadata, _GrantRequests)
Index(None, grant_requests.c.occurrence)
Index(None, grant_requests.c.expires_at)


class _OpenedMeetings(TypedColumns):
    meeting: Named[MeetingId] = reference("meetings.id", primary_key=True)
    issuer: Named[Issuer] = words(primary_key=True)
    opened_by: Named[ActorId] = words()
    opened_at: Named[datetime] = moment()


opened_meetings = Table("opened_meetings", metadata, _OpenedMeetings)
