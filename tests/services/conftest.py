"""Runs use cases on both databases: one of each per session, emptied for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT
from bridge.store.work import Store, open_store
from tests.contract.conftest import cluster, lasting_urls  # noqa: F401 - fixtures
from tests.contract.lasting import Lasting, empty, lasting, on_one_loop  # noqa: F401
from tests.contract.store_samples import audit_keys, vault
from tests.doubles.clocks import SetClock
from tests.services.house import START, House


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on; `ON_BOTH` has both in `make test` too."""
    return str(request.param)


@pytest.fixture
def lasting_url(database: str, lasting_urls: Callable[[str], str]) -> str:  # noqa: F811
    """The address of a database that is empty, or as the previous test left it."""
    return lasting_urls(database)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@asynccontextmanager
async def emptied(url: str, clock: SetClock) -> AsyncIterator[Store]:
    """An empty database, opened."""
    async with open_store(
        url, vault=vault(), clock=clock, upgrade=False, audit=audit_keys()
    ) as opened:
        await empty(opened)
        yield opened


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
def house(store: Store, clock: SetClock) -> House:
    return House(store, clock)


@pytest_asyncio.fixture(loop_scope="session")
async def meeting_house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


@pytest_asyncio.fixture(loop_scope="session")
async def quiet_house(meeting_house: House) -> House:
    """The same; the salon has read all there was to read."""
    await meeting_house.shown()
    return meeting_house


@pytest_asyncio.fixture(loop_scope="session")
async def knocking_house(house: House) -> House:
    """A meeting in progress, whose guests Visio's host admits; we hold no key of LiveKit."""
    house.choose(mode=KNOCK)
    await house.met(start=START)
    return house


@pytest_asyncio.fixture(loop_scope="session")
async def keyed_house(knocking_house: House) -> House:
    """The same, with a key."""
    knocking_house.choose(mode=KNOCK_KEYED)
    return knocking_house


@pytest_asyncio.fixture(loop_scope="session")
async def house_maker(lasting_url: str) -> AsyncIterator[Callable[[], Awaitable[House]]]:
    """Empties the database at each call: only the last house is usable."""
    async with AsyncExitStack() as stack:

        async def make() -> House:
            clock = SetClock(START)
            return House(await stack.enter_async_context(emptied(lasting_url, clock)), clock)

        yield make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_one_loop(items, Path(__file__).parent)
