"""The machine itself: its keys, its disk, the database."""

import asyncio
from collections.abc import Sequence
from errno import EACCES
from pathlib import Path

from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from bot.program.disk import FULL, LOW, fullest
from bot.program.folders import refusal
from bot.program.keyring import (
    KeyForeign,
    KeysLost,
    KeysMissing,
    KeyUnreadable,
    KeyWeak,
    device_key,
    read_key,
)
from bot.program.losses import links_keys
from bot.program.wiring import DatabaseAway, open_database
from bridge.errors import KeysUnusable, ParvisError
from bridge.store import DATABASE_ERRORS, DatabaseDamaged, UnknownDatabase, schema_version
from bridge.store.engine import file_of
from bridge.store.schema import HEAD, is_sound, is_there, takes_writes
from config.files import exposed, handed_out
from config.settings import Settings


async def check(settings: Settings) -> list[Finding]:
    """Look at files, on a thread: a network disk may be slow."""
    return await asyncio.to_thread(_look, settings)


def _look(settings: Settings) -> list[Finding]:
    return [
        _keys(settings.keys.folder, create=settings.keys.create),
        _disk(settings),
        *_device(settings.matrix.store),
        *_files(settings),
    ]


def _device(folder: Path) -> list[Finding]:
    """Check that the bot's device can be stored in its folder."""
    code = refusal(folder)
    return [fail("device-store", "unwritable", folder=str(folder), errno=code)] if code else []


def _files(settings: Settings) -> list[Finding]:
    """Look for files with personal data or keys that others can read; each start fixes our own."""
    database = parse_path(settings.store.url.get_secret_value())
    beside = [] if database is None else database.parent.glob(f"{database.name}*")
    every = [*beside, *settings.matrix.store.glob("*")]
    try:
        found = sorted(str(path) for path in every if path.is_file() and exposed(path))
    except OSError as error:
        return [fail("files", "unreadable", errno=error.errno or 0)]
    return [warn("files", "open", files=", ".join(found))] if found else []


def _keys(folder: Path, *, create: bool) -> Finding:
    try:
        files = sorted(folder.glob("*.key"))
        open_to_others = [path.name for path in files if handed_out(path)]
    except OSError as error:
        return fail("keys", "unreadable", folder=str(folder), errno=error.errno or 0)
    if open_to_others:
        return fail("keys", "open", folder=str(folder), files=", ".join(open_to_others))
    return _each_key(folder, files) if files else _no_keys(folder, create=create)


def _each_key(folder: Path, files: Sequence[Path]) -> Finding:
    try:
        for path in files:
            read_key(path)
    except KeyUnreadable as error:
        return fail("keys", "unreadable", folder=str(error), errno=EACCES)
    except KeyWeak as error:
        return fail("keys", "weak", file=str(error))
    except KeysUnusable as error:
        return fail("keys", "broken-file", file=str(error))
    return ok("keys", folder=str(folder), n=len(files))


def _no_keys(folder: Path, *, create: bool) -> Finding:
    if create and (code := refusal(folder)):
        return fail("keys", "unmakeable", folder=str(folder), errno=code)
    tell, found = (warn, "none") if create else (fail, "missing")
    return tell("keys", found, folder=str(folder))


def _disk(settings: Settings) -> Finding:
    place, left = fullest(written(settings))
    folder, mib = str(place), left >> 20
    if left < FULL:
        return fail("disk", "full", folder=folder, mib=mib)
    if left < LOW:
        return warn("disk", "low", folder=folder, mib=mib)
    return ok("disk", folder=folder, mib=mib)


def written(settings: Settings) -> list[Path]:
    """Return the folders that this machine's roles write to."""
    database = parse_path(settings.store.url.get_secret_value())
    return [settings.matrix.store, *([] if database is None else [database.parent])]


async def database(url: str) -> list[Finding]:
    """Compare the schema with this program's, and have SQLite check its file."""
    try:
        found = await schema(url)
        if found is not None and not await is_sound(url):
            return [fail("database", "damaged", file=str(parse_path(url)))]
    except UnknownDatabase:
        return [fail("database", "unknown")]
    except DatabaseDamaged as error:
        return [fail("database", "damaged", file=str(error))]
    except DATABASE_ERRORS as error:
        return [fail("database", "unreachable", **unreached(error))]
    return [await _versioned(found, url)]


async def _versioned(found: str | None, url: str) -> Finding:
    """Return the finding for a database with this schema, or with none."""
    if found is None:
        return await asyncio.to_thread(_lacking, parse_path(url))
    if found != HEAD:
        return fail("database", "newer" if found > HEAD else "outdated", has=found, wanted=HEAD)
    taken = await takes_writes(url)
    return ok("database", version=found) if taken else fail("database", "unwritable")


async def opens(settings: Settings) -> list[Finding]:
    """Check that the present keys decrypt what is encrypted; make none."""
    keys = settings.keys.model_copy(update={"create": False})
    without = settings.model_copy(update={"keys": keys})
    try:
        if await schema(settings.store.url.get_secret_value()) != HEAD:
            return []  # opening it would make or change it
        async with open_database(without) as store:
            await links_keys(without, store)
        await asyncio.to_thread(device_key, keys, settings.matrix.store)
    except KeysLost as lost:
        return [fail("keys", "lost", file=str(lost))]
    except KeyForeign as foreign:
        return [fail("keys", "foreign", file=str(foreign))]
    except (*DATABASE_ERRORS, DatabaseAway, ParvisError, KeysMissing, UnknownDatabase):
        pass  # another check says it better
    return []


def _lacking(file: Path | None) -> Finding:
    """Return the finding for an empty database, or for a missing file that can be made or not."""
    if file is None:
        return warn("database", "empty")
    code = refusal(file.parent)
    if code:
        return fail("database", "unmakeable", file=str(file), errno=code)
    return warn("database", "none", file=str(file))


def parse_path(url: str) -> Path | None:
    """Return the file of an SQLite database; `None` for another database, or none at all."""
    try:
        return file_of(url)
    except UnknownDatabase:
        return None  # the check of the database says it better


async def schema(url: str) -> str | None:
    """Return the database's revision, `None` if it is empty or missing; this makes no database."""
    return await schema_version(url) if await is_there(url) else None
