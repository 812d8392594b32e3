"""The program's own state."""

from datetime import datetime

from sqlalchemy import Index, Named, Table, TypedColumns

from bridge.store.tables.base import metadata
from bridge.store.types import moment, sealed, words


class _Secrets(TypedColumns):
    name: Named[str] = words(primary_key=True)
    value: Named[bytes] = sealed()


secrets = Table("secrets", metadata, _Secrets)


class _Once(TypedColumns):
    name: Named[str] = words(primary_key=True)
    at: Named[datetime] = moment()


once = Table("once", metadata, _Once)
Index(None, once.c.at)


class _Leases(TypedColumns):
    name: Named[str] = words(primary_key=True)
    holder: Named[str]
    until: Named[datetime] = moment()


leases = Table("leases", metadata, _Leases)
