"""How much a database does for a statement: the rows it visits, or the steps of its program.

A plan tells which index is used, not how much of it is read: a search by the wrong column reads
nearly all of an index, and is called a search. What was visited is counted, and doesn't depend on
how busy the machine is.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from bridge.store import Store
from bridge.store.connections import DatabaseConnection
from tests.contract.hot import ask

Asked: TypeAlias = tuple[str, Any]
"""A statement as its driver gets it, and its parameters."""

Efforts: TypeAlias = Mapping[tuple[str, str], int]
"""The cost of statements, by the name of their question and by their text."""

TIMES, MOST = 100, 1.5
"""So many times the rows may cost a statement so much more."""
SLACK = 8
"""Rows or steps more that are no growth: another plan for a table of a hundred rows."""


@contextmanager
def recorded() -> Iterator[list[Asked]]:
    """Gather every statement of this process that searches for rows, whatever engine asks it."""
    asked: list[Asked] = []

    def note(
        _connection: object,
        _cursor: DBAPICursor,
        statement: str,
        parameters: Any,
        _context: ExecutionContext,
        many: bool,
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked.extend((statement, each) for each in (parameters if many else [parameters]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def efforts(store: Store, names: Sequence[str]) -> Efforts:
    """Return what each statement of what is hot costs."""
    asked: dict[str, list[Asked]] = {}
    for name in names:
        with recorded() as asked[name]:
            await ask(store, name)
    return {
        (name, statement): effort
        for name, statements in asked.items()
        for statement, effort in (await effort_of(store, statements)).items()
    }


async def effort_of(store: Store, asked: Sequence[Asked]) -> Mapping[str, int]:
    """Return what each of these statements costs."""
    if store.engines.path is not None:
        return await asyncio.to_thread(sqlite_steps, store.engines.path, asked)
    async with store.engines.writing.begin() as connection:
        return await postgresql_rows(connection, asked)


def growth(few: Efforts, many: Efforts) -> Mapping[tuple[str, str], float]:
    """Return how many times as much each statement costs with more rows."""
    return {name: (many[name] - SLACK) / max(few[name], 1) for name in many}


def sqlite_steps(path: Path, asked: Sequence[Asked]) -> Mapping[str, int]:
    """Return the steps of SQLite's virtual machine that each statement takes; nothing stays.

    A few of them for each row that is visited, wherever it is visited.
    """
    found: dict[str, int] = {}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        for statement, parameters in asked:
            steps = 0

            def step() -> int:
                nonlocal steps
                steps += 1
                return 0

            connection.execute("BEGIN IMMEDIATE")
            connection.set_progress_handler(step, 1)
            connection.execute(statement, parameters).fetchall()
            connection.set_progress_handler(None, 1)
            connection.execute("ROLLBACK")
            found[statement] = found.get(statement, 0) + steps
    return found


async def postgresql_rows(
    connection: DatabaseConnection, asked: Sequence[Asked]
) -> Mapping[str, int]:
    """Return the rows that PostgreSQL visits for each statement; nothing stays.

    `connection` is in a transaction, which is left as it was.
    """
    found: dict[str, int] = {}
    for statement, parameters in asked:
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
        writes = not statement.startswith("SELECT")
        if writes:
            await connection.exec_driver_sql("SAVEPOINT before")
        plan = (await connection.exec_driver_sql(explain, parameters)).scalar_one()
        if writes:
            await connection.exec_driver_sql("ROLLBACK TO SAVEPOINT before")
        plan = json.loads(plan) if isinstance(plan, str) else plan
        found[statement] = found.get(statement, 0) + _visited(plan[0]["Plan"])
    return found


def _visited(node: Mapping[str, Any]) -> int:
    """Return the rows that a node of a plan, and those below it, read or left out."""
    removed = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    below = node.get("Plans", [])
    read = 0 if below else node["Actual Rows"]
    return int((read + removed) * node["Actual Loops"]) + sum(_visited(one) for one in below)
