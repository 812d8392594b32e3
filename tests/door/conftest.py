import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TypeAlias

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms
from bridge.ports import UnitsOfWork
from bridge.store.vault import Vault
from bridge.store.work import Store, open_store
from tests.door.house import START, House, open_house
from tests.doubles.ports import FakeMedia, FakePasses
from tests.servers import chromium
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.require import need
from tests.wiring import MEDIA, Media

Settled: TypeAlias = Callable[[Callable[[], Awaitable[object]], object], Awaitable[float]]


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "parvis.db"))


@pytest.fixture
async def works(database: Path) -> AsyncIterator[Store]:
    vault = Vault({"v1": b"\x01" * 32}, "v1")
    async with open_store(f"sqlite:///{database}", vault=vault, upgrade=False) as store:
        yield store


@pytest.fixture
async def house(works: Store) -> AsyncIterator[House]:
    """A door whose guests go on to Visio's own page."""
    async with open_house(works) as house:
        yield house


@pytest.fixture
async def salon_house(works: Store) -> AsyncIterator[House]:
    """A door whose guests the salon admits, as their meetings begin."""
    async with open_house(works, media=Media(FakeMedia(), FakePasses(), MEDIA)) as house:
        house.clock.set(START)
        yield house


@pytest.fixture
def settled() -> Settled:
    """Ask until the answer is the wanted one; return the seconds that it took."""

    async def ask(question: Callable[[], Awaitable[object]], wanted: object) -> float:
        began = monotonic()
        async with asyncio.timeout(10):
            while await question() != wanted:
                await asyncio.sleep(0.02)
        return monotonic() - began

    return ask


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    reason = chromium.missing()
    need(reason is None, reason or "")
    async with chromium.chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_browser() -> AsyncIterator[Browser]:
    """One for a whole file; each context has its own storage."""
    reason = chromium.missing()
    need(reason is None, reason or "")
    async with chromium.chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_works(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    """One database for a whole file; each test makes its own meetings."""
    database = shutil.copy(migrated, tmp_path_factory.mktemp("lasting") / "parvis.db")
    vault = Vault({"v1": b"\x01" * 32}, "v1")
    async with open_store(f"sqlite:///{database}", vault=vault, upgrade=False) as store:
        yield store


@pytest_asyncio.fixture(loop_scope="module")
async def lasting_house(lasting_works: Store) -> AsyncIterator[House]:
    """A door on that database, whose guests go on to Visio's own page."""
    async with open_house(lasting_works) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_salon_house(lasting_works: Store) -> AsyncIterator[House]:
    """One door for a whole file, whose guests the salon admits, as their meetings begin."""
    media = Media(FakeMedia(), FakePasses(), "ws://127.0.0.1:9")
    async with open_house(lasting_works, media=media) as house:
        house.clock.set(START)
        yield house


@pytest.fixture(scope="module")
def lasting_livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    """A media server for a whole file."""
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def livekit_house(
    lasting_livekit: LiveKit, lasting_works: UnitsOfWork
) -> AsyncIterator[House]:
    """A door whose meetings began five minutes ago: the media server's clock can't be set."""
    clock = SystemClock()
    async with open_session(max_body=MAX_ANSWER) as session:
        rooms = LiveKitRooms(session, lasting_livekit.ours, clock=clock)
        media = Media(rooms, LiveKitPasses(lasting_livekit.ours), lasting_livekit.ws_url)
        began = clock.now() - timedelta(minutes=65)
        async with open_house(lasting_works, media=media, now=began) as house:
            house.clock.set(clock.now())
            yield house
