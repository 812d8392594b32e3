"""Whole processes of Parvis from the installed wheel, against real servers.

One homeserver per worker; a world, with its own bot, per module; a salon per test.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.house import Doorway, House
from tests.e2e.worlds import Installed, open_house
from tests.servers.forks import forks
from tests.servers.require import need
from tests.servers.synapse import Synapse, running_synapse

WHEEL = Path(os.environ.get("PARVIS_WHEEL") or Path(__file__).parents[2] / "build" / "wheel")
PACKAGES = ("bot", "bridge", "config", "federation")
IMPORTED = ("bot.program.cli", "bot.program.app")
"""Modules with all that a process of Parvis imports."""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The wheel as `make wheel` unpacked it, and nothing of the checkout, imported once."""
    need((WHEEL / "built").exists(), "build/wheel is missing (make wheel)")
    found = Installed(WHEEL)
    asked = f"import {', '.join(PACKAGES)}; print(*({'.__file__, '.join(PACKAGES)}.__file__,))"
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env={**os.environ, **found.environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert all(Path(file).is_relative_to(WHEEL) for file in answer.stdout.split()), answer.stdout
    with forks(IMPORTED, found.environment) as started:
        yield replace(found, forks=started)


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver shared by all tests of this worker."""
    with running_synapse(tmp_path_factory.mktemp("synapse")) as homeserver:
        yield homeserver


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """Parvis in its usual state, with Alice and Bob."""
    async with open_house(installed, synapse) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def door() -> AsyncIterator[Doorway]:
    """Guests."""
    doorway = Doorway()
    yield doorway
    await doorway.close()
