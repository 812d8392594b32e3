"""An installation of an earlier program, and today's program on it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.program.operations import migrated
from config.settings import Settings
from tests.contract.conftest import cluster  # noqa: F401 - the fixture
from tests.servers.postgres import Cluster
from tests.yesterday.copying import copied
from tests.yesterday.installation import Program, put_back, read, started


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded files after `parvis migrate`, to copy."""
    home = tmp_path_factory.mktemp("yesterday")
    put_back(home)
    before, after = asyncio.run(migrated(read(home)))
    assert before is not None
    assert after is not None
    assert before < after
    return home


@pytest.fixture(scope="session")
def upgraded_postgres(cluster: Cluster) -> str:  # noqa: F811 - the fixture
    """The same in a PostgreSQL database, to copy."""
    return asyncio.run(cluster.create_template(copied))


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on."""
    if request.param == "postgresql":
        request.getfixturevalue("upgraded_postgres")  # made here, where no event loop runs
    return str(request.param)


@pytest.fixture
async def settings(
    database: str, upgraded: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Settings]:
    """The recorded settings; the database has today's schema."""
    shutil.copytree(upgraded, tmp_path, dirs_exist_ok=True)
    found = read(tmp_path)
    if database == "sqlite":
        yield found
        return
    cluster: Cluster = request.getfixturevalue("cluster")  # noqa: F811
    url = await cluster.create_database(template=request.getfixturevalue("upgraded_postgres"))
    store = found.store.model_copy(update={"url": SecretStr(url)})
    yield found.model_copy(update={"store": store})
    await cluster.drop_database(url)


@pytest.fixture
async def program(settings: Settings) -> AsyncIterator[Program]:
    """Today's program, five minutes later."""
    async with started(settings) as running:
        yield running
