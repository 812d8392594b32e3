"""SQLite through one thread per connection, with as few trips to that thread as possible.

aiosqlite goes to its thread to make a cursor, to execute, to fetch and to close: nine trips for a
transaction of one statement, here two. On a busy machine a trip costs more than the statement.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import shut, shut_existing

_T = TypeVar("_T")

BUSY_SECONDS: Final = 5.0
"""How long a writer waits for another process before SQLite raises `database is locked`."""

LOG_BYTES: Final = 4 << 20
"""Size to which a write-ahead log is cut after a burst: as much as one checkpoint covers."""


class OneTripCursor:
    """Executes and fetches in one trip; SQLAlchemy's adapter asks for no more than this."""

    arraysize = 1

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> "OneTripCursor":
        """Run one statement and keep its rows."""
        await self._connection.in_thread(lambda raw: self._take(raw.execute(operation, parameters)))
        return self

    async def executemany(
        self, operation: str, parameters: Iterable[Sequence[Any]]
    ) -> "OneTripCursor":
        """Run one statement for many rows."""
        await self._connection.in_thread(
            lambda raw: self._take(raw.executemany(operation, parameters))
        )
        return self

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()

    async def fetchall(self) -> list[Any]:
        """Return the rows that came with `execute`."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: no cursor stays open."""


class OneTripConnection(aiosqlite.Connection):
    """A connection that begins a transaction with its first statement, and ends only begun ones."""

    begin: str | None = None
    """The statement that opens the announced transaction; `None` once it has run."""
    begun = False

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # not aiosqlite's own class
        """Return a cursor; no trip."""
        return OneTripCursor(self)

    async def in_thread(self, act: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run `act` in the connection's thread, in the announced transaction."""
        begin, self.begin = self.begin, None
        self.begun = self.begun or begin is not None

        def run() -> _T:
            if begin is not None:
                self._conn.execute(begin).close()
            return act(self._conn)

        result: _T = await self._execute(run)  # type: ignore[no-untyped-call]
        return result

    async def commit(self) -> None:
        """Commit; no trip if no statement was run."""
        await self._end(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        """Roll back; no trip if no statement was run."""
        await self._end(sqlite3.Connection.rollback)

    async def _end(self, end: Callable[[sqlite3.Connection], None]) -> None:
        begun, self.begun, self.begin = self.begun, False, None
        if begun:
            await self._execute(lambda: end(self._conn))  # type: ignore[no-untyped-call]


def connector(
    path: str, *, synchronous: str, pragmas: Sequence[str] = ()
) -> Callable[..., OneTripConnection]:
    """Return the function that connects to the file `path`, for SQLAlchemy's `async_creator_fn`."""

    def connect() -> sqlite3.Connection:
        keep_private(Path(path))
        raw = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        always = (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"journal_size_limit={LOG_BYTES}",
        )
        for pragma in (*always, *pragmas):
            raw.execute(f"PRAGMA {pragma}").close()
        return raw

    def create(*_: object, **__: object) -> OneTripConnection:
        connection = OneTripConnection(connect, iter_chunk_size=64)
        connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with its own
        return connection

    return create


def keep_private(database: Path) -> None:
    """Make a database's file readable by its owner alone, an older file too.

    SQLite gives each file that it makes beside a database the database's own permissions
    (sqlite.org/tempfiles.html lists them), so only files that are there already need a change.
    """
    shut(database)
    for suffix in ("-wal", "-shm", "-journal"):
        shut_existing(database.with_name(f"{database.name}{suffix}"))


def announce(engine: AsyncEngine, begin: str) -> None:
    """Have the engine's transactions open with `begin`, in one trip with their first statement."""

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, OneTripConnection)
        driver.begin = begin
