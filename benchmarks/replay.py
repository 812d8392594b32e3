"""Records the store's statements, and executes them again with plain aiosqlite alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import aiosqlite
from sqlalchemy import Executable, Select, event

from bridge.store import Store

Statement: TypeAlias = tuple[str, Sequence[Any]]


@contextmanager
def recording(store: Store) -> Iterator[list[Statement]]:
    """Yield a list to which each statement of a transaction that writes is added."""
    script: list[Statement] = []
    engine = store.engines.writing.sync_engine

    def executed(*found: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = found
        script.extend((statement, each) for each in (parameters if many else [parameters]))

    def begun(_: object) -> None:
        script.append(("BEGIN IMMEDIATE", ()))

    def committed(_: object) -> None:
        script.append(("COMMIT", ()))

    listeners = {"before_cursor_execute": executed, "begin": begun, "commit": committed}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield script
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


async def replay(connection: aiosqlite.Connection, script: Sequence[Statement]) -> None:
    """Execute one statement after the other, with one trip to the connection's thread each."""
    for statement, parameters in script:
        await connection.execute_fetchall(statement, parameters)


Executed: TypeAlias = tuple[Executable, Any]
"""A statement of SQLAlchemy's, with its values."""


@contextmanager
def recording_core(store: Store) -> Iterator[list[list[Executed]]]:
    """Yield a list of transactions that write, each a list of its statements as they were made."""
    transactions: list[list[Executed]] = []
    state = {"open": False}
    engine = store.engines.writing.sync_engine

    def executed(_: object, clause: Executable, many: Any, one: Any, __: object) -> None:
        if not transactions or not state["open"]:
            transactions.append([])
            state["open"] = True
        transactions[-1].append((clause, many or one or None))

    def ended(_: object) -> None:
        state["open"] = False

    listeners: dict[str, Any] = {"before_execute": executed, "commit": ended}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield transactions
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


async def replay_core(store: Store, transaction: Sequence[Executed]) -> None:
    """Execute a transaction's statements on the store's engines, and read all that they find."""
    async with store.begin() as tx:
        for statement, values in transaction:
            found = await tx.connection.execute(statement, values)
            if isinstance(statement, Select):
                found.all()
