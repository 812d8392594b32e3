"""What was lost is told at the start, with what to do: nothing takes its place without a word.

A key that is made anew opens nothing of what the lost one closed, and an empty database knows no
meeting: who forgot to put one of them back must hear of it while it is easy to mend.
"""

from pathlib import Path

from bot.program.keyring import KeyFiles, KeyForeign, has_key, key_file, key_set
from bridge.store import SealBroken, Store, is_sealed
from bridge.store.engine import parse
from bridge.store.links import LinkKeys
from bridge.store.schema import is_there
from config.settings import Settings


class DatabaseLost(Exception):
    """Put the database back from a backup; or remove the device's keys, to begin anew."""


async def rows_keys(settings: Settings) -> KeyFiles:
    """Return the keys of the database's rows. Raises KeysLost where it is filled, and they gone."""
    keys = settings.keys
    opens = not has_key(keys.folder, "rows") and await is_sealed(
        settings.store.url.get_secret_value()
    )
    return key_set(keys.folder, "rows", create=keys.create, opens=opens)


async def links_keys(settings: Settings, store: Store) -> KeyFiles:
    """Return the keys of links. Raises KeysLost where there are links, and they gone."""
    keys = settings.keys
    opens = not has_key(keys.folder, "links") and bool(await LinkKeys(store.begin).in_use())
    return key_set(keys.folder, "links", create=keys.create, opens=opens)


def foreign(broken: SealBroken, folder: Path) -> KeyForeign:
    """Return which key file is not the one that the database was filled with."""
    return KeyForeign(str(key_file(folder, "rows", broken.key)))


async def require_database(settings: Settings) -> None:
    """Raise DatabaseLost where a bot has run with an SQLite file that is gone, or empty."""
    url = settings.store.url.get_secret_value()
    if not any(settings.matrix.store.glob("keys-*.db")) or await is_there(url):
        return
    raise DatabaseLost(f"{parse(url).database}; {settings.matrix.store}")
