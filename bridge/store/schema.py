"""The schema's version: read with a plain SELECT; Alembic, imported only then, changes it.

Alembic costs 0.4 s and 7 MB, and a program whose schema is current never needs it.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, exists, inspect, select, text
from sqlalchemy.sql import column, table

from bridge.errors import SchemaNewer, SchemaOutdated
from bridge.store.connections import DatabaseEngine
from bridge.store.engine import DATABASE_ERRORS, migrating_engine, open_engines, parse
from bridge.store.tables import audit, secrets

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0044"
"""The revision that this program was written for; a test compares it with the migrations."""

_VERSION = table("alembic_version", column("version_num"))
_READ_ONLY = text("SHOW transaction_read_only")
_BEGUN = text("SELECT 1")
"""On SQLite a transaction begins, and takes the lock of writers, with its first statement."""
_INTEGRITY = text("PRAGMA integrity_check(1)")
_LOCK = text("SELECT pg_advisory_xact_lock(7377837201)")
"""The lock with which only one process migrates; the others find the work done."""


async def schema_version(url: str) -> str | None:
    """Return the revision of a database, `None` when it is empty."""
    async with open_engines(url) as engines:
        return await version_of(engines.reading)


async def is_there(url: str) -> bool:
    """Tell whether there is a database to look into: connecting to SQLite would create one."""
    address = parse(url)
    if address.get_backend_name() != "sqlite":
        return True
    file = Path(address.database or "")
    return await asyncio.to_thread(lambda: file.exists() and file.stat().st_size > 0)


async def is_sealed(url: str) -> bool:
    """Tell whether a database holds anything that only its key opens; looking creates no file."""
    if not await is_there(url):
        return False
    async with open_engines(url) as engines:
        if await version_of(engines.reading) is None:
            return False
        async with engines.reading.begin() as connection:
            return bool(await connection.scalar(select(exists(select(secrets.c.name)))))


async def has_records(url: str) -> bool:
    """Tell whether the audit has records, which only its keys check; looking creates no file."""
    if not await is_there(url):
        return False
    async with open_engines(url) as engines:
        if await version_of(engines.reading) != HEAD:
            return False
        async with engines.reading.begin() as connection:
            return bool(await connection.scalar(select(exists(select(audit.c.id)))))


async def is_sound(url: str) -> bool:
    """Tell whether SQLite finds no damage in a database's file. Raises DATABASE_ERRORS.

    Nothing else shows damage in a part that is seldom read. PostgreSQL checks its own pages.
    """
    async with open_engines(url) as engines:
        if engines.path is None:
            return True
        async with engines.reading.begin(long=True) as connection:
            return bool(await connection.scalar(_INTEGRITY) == "ok")


async def takes_writes(url: str) -> bool:
    """Tell whether a transaction that writes may begin; nothing is written."""
    async with open_engines(url) as engines:
        try:
            async with engines.writing.begin() as connection:
                if engines.path is None:
                    return bool(await connection.scalar(_READ_ONLY) == "off")
                await connection.execute(_BEGUN)
        except DATABASE_ERRORS:
            return False
    return True


async def require_current(engine: DatabaseEngine) -> None:
    """Raise SchemaOutdated if the database is older than this program, SchemaNewer if newer."""
    refuse_other(await version_of(engine))


def refuse_other(found: str | None) -> None:
    """Raise SchemaOutdated for another revision than ours, SchemaNewer for a later one."""
    if found is not None and found > HEAD:
        raise _newer(found)
    if found != HEAD:
        raise SchemaOutdated(f"the schema is {found or 'empty'}, this program needs {HEAD}")


async def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, `base` for nothing at all, in one transaction.

    Raises SchemaNewer for a database that a newer program has migrated.
    """
    engine = migrating_engine(url)
    try:
        async with engine.begin(long=True) as connection:
            await connection.run_sync(lambda sync: _migrate(sync, revision))
    finally:
        await engine.dispose()


def _newer(found: str) -> SchemaNewer:
    return SchemaNewer(f"the schema is {found}, this program knows {HEAD}")


def alembic_config(connection: Connection | None = None) -> "Config":
    """Return Alembic's configuration: no file, the migrations of this package."""
    from alembic.config import Config  # noqa: PLC0415 - heavy, and seldom needed

    config = Config()
    config.set_main_option("script_location", "bridge.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - heavy, and seldom needed
    from alembic.util import CommandError  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    config = alembic_config(connection)
    try:
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
    except CommandError as error:
        found = connection.scalar(select(_VERSION.c.version_num))
        raise _newer(str(found)) from error
    if connection.dialect.name == "sqlite":
        _check_references(connection)


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise SchemaOutdated(f"the migration would leave {len(broken)} rows without their parent")


async def version_of(engine: DatabaseEngine) -> str | None:
    """Return the revision of an open database, `None` when it is empty."""
    async with engine.begin() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table(_VERSION.name)):
            return None
        found: str | None = await connection.scalar(select(_VERSION.c.version_num))
        return found
