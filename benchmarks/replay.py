"""Records the store's statements, and executes them again with plain aiosqlite alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import aiosqlite
from sqlalchemy import event

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


async def replay_on(store: Store, script: Sequence[Statement]) -> None:
    """Execute them on the store's own engines, without its repositories: a transaction each."""
    begun: list[Statement] = []
    for statement, parameters in script:
        if statement == "BEGIN IMMEDIATE":
            begun = []
        elif statement == "COMMIT":
            async with store.begin() as tx:
                for each, values in begun:
                    await tx.connection.exec_driver_sql(each, tuple(values))
        else:
            begun.append((statement, parameters))
