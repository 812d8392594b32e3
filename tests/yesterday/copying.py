"""The recorded rows, put into PostgreSQL: an installation there has the same."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, MetaData, Table, func, insert, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.types import JSON, Boolean, DateTime, TypeEngine, Uuid

from bridge.store.engine import parse
from bridge.store.schema import migrate
from tests.yesterday.installation import RECORDED

READERS: Mapping[type[TypeEngine[Any]], Callable[[Any], object]] = {
    DateTime: lambda value: datetime.fromisoformat(value).replace(tzinfo=UTC),
    Uuid: UUID,
    Boolean: bool,
    JSON: json.loads,
}
"""Types that SQLite stores as text or as a number."""


async def copied(url: str) -> None:
    """Make an empty PostgreSQL database what an installation on it would have been, and upgrade."""
    with closing(sqlite3.connect(":memory:")) as recorded:
        recorded.row_factory = sqlite3.Row
        recorded.executescript((RECORDED / "parvis.sql").read_text())
        [[revision]] = recorded.execute("SELECT version_num FROM alembic_version")
        await migrate(url, revision)
        engine = create_async_engine(parse(url))
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_fill, recorded)
        finally:
            await engine.dispose()
    await migrate(url)


def _fill(connection: Connection, recorded: sqlite3.Connection) -> None:
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        rows = recorded.execute(f"SELECT * FROM {table.name}").fetchall()
        if rows and table.name != "alembic_version":
            connection.execute(insert(table), [_read(table, row) for row in rows])
            _count_on(connection, table)


def _read(table: Table, row: sqlite3.Row) -> dict[str, object]:
    return {name: _value(table.columns[name].type, row[name]) for name in row.keys()}  # noqa: SIM118


def _value(of: TypeEngine[Any], value: Any) -> object:
    if value is None:
        return None
    return next((read(value) for kind, read in READERS.items() if isinstance(of, kind)), value)


def _count_on(connection: Connection, table: Table) -> None:
    """Have new rows numbered after the recorded ones."""
    for column in table.primary_key:
        counter = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if counter is not None:
            connection.execute(
                select(func.setval(counter, select(func.max(column)).scalar_subquery()))
            )
