"""Partner organisations."""

from datetime import datetime

from sqlalchemy import Named, Table, TypedColumns

from bridge.store.tables.base import metadata
from bridge.store.types import moment, sealed, words


class _Partners(TypedColumns):
    issuer: Named[str] = words(primary_key=True)
    label: Named[str]
    terms: Named[bytes] = sealed()
    """The whole agreement; it may hold a secret of ours at the partner's provider."""
    added_at: Named[datetime] = moment()
    changed_at: Named[datetime] = moment()


partners = Table("partners", metadata, _Partners)
