"""SQLite in the event loop's own thread.

A statement of ours takes some tens of microseconds; a trip to another thread and back costs several
times that, and a greenlet for each as much again. So statements run where they are asked for, and
only what may take long does not: connecting, a commit that waits for the disk
(`synchronous=FULL`), a checkpoint, and the statements of a transaction that says that it is `long`
run in a thread; a lock that another process holds is asked for again and again, without blocking.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import structlog
from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Dialect,
    Engine,
    ExceptionContext,
    Executable,
    NullPool,
    ScalarResult,
    create_engine,
    event,
)
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bridge.store.connections import Values
from config.files import shut, shut_existing

log = structlog.get_logger()

_T = TypeVar("_T")

BUSY_SECONDS: Final = 5.0
"""How long a transaction waits for another process before it fails: `database is locked`."""
_AGAIN: Final = 0.01
"""Seconds between two attempts to get the lock."""
TURN_SECONDS: Final = 30.0
"""How long a transaction waits for those of its own process."""

LOG_BYTES: Final = 4 << 20
"""Size from which the write-ahead log is moved into the database, and to which it is cut after a
burst."""
_COMMITS: Final = 64
"""How many commits pass between two looks at the log's size."""

_WRITE: Final = ("BEGIN IMMEDIATE",)
# A transaction that reads begins, for SQLite, with its first look at the file.
_READ: Final = ("BEGIN", "SELECT 1 FROM sqlite_schema LIMIT 1")


_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class DatabaseDamaged(SQLAlchemyError):
    """Restore a backup in place of the file: it can't be read as a database any more."""


class Threads:
    """The threads of one engine: those of the loop may all be waiting for a name server."""

    def __init__(self, most: int) -> None:
        """Prepare; a thread is started when it is needed."""
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="sqlite")

    async def run(self, act: Callable[[], _T]) -> _T:
        """Run to its end: a caller that is cancelled waits for it before it goes on.

        The connection is the thread's until then.
        """
        running = asyncio.get_running_loop().run_in_executor(self._pool, act)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({running})
            raise

    def close(self) -> None:
        """End the threads, each after what it does now."""
        self._pool.shutdown(wait=False)


class SqliteConnection:
    """One transaction on a connection; implements `DatabaseConnection`.

    It begins, and takes the lock of writers if it writes, with its first statement.
    """

    def __init__(
        self, sync: Connection, opening: Sequence[str], threads: Threads, *, long: bool
    ) -> None:
        """Take an idle connection."""
        self._sync = sync
        self._threads = threads
        self._opening = opening
        self._long = long
        self._begun = False
        self.dialect: Dialect = sync.dialect

    async def execute(
        self, statement: Executable, values: Values | Sequence[Values] | None = None, /
    ) -> CursorResult[Any]:
        """Run a statement, once or for many rows."""
        if not self._begun:
            await self._begin()
        if self._long:
            run = self._threads.run
            return await run(lambda: _fetched(self._sync.execute(statement, values)))
        return self._sync.execute(statement, values)

    async def scalar(self, statement: Executable, values: Values | None = None, /) -> Any:
        """Return the first value of the first row, `None` if there is no row."""
        return (await self.execute(statement, values)).scalar()

    async def scalars(
        self, statement: Executable, values: Values | None = None, /
    ) -> ScalarResult[Any]:
        """Return the first value of each row."""
        return (await self.execute(statement, values)).scalars()

    async def exec_driver_sql(self, statement: str, values: Any = None, /) -> CursorResult[Any]:
        """Run a statement in SQLite's own words."""
        return await self.run_sync(lambda sync: _fetched(sync.exec_driver_sql(statement, values)))

    async def run_sync(self, call: Callable[[Connection], _T], /) -> _T:
        """Run a function with SQLAlchemy's own connection."""
        if not self._begun:
            await self._begin()
        if self._long:
            return await self._threads.run(lambda: call(self._sync))
        return call(self._sync)

    async def _begin(self) -> None:
        raw = raw_of(self._sync)
        loop = asyncio.get_running_loop()
        until = loop.time() + BUSY_SECONDS
        while True:
            try:
                for statement in self._opening:
                    raw.execute(statement).close()
            except sqlite3.Error as error:
                if raw.in_transaction:
                    raw.rollback()
                if _code(error) != sqlite3.SQLITE_BUSY or loop.time() >= until:
                    raise self._refused(error) from error
                await asyncio.sleep(_AGAIN)
            else:
                self._begun = True
                return

    def _refused(self, error: sqlite3.Error) -> SQLAlchemyError:
        """Return the error as SQLAlchemy would raise it."""
        if _code(error) in _DAMAGED:
            return DatabaseDamaged(self._sync.engine.url.database)
        kind = OperationalError if isinstance(error, sqlite3.OperationalError) else DatabaseError
        return kind(self._opening[0], None, error)

    async def commit(self, *, durable: bool) -> bool:
        """Commit; return whether there was anything to commit. Raises DATABASE_ERRORS."""
        if not self._begun:
            return False
        if durable or self._long:
            await self._threads.run(self._commit)
        else:
            self._commit()
        return True

    def _commit(self) -> None:
        self._sync.commit()
        raw = raw_of(self._sync)
        if raw.in_transaction:  # SQLAlchemy knows of none in which it ran no statement
            raw.commit()

    def rollback(self) -> None:
        """Undo everything."""
        if self._begun:
            self._sync.rollback()
            raw = raw_of(self._sync)
            if raw.in_transaction:
                raw.rollback()


