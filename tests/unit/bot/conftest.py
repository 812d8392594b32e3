"""An office on an empty SQLite database; the use cases run on both in tests/services."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store.schema import migrate
from bridge.store.work import Store, open_store
from tests.contract.store_samples import vault
from tests.doubles.ports import SetClock
from tests.services.house import START, House
from tests.unit.bot.office import Office


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our schema, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "parvis.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """The file of an empty database."""
    copy = tmp_path / "parvis.db"
    shutil.copy(migrated, copy)
    return copy


@pytest.fixture
async def kept(database: Path) -> AsyncIterator[Store]:
    """An empty database, opened."""
    clock = SetClock(START)
    async with open_store(f"sqlite:///{database}", vault=vault(), clock=clock) as opened:
        yield opened


@pytest.fixture
def office(kept: Store) -> Office:
    assert isinstance(kept.clock, SetClock)
    return Office(House(kept, kept.clock))
