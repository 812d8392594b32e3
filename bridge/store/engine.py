"""Connections: which database, how many connections, how a transaction begins, how long to wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import URL, make_url
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

from bridge.store.connections import DatabaseEngine
from bridge.store.sqlite import DatabaseDamaged, sqlite_engine

if TYPE_CHECKING:
    from bridge.store.postgresql import PostgresEngine

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
"""Connections that read SQLite at the same time."""
_OPTIONS = {"host", "port", "ssl", "prepared_statement_cache_size"}


class UnknownDatabase(ValueError):
    """Write `sqlite:///path/to/parvis.db` or `postgresql://user:password@host/name`."""


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

    writing: DatabaseEngine = field(repr=False)
    reading: DatabaseEngine = field(repr=False)
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
            return address.set(drivername="sqlite", database=real)
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
        engines = Engines(
            sqlite_engine(address, synchronous=synchronous, writes=True),
            sqlite_engine(
                address,
                synchronous=synchronous,
                writes=False,
                size=READERS,
                pragmas=("query_only=ON",),
            ),
            Path(address.database or ""),
        )
    else:
        server = _postgres(address)
        engines = Engines(server, server.reading(), path=None)
    try:
        yield engines
    finally:
        await engines.reading.dispose()
        await engines.writing.dispose()


def migrating_engine(url: str) -> DatabaseEngine:
    """Return an engine for changing the schema.

    SQLite changes a table by filling another and dropping the first, which with foreign keys
    switched on would delete the rows of every table that refers to it.
    """
    address = parse(url)
    if address.get_backend_name() == "sqlite":
        off = ("foreign_keys=OFF",)
        return sqlite_engine(address, synchronous="FULL", writes=True, pragmas=off)
    return _postgres(address, statement_timeout="0")


def _postgres(address: URL, **settings: str) -> "PostgresEngine":
    # asyncpg, and what SQLAlchemy needs for it, are large, and SQLite needs none of it.
    from bridge.store.postgresql import postgres_engine  # noqa: PLC0415

    return postgres_engine(address, **settings)
