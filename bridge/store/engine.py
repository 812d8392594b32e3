"""Connections: which database, how many connections, how a transaction begins, how long to wait."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sqlalchemy import URL, ExceptionContext, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
    TimeoutError,  # noqa: A004 - SQLAlchemy's own: no connection was free
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bridge.store.sqlite import announce, connector

Synchronous: TypeAlias = Literal["NORMAL", "FULL"]

DATABASE_ERRORS = (SQLAlchemyError, OSError)
"""Errors of a locked, full or unreachable database: OSError while PostgreSQL is away,
SQLAlchemyError otherwise. A wait for a lock ends after five seconds on both databases."""

_REFUSALS = {"22", "23", "42"}
"""Classes of SQLSTATE (PostgreSQL's appendix A): values, constraints, statements and rights."""
_SQLITE_ERROR = 1
"""SQLite's code for a statement that can't be run; a database that is busy, full or away has other
codes."""

READERS = 4
"""Threads that read SQLite at the same time."""
_OPTIONS = {"host", "port", "ssl", "prepared_statement_cache_size"}
_POSTGRES_SETTINGS = {
    "application_name": "parvis",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}


class UnknownDatabase(ValueError):
    """Write `sqlite:///path/to/parvis.db` or `postgresql://user:password@host/name`."""


class DatabaseDamaged(SQLAlchemyError):
    """Restore a backup in place of the file: it can't be read as a database any more."""


_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def passing(error: Exception) -> bool:
    """Tell whether a retry may help: the database is away or busy, and refused nothing."""
    if not isinstance(error, DBAPIError):
        # SQLAlchemy's other errors, a moment without a zone say, never reached a database.
        away = OSError | TimeoutError | DisconnectionError | DatabaseDamaged
        return isinstance(error, away)  # a damaged file answers no statement, right or wrong
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        return False
    if getattr(error.orig, "sqlite_errorcode", None) == _SQLITE_ERROR:
        return False
    # asyncpg's dialect raises all but a few of PostgreSQL's errors as plain errors.
    state = getattr(error.orig, "sqlstate", None) or ""
    return state[:2] not in _REFUSALS


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines that transactions come from; on PostgreSQL both are the same."""

    writing: AsyncEngine = field(repr=False)
    reading: AsyncEngine = field(repr=False)
    path: Path | None
    """The file of an SQLite database."""


def parse(url: str) -> URL:
    """Return the address with its driver. Raises UnknownDatabase, which never shows a password."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UnknownDatabase("not the address of a database") from error
    match address.get_backend_name():
        case "sqlite" if address.database not in (None, "", ":memory:"):
            # Symbolic links are resolved: the files beside it, the lock too, lie beside the real
            # file.
            real = str(Path(address.database or "").resolve())
            return address.set(drivername="sqlite+aiosqlite", database=real)
        case "postgresql" | "postgres":
            return _server(address)
        case other:
            raise UnknownDatabase(f"{other}: not a database that Parvis knows, or no file")


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite database, `None` for any other. Raises UnknownDatabase."""
    address = parse(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def _server(address: URL) -> URL:
    """Return the address as asyncpg takes it: `sslmode` is `ssl` there, with the same values."""
    options = dict(address.query)
    if "sslmode" in options:
        options["ssl"] = options.pop("sslmode")
    if unknown := sorted(options.keys() - _OPTIONS):
        # The certificate authority's file is PGSSLROOTCERT's, as for any PostgreSQL client.
        raise UnknownDatabase(f"{', '.join(unknown)}: not an option of a database's address")
    return address.set(drivername="postgresql+asyncpg", query=options)


@asynccontextmanager
async def open_engines(url: str, *, synchronous: Synchronous = "NORMAL") -> AsyncIterator[Engines]:
    """Open connections for a block. Nothing is connected before the first transaction."""
    address = parse(url)
    if address.get_backend_name() == "sqlite":
        engines = _sqlite(address, synchronous)
    else:
        engine = _postgresql(address)
        engines = Engines(engine, engine.execution_options(postgresql_readonly=True), path=None)
    try:
        yield engines
    finally:
        await engines.reading.dispose()
        await engines.writing.dispose()


def migrating_engine(url: str) -> AsyncEngine:
    """Return an engine for changing the schema.

    SQLite changes a table by filling another and dropping the first, which with foreign keys
    switched on would delete the rows of every table that refers to it.
    """
    address = parse(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address, "FULL", "BEGIN IMMEDIATE", pragmas=("foreign_keys=OFF",))
    return _postgresql(address, statement_timeout="0")


def _sqlite(address: URL, synchronous: Synchronous) -> Engines:
    assert address.database is not None
    writing = _sqlite_engine(address, synchronous, "BEGIN IMMEDIATE", pool_size=1)
    reading = _sqlite_engine(
        address, synchronous, "BEGIN", pool_size=READERS, pragmas=("query_only=ON",)
    )
    return Engines(writing, reading, Path(address.database))


def _sqlite_engine(
    address: URL,
    synchronous: Synchronous,
    begin: str,
    *,
    pool_size: int = 1,
    pragmas: tuple[str, ...] = (),
) -> AsyncEngine:
    assert address.database is not None
    creator = connector(address.database, synchronous=synchronous, pragmas=pragmas)
    engine = create_async_engine(
        address,
        connect_args={"async_creator_fn": creator},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,
    )
    announce(engine, begin)
    _tell_damage(engine, address.database)
    return engine


def _tell_damage(engine: AsyncEngine, file: str) -> None:
    """Make SQLite's error about a damaged file name that file."""

    @event.listens_for(engine.sync_engine, "handle_error")
    def _damaged(context: ExceptionContext) -> None:
        code = getattr(context.original_exception, "sqlite_errorcode", 0)
        if code & 0xFF in _DAMAGED:
            raise DatabaseDamaged(file) from context.original_exception


def _postgresql(address: URL, **settings: str) -> AsyncEngine:
    arguments: dict[str, Any] = {
        "timeout": 5,
        "command_timeout": 40,
        "server_settings": {**_POSTGRES_SETTINGS, **settings},
    }
    return create_async_engine(
        address,
        connect_args=arguments,
        pool_size=10,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,
        # One more trip of 0.2 ms, so that no connection is handed out that a restart has cut.
        pool_pre_ping=True,
    )
