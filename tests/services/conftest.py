"""Every use case on both databases: one database for the session, emptied for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from bridge.store.schema import migrate
from bridge.store.tables import metadata
from bridge.store.work import Store, open_store
from tests.contract.conftest import cluster  # noqa: F401 - a fixture
from tests.contract.store_samples import vault
from tests.doubles.ports import SetClock
from tests.servers.postgres import Cluster
from tests.services.house import START, House


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our schema, to copy."""
    path = tmp_path_factory.mktemp("template") / "parvis.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def server_url(cluster: Cluster) -> str:  # noqa: F811 - the fixture
    """A PostgreSQL database with our schema, which all tests use in turn."""

    async def make() -> str:
        url = await cluster.create_database()
        await migrate(url)
        return url

    return asyncio.run(make())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that holds nothing, or what the test before left."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("server_url"))
    copy = tmp_path / "parvis.db"
    shutil.copy(request.getfixturevalue("empty_file"), copy)
    return f"sqlite:///{copy}"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@asynccontextmanager
async def emptied(url: str, clock: SetClock) -> AsyncIterator[Store]:
    """A database that holds nothing, opened."""
    async with open_store(url, vault=vault(), clock=clock, upgrade=False) as opened:
        names = [f'"{table.name}"' for table in reversed(metadata.sorted_tables)]
        async with opened.begin() as tx:
            if opened.engines.path is None:
                wipe = f"TRUNCATE {', '.join(names)} RESTART IDENTITY"
                await tx.connection.execute(text(wipe))
            else:
                for name in names:
                    await tx.connection.execute(text(f"DELETE FROM {name}"))
        yield opened


@pytest.fixture
async def store(url: str, clock: SetClock) -> AsyncIterator[Store]:
    """An empty database, opened."""
    async with emptied(url, clock) as opened:
        yield opened


@pytest.fixture
def house(store: Store, clock: SetClock) -> House:
    return House(store, clock)


@pytest.fixture
async def house_maker(url: str) -> AsyncIterator[Callable[[], Awaitable[House]]]:
    """Empties the database again and again: only the last house is one to live in."""
    async with AsyncExitStack() as stack:

        async def make() -> House:
            clock = SetClock(START)
            return House(await stack.enter_async_context(emptied(url, clock)), clock)

        yield make
