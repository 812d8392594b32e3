"""An office on an empty SQLite database; the use cases run on both in tests/services."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.program.keyring import key_set
from bot.program.operations import KEYS
from bridge.store.work import Store, open_store
from tests.contract.lasting import Lasting, empty, lasting, on_one_loop  # noqa: F401
from tests.contract.store_samples import vault
from tests.doubles.clocks import SetClock
from tests.services.house import START, House
from tests.unit.bot.inprocess import undone  # noqa: F401
from tests.unit.bot.office import Office


@pytest.fixture
def set_up(migrated: Path) -> Callable[[Path], None]:
    """Do in a folder what `parvis migrate` does there, in a hundredth of the time."""

    def made(home: Path) -> None:
        shutil.copy(migrated, home / "parvis.db")
        (home / "parvis.db").chmod(0o600)
        for use in KEYS:
            key_set(home / "keys", use, create=True)

    return made


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """The file of an empty database, for a test that looks into it."""
    copy = tmp_path / "parvis.db"
    shutil.copy(migrated, copy)
    return copy


@pytest.fixture
async def own(database: Path) -> AsyncIterator[Store]:
    """That database, opened."""
    clock = SetClock(START)
    async with open_store(f"sqlite:///{database}", vault=vault(), clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def lasting_url(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database for all tests in turn."""
    copy = tmp_path_factory.mktemp("lasting") / "parvis.db"
    shutil.copy(migrated, copy)
    return f"sqlite:///{copy}"


@pytest_asyncio.fixture(loop_scope="session")
async def kept(lasting_url: str, lasting: Lasting) -> Store:  # noqa: F811 - the fixture
    """An empty database, opened."""
    store = Store(await lasting(lasting_url), vault(), SetClock(START), alone=False)
    await empty(store)
    return store


@pytest.fixture
def office(kept: Store) -> Office:
    assert isinstance(kept.clock, SetClock)
    return Office(House(kept, kept.clock))


DATABASES = frozenset({"migrated", "lasting_url", "kept", "own"})
"""Fixtures with a database behind them: a test that has one is no part of `make unit`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    on_one_loop(items, here)
    for item in items:
        if item.path.is_relative_to(here) and DATABASES.intersection(item.fixturenames):  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.slow)
