"""The database, and the only door to SQLAlchemy."""

from bridge.store.claims import InboxRow, OutboxId, OutboxRow
from bridge.store.engine import DATABASE_ERRORS, Synchronous, UnknownDatabase, passing
from bridge.store.schema import is_sealed, migrate, require_current, schema_version
from bridge.store.sqlite import DatabaseDamaged
from bridge.store.tx import Changed
from bridge.store.vault import SealBroken, Vault
from bridge.store.work import Store, StoreWork, open_store

__all__ = [
    "DATABASE_ERRORS",
    "Changed",
    "DatabaseDamaged",
    "InboxRow",
    "OutboxId",
    "OutboxRow",
    "SealBroken",
    "Store",
    "StoreWork",
    "Synchronous",
    "UnknownDatabase",
    "Vault",
    "is_sealed",
    "migrate",
    "open_store",
    "passing",
    "require_current",
    "schema_version",
]