class SqliteEngine:
    """Transactions on one file, a few at a time; implements `DatabaseEngine`."""

    def __init__(
        self, engine: Engine, opening: Sequence[str], *, size: int, log_of: "Log | None"
    ) -> None:
        """Take SQLAlchemy's engine; `log_of` is `None` for one that only reads."""
        self.sync_engine = engine
        self._opening = opening
        self._log = log_of
        self._turns = asyncio.Semaphore(size)
        self._threads = Threads(size)
        self._idle: list[Connection] = []
        self._counter: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """Return a number that every commit of any process changes (`PRAGMA data_version`).

        It counts for one connection what others commit, so that connection is for nothing else.
        `None` if it can't be read now.
        """
        try:
            if self._counter is None:
                self._counter = sqlite3.connect(
                    Path(self.sync_engine.url.database or ""), timeout=0, isolation_level=None
                )
            (found,) = self._counter.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:  # whoever asks then looks, and learns why
            return None
        return int(found)

    @asynccontextmanager
    async def begin(self, *, long: bool = False) -> AsyncIterator[SqliteConnection]:
        """Begin a transaction; leaving the block without an error commits it."""
        await self._turn()
        try:
            sync = self._idle.pop() if self._idle else await self._connect()
        except BaseException:
            self._turns.release()
            raise
        connection = SqliteConnection(sync, self._opening, self._threads, long=long)
        try:
            yield connection
            wrote = await connection.commit(durable=self._log is not None and self._log.durable)
        except BaseException:
            connection.rollback()
            raise
        finally:
            self._idle.append(sync)
            self._turns.release()
        if wrote and self._log is not None:
            self._log.grew()

    async def _connect(self) -> Connection:
        return await self._threads.run(self.sync_engine.connect)

    async def _turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise NoConnectionFree("no connection to the database was free") from None

    async def settled(self) -> None:
        """Return once no part of the log is being moved."""
        if self._log is not None:
            await self._log.settled()

    async def dispose(self) -> None:
        """Close all connections; the last one moves the log into the database."""
        if self._log is not None:
            await self._log.settled()
            self._log.close()
        idle, self._idle = self._idle, []
        if self._counter is not None:
            self._counter.close()
            self._counter = None

        def close() -> None:
            for one in idle:
                one.close()

        await self._threads.run(close)
        self._threads.close()


class Log:
    """The write-ahead log beside a database: what is in it is moved to the database in a thread."""

    def __init__(self, database: Path, *, durable: bool) -> None:
        """Note the database; `durable`: each commit waits until the disk has it."""
        self.durable = durable
        self._database = database
        self._file = database.with_name(f"{database.name}-wal")
        self._commits = 0
        self._threads = Threads(1)
        self._moving: asyncio.Future[None] | None = None

    def grew(self) -> None:
        """Count a commit; from time to time look whether the log has become large."""
        self._commits += 1
        if self._commits % _COMMITS or self._moving is not None:
            return
        with suppress(FileNotFoundError):
            if self._file.stat().st_size >= LOG_BYTES:
                self._moving = asyncio.ensure_future(self._threads.run(self._move))
                self._moving.add_done_callback(self._moved)

    async def settled(self) -> None:
        """Return once nothing is being moved."""
        if self._moving is not None:
            await asyncio.wait({self._moving})

    def close(self) -> None:
        """End its thread."""
        self._threads.close()

    def _move(self) -> None:
        with closing(sqlite3.connect(self._database, timeout=0, isolation_level=None)) as raw:
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    def _moved(self, moving: "asyncio.Future[None]") -> None:
        self._moving = None
        if not moving.cancelled() and (error := moving.exception()) is not None:
            log.warning("store.log_not_moved", error=type(error).__name__)


def _code(error: BaseException) -> int:
    """Return SQLite's primary result code, 0 for an error that has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _tell_damage(engine: Engine, file: Path) -> None:
    """Make SQLite's error about a damaged file name that file."""

    @event.listens_for(engine, "handle_error")
    def _damaged(context: ExceptionContext) -> None:
        if _code(context.original_exception) in _DAMAGED:
            raise DatabaseDamaged(str(file)) from context.original_exception


def _fetched(result: CursorResult[Any]) -> CursorResult[Any]:
    """Read all rows now: reading them is what takes long."""
    return cast("CursorResult[Any]", result.freeze()()) if result.returns_rows else result


def raw_of(connection: Connection) -> sqlite3.Connection:
    """Return the library's own connection."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def sqlite_engine(
    address: URL,
    *,
    synchronous: str,
    writes: bool,
    size: int = 1,
    pragmas: Sequence[str] = (),
) -> SqliteEngine:
    """Return an engine on a file for transactions that write, or for those that only read."""
    path = Path(address.database or "")

    def connect() -> sqlite3.Connection:
        keep_private(path)
        raw = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            always = (
                "journal_mode=WAL",
                f"synchronous={synchronous}",
                "foreign_keys=ON",
                "secure_delete=ON",
                f"journal_size_limit={LOG_BYTES}",
                "wal_autocheckpoint=0",
            )
            for pragma in (*always, *pragmas, "busy_timeout=0"):
                raw.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            raw.close()
            raise
        return raw

    engine = create_engine(address, creator=connect, poolclass=NullPool, hide_parameters=True)
    _tell_damage(engine, path)
    wal = Log(path, durable=synchronous == "FULL") if writes else None
    return SqliteEngine(engine, _WRITE if writes else _READ, size=size, log_of=wal)


def keep_private(database: Path) -> None:
    """Make a database's file readable by its owner alone, an older file too.

    SQLite gives each file that it makes beside a database the database's own permissions
    (sqlite.org/tempfiles.html lists them), so only files that are there already need a change.
    """
    shut(database)
    for suffix in ("-wal", "-shm", "-journal"):
        shut_existing(database.with_name(f"{database.name}{suffix}"))
