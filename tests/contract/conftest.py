"""The same tests on every database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.store.schema import migrate
from bridge.store.work import Store, open_store
from tests.contract.store_samples import START, SteppedClock, vault
from tests.servers import postgres as postgres_server
from tests.servers.postgres import Cluster
from tests.servers.require import need


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for the session; a test has a database of its own."""
    reason = postgres_server.missing()
    need(reason is None, reason or "")
    with postgres_server.postgres() as running:
        yield running


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A PostgreSQL database with our schema, to copy: quicker than migrating each."""
    return asyncio.run(cluster.create_template(migrate))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    if request.param == "postgresql":
        request.getfixturevalue("template")  # made here, where no event loop runs
    return str(request.param)


@pytest.fixture
async def empty_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of an empty database."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'parvis.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = await cluster.create_database()
    yield url
    await cluster.drop_database(url)


@pytest.fixture
async def store_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a database with our schema."""
    if database == "sqlite":
        url = f"sqlite:///{tmp_path / 'parvis.db'}"
        await migrate(url)
        yield url
        return
    template: str = request.getfixturevalue("template")
    cluster: Cluster = request.getfixturevalue("cluster")
    url = await cluster.create_database(template=template)
    yield url
    await cluster.drop_database(url)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
async def store(store_url: str, clock: SteppedClock) -> AsyncIterator[Store]:
    async with open_store(store_url, vault=vault(), clock=clock) as opened:
        yield opened
