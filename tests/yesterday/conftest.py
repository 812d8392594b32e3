"""An installation of an earlier program, and today's program on it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.program.operations import migrated
from config.settings import Settings
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


@pytest.fixture
def settings(upgraded: Path, tmp_path: Path) -> Settings:
    """The recorded settings; the database beside them has today's schema."""
    shutil.copytree(upgraded, tmp_path, dirs_exist_ok=True)
    return read(tmp_path)


@pytest.fixture
async def program(settings: Settings) -> AsyncIterator[Program]:
    """Today's program, five minutes later."""
    async with started(settings) as running:
        yield running
