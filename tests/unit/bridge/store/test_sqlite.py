"""SQLite in the loop's own thread: its transactions, and what may not hold up the loop."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bridge.store import sqlite
from bridge.store.sqlite import LOG_BYTES, SqliteEngine, sqlite_engine

INSERT = text("INSERT INTO t (a) VALUES (:a)")
ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) "
    "INSERT INTO t (a) SELECT i FROM n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
async def engine(path: Path) -> AsyncIterator[SqliteEngine]:
    opened = sqlite_engine(make_url(f"sqlite:///{path}"), synchronous="NORMAL", writes=True)
    async with opened.begin() as connection:
        await connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)"))
    yield opened
    await opened.dispose()


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as other:
        found: int = other.execute("SELECT count(*) FROM t").fetchone()[0]
    return found


def threads_of(engine: SqliteEngine) -> Callable[[], set[int]]:
    """Return what tells which threads have run statements since."""
    seen: set[int] = set()

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _note(*_: object) -> None:
        seen.add(threading.get_ident())

    return lambda: seen


async def test_commits_what_a_block_did(engine: SqliteEngine, path: Path):
    async with engine.begin() as connection:
        assert (await connection.execute(INSERT, {"a": "x"})).rowcount == 1
        assert (await connection.execute(INSERT, [{"a": "y"}, {"a": "z"}])).rowcount == 2
        assert count(path) == 0
    assert count(path) == 3


async def test_undoes_a_block_that_fails(engine: SqliteEngine, path: Path):
    async def fails() -> None:
        async with engine.begin() as connection:
            await connection.execute(INSERT, {"a": "x"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    async with engine.begin() as connection:
        await connection.execute(INSERT, {"a": "y"})
    assert count(path) == 1


async def test_takes_no_lock_before_its_first_statement(engine: SqliteEngine, path: Path):
    async with engine.begin():
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")


async def test_statements_run_in_the_loops_thread(engine: SqliteEngine):
    threads = threads_of(engine)
    async with engine.begin() as connection:
        await connection.execute(INSERT, {"a": "x"})
    assert threads() == {threading.get_ident()}


async def test_those_of_a_long_transaction_do_not(engine: SqliteEngine, path: Path):
    threads = threads_of(engine)
    async with engine.begin(long=True) as connection:
        await connection.execute(INSERT, [{"a": "x"}, {"a": "y"}])
        assert await connection.scalar(text("SELECT count(*) FROM t")) == 2
        found = await connection.execute(text("SELECT a FROM t ORDER BY a"))
        assert [row.a for row in found] == ["x", "y"]
    assert count(path) == 2
    assert threading.get_ident() not in threads()


async def test_a_long_statement_whose_task_is_cancelled_is_undone(engine: SqliteEngine, path: Path):
    started = asyncio.Event()

    async def run() -> None:
        async with engine.begin(long=True) as connection:
            await connection.execute(INSERT, {"a": "x"})
            started.set()
            await connection.execute(ENDLESS)

    task = asyncio.create_task(run())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert count(path) == 0
    async with engine.begin() as connection:
        await connection.execute(INSERT, {"a": "y"})
    assert count(path) == 1


async def test_a_long_transaction_holds_up_no_other_task(engine: SqliteEngine):
    """The loop turns while the statement runs: it ends only once another task has run."""
    turned = threading.Event()

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _wait(*_: object) -> None:
        assert turned.wait(10)

    async with engine.begin(long=True) as connection:
        asyncio.get_running_loop().call_soon(turned.set)
        await connection.execute(INSERT, {"a": "x"})


async def test_one_waits_for_the_lock_of_another_process_and_holds_up_no_task(
    engine: SqliteEngine, path: Path
):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_soon(other.rollback)
        async with engine.begin() as connection:
            await connection.execute(INSERT, {"a": "x"})
    assert count(path) == 1


async def test_it_waits_no_longer_than_it_may(
    engine: SqliteEngine, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.02)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            async with engine.begin() as connection:
                await connection.execute(INSERT, {"a": "x"})
    async with engine.begin() as connection:
        await connection.execute(INSERT, {"a": "x"})


async def test_it_waits_for_a_turn_no_longer_than_it_may(
    engine: SqliteEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "TURN_SECONDS", 0.02)
    async with engine.begin():
        with pytest.raises(NoConnectionFree):
            async with engine.begin():
                pass
    async with engine.begin():
        pass


async def test_a_large_log_is_moved_into_the_database_by_a_thread(engine: SqliteEngine, path: Path):
    """Four times the log's size is written, and the log does not grow to it."""
    wal = path.with_name(f"{path.name}-wal")
    largest = 0
    for _ in range(4 * LOG_BYTES // (1 << 16)):
        async with engine.begin() as connection:
            await connection.execute(INSERT, {"a": "x" * (1 << 16)})
        await engine.settled()
        largest = max(largest, wal.stat().st_size)
    assert largest < 3 * LOG_BYTES
    assert path.stat().st_size > 2 * LOG_BYTES


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 1),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("wal_autocheckpoint", 0),
        ("busy_timeout", 0),
    ],
)
async def test_keeps_what_was_asked_of_it(engine: SqliteEngine, pragma: str, value: object):
    async with engine.begin() as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == value


async def test_a_broken_reference_is_refused(engine: SqliteEngine):
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE u (t INTEGER REFERENCES t (id))"))
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO u VALUES (5)"))


async def test_a_name_server_that_hangs_holds_up_no_commit(path: Path):
    """Its waiting threads are the loop's, and may be all that the loop has."""
    opened = sqlite_engine(make_url(f"sqlite:///{path}"), synchronous="FULL", writes=True)
    loop, hangs = asyncio.get_running_loop(), threading.Event()
    waiting = [loop.run_in_executor(None, hangs.wait) for _ in range(64)]
    try:
        async with asyncio.timeout(20), opened.begin(long=True) as connection:
            await connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)"))
        assert count(path) == 0
    finally:
        hangs.set()
        await asyncio.gather(*waiting)
        await opened.dispose()
