"""A database of each kind that the tests of a session use in turn, emptied for each.

What is compiled and connected once is most of such a test's time, so the connections last too. They
belong to an event loop: whatever touches them runs on the session's.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio
from sqlalchemy import Connection

from bridge.store.engine import Engines, open_engines
from bridge.store.tables import metadata
from bridge.store.work import Store

Lasting: TypeAlias = Callable[[str], Awaitable[Engines]]
"""Returns the connections to the database of an address."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lasting() -> AsyncIterator[Lasting]:
    """Connections that stay open once the first test has asked for them."""
    opened: dict[str, Engines] = {}
    async with AsyncExitStack() as stack:

        async def of(url: str) -> Engines:
            if url not in opened:
                opened[url] = await stack.enter_async_context(open_engines(url))
                # Nobody restarts this server: a ping before each transaction is a quarter of all trips.
                opened[url].writing.sync_engine.pool._pre_ping = False
            return opened[url]

        yield of


async def empty(store: Store) -> None:
    """Delete every row: PostgreSQL is sooner rid of so few like that than with TRUNCATE."""
    async with store.begin() as tx:
        if store.engines.path is None:
            await tx.connection.exec_driver_sql(f"DO $$ BEGIN {'; '.join(_DELETIONS)}; END $$")
        else:
            await tx.connection.run_sync(_delete)


_DELETIONS = [f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)]


def _delete(connection: Connection) -> None:
    """Delete every row by SQLite's own cursor: SQLAlchemy's takes most of such a test's time."""
    cursor = connection.connection.cursor()
    for deletion in _DELETIONS:
        cursor.execute(deletion)
    cursor.close()


def on_one_loop(items: Iterable[pytest.Item], folder: Path) -> None:
    """Have the asynchronous tests of a folder that use a lasting database run on one loop."""
    for item in items:
        asynchronous = inspect.iscoroutinefunction(getattr(item, "function", None))
        stores = {"store", "house_maker", "kept", "fed"}.intersection(
            getattr(item, "fixturenames", ())
        )
        if asynchronous and stores and item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
