"""Losses of keys or the database: the start fails with the remedy, and replaces nothing silently.

A new key decrypts nothing that the lost one encrypted, and an empty database knows no meeting: an
operator who forgot to restore one of them must learn it while it is easy to fix.
"""

from pathlib import Path

from bot.program.keyring import KeyFiles, KeyForeign, has_key, key_file, key_set
from bridge.domain.audit import AuditKeys
from bridge.store import SealBroken, Store, is_sealed
from bridge.store.engine import parse
from bridge.store.links import LinkKeys
from bridge.store.schema import has_records, is_there
from config.settings import Settings


class DatabaseLost(Exception):
    """Put the database back from a backup; or remove the device's keys, to start from nothing."""


async def rows_keys(settings: Settings) -> KeyFiles:
    """Return the keys of the database's rows. Raises KeysLost if it is filled and they are gone."""
    keys = settings.keys
    opens = not has_key(keys.folder, "rows") and await is_sealed(
        settings.store.url.get_secret_value()
    )
    return key_set(keys.folder, "rows", create=keys.create, opens=opens)


async def links_keys(settings: Settings, store: Store) -> KeyFiles:
    """Return the keys of links. Raises KeysLost if there are links and the keys are gone."""
    keys = settings.keys
    opens = not has_key(keys.folder, "links") and bool(await LinkKeys(store.begin).in_use())
    return key_set(keys.folder, "links", create=keys.create, opens=opens)


async def audit_keys(settings: Settings) -> AuditKeys | None:
    """Return the keys of the audit; `None` if it is off.

    Raises KeysLost if there are records and the keys are gone.
    """
    if not settings.audit.enabled:
        return None
    keys, url = settings.keys, settings.store.url.get_secret_value()
    opens = not has_key(keys.folder, "audit") and await has_records(url)
    found = key_set(keys.folder, "audit", create=keys.create, opens=opens)
    return AuditKeys(found.keys, found.current)


def foreign(broken: SealBroken, folder: Path) -> KeyForeign:
    """Return the error for a key file other than the one that encrypted the database."""
    return KeyForeign(str(key_file(folder, "rows", broken.key)))


async def require_database(settings: Settings) -> None:
    """Raise DatabaseLost if a bot has run with an SQLite file that is gone or empty."""
    url = settings.store.url.get_secret_value()
    if not any(settings.matrix.store.glob("keys-*.db")) or await is_there(url):
        return
    raise DatabaseLost(f"{parse(url).database}; {settings.matrix.store}")
