"""The same tests on every database."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.store.schema import migrate
from bridge.store.work import Store, open_store
from tests.contract.lasting import Lasting, empty, lasting, on_one_loop  # noqa: F401
from tests.contract.store_samples import START, audit_keys, vault
from tests.doubles.clocks import SetClock
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
    """The kind of database that a test runs on."""
    if request.param == "postgresql":
        request.getfixturevalue("template")  # made here, where no event loop runs
    else:
        request.getfixturevalue("migrated")
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
        copy = shutil.copy(request.getfixturevalue("migrated"), tmp_path / "parvis.db")
        yield f"sqlite:///{copy}"
        return
    template: str = request.getfixturevalue("template")
    cluster: Cluster = request.getfixturevalue("cluster")
    url = await cluster.create_database(template=template)
    yield url
    await cluster.drop_database(url)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture(scope="session")
def lasting_urls(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Return the address of a database with our schema, the same for the whole session."""
    made: dict[str, str] = {}

    def of(database: str) -> str:
        if database not in made:
            made[database] = _made(database, request)
        return made[database]

    return of


def _made(database: str, request: pytest.FixtureRequest) -> str:
    if database == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        return cluster.url(asyncio.run(cluster.create_template(migrate)))
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    copy = folders.mktemp("lasting") / "parvis.db"
    shutil.copy(request.getfixturevalue("migrated"), copy)
    return f"sqlite:///{copy}"


@pytest.fixture
def lasting_url(database: str, lasting_urls: Callable[[str], str]) -> str:
    return lasting_urls(database)


@pytest_asyncio.fixture(loop_scope="session")
async def store(
    lasting_url: str,
    lasting: Lasting,  # noqa: F811 - the fixture
    clock: SetClock,
) -> Store:
    """An empty database, opened."""
    store = Store(await lasting(lasting_url), vault(), clock, alone=False, audit=audit_keys())
    await empty(store)
    return store


@pytest.fixture
async def own(store_url: str, clock: SetClock) -> AsyncIterator[Store]:
    """An empty database of the test's own, at `store_url`."""
    async with open_store(store_url, vault=vault(), clock=clock) as opened:
        yield opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_one_loop(items, Path(__file__).parent)
