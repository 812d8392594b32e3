"""Partner organisations."""

from datetime import datetime

from sqlalchemy import Column, Index, Named, Table, TypedColumns, text

from bridge.domain.received_grant import ReceivedState
from bridge.ids import ReceivedGrantId, UserId
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, sealed, uuid, words


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
