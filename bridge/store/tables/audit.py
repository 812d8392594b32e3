"""The audit's records. Triggers of the database refuse to change or delete them (0041)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Named, Table, TypedColumns, text

from bridge.store.tables.base import metadata
from bridge.store.types import moment, uuid


class _Audit(TypedColumns):
    id: Named[UUID] = uuid(primary_key=True)
    at: Named[datetime] = moment()
    kind: Named[str]
    body: Named[str]
    key: Named[str]
    mac: Named[bytes]
    position: Named[int | None] = Column(BigInteger, unique=True)
    """Its place in the chain; the chainer fills it, once."""
    link: Named[bytes | None]
    link_key: Named[str | None]
    cut: Named[int | None] = Column(BigInteger)
    """Up to this position the retention deletes; the triggers let it."""


audit = Table("audit", metadata, _Audit)
_WAITS, _CUTS = text("position IS NULL"), text("cut IS NOT NULL")
Index("ix_audit_waiting", audit.c.at, audit.c.id, sqlite_where=_WAITS, postgresql_where=_WAITS)
Index("ix_audit_cut", audit.c.cut, sqlite_where=_CUTS, postgresql_where=_CUTS)
