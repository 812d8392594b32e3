"""Role federation on SQLite, or on both databases where several ask at one moment."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.store import Store
from tests.contract.conftest import cluster, lasting_urls  # noqa: F401 - fixtures
from tests.contract.lasting import lasting, on_one_loop  # noqa: F401
from tests.doubles.clocks import SetClock
from tests.federation.house import FederationHouse, open_federation_house
from tests.services.conftest import clock, database, lasting_url, store  # noqa: F401


@pytest_asyncio.fixture(loop_scope="session")
async def fed(
    store: Store,  # noqa: F811 - the fixture
    clock: SetClock,  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[FederationHouse]:
    """Our role federation, with a partner and a meeting that is open to it."""
    async with open_federation_house(store, clock, tmp_path) as house:
        await house.agree()
        yield house


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder on the loop of their database."""
    on_one_loop(items, Path(__file__).parent)
