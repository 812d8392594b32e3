"""Our own connection to SQLite: trips, transactions, and what happens when they are cut."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store.sqlite import OneTripConnection, connector


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[OneTripConnection]:
    opened = connector(str(tmp_path / "x.db"), synchronous="FULL")()
    await opened
    await opened.cursor().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
    yield opened
    await opened.close()


async def count(path: Path) -> int:
    with sqlite3.connect(path / "x.db") as other:
        found: int = other.execute("SELECT count(*) FROM t").fetchone()[0]
    other.close()
    return found


async def test_begins_with_its_first_statement(connection: OneTripConnection, tmp_path: Path):
    connection.begin = "BEGIN IMMEDIATE"
    cursor = await connection.cursor().execute("INSERT INTO t (a) VALUES (?)", ("x",))
    assert (cursor.rowcount, cursor.lastrowid, cursor.description) == (1, 1, None)
    assert await count(tmp_path) == 0
    await connection.commit()
    assert await count(tmp_path) == 1


async def test_rolls_back(connection: OneTripConnection, tmp_path: Path):
    connection.begin = "BEGIN IMMEDIATE"
    await connection.cursor().executemany("INSERT INTO t (a) VALUES (?)", [("x",), ("y",)])
    await connection.rollback()
    assert await count(tmp_path) == 0


async def test_an_unused_transaction_costs_nothing(connection: OneTripConnection):
    for end in (connection.commit, connection.rollback):
        connection.begin = "BEGIN IMMEDIATE"
        await end()
        assert connection.begin is None


async def test_rows_come_with_the_statement(connection: OneTripConnection):
    cursor = await connection.cursor().execute("SELECT 1 UNION SELECT 2")
    assert await cursor.fetchall() == [(1,), (2,)]
    assert cursor.description is not None


async def test_a_statement_that_was_cut_is_rolled_back(
    connection: OneTripConnection, tmp_path: Path
):
    connection.begin = "BEGIN IMMEDIATE"
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) INSERT INTO t (a) SELECT i FROM n"
    task = asyncio.create_task(connection.cursor().execute(endless))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await connection.rollback()
    assert await count(tmp_path) == 0


async def test_keeps_what_was_asked_of_it(connection: OneTripConnection):
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        cursor = await connection.cursor().execute(f"PRAGMA {pragma}")
        assert await cursor.fetchall() == [(value,)]


async def test_a_broken_reference_is_refused(connection: OneTripConnection):
    await connection.cursor().execute("CREATE TABLE u (t INTEGER REFERENCES t (id))")
    with pytest.raises(sqlite3.IntegrityError):
        await connection.cursor().execute("INSERT INTO u VALUES (5)")
