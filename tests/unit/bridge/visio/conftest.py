"""An instance and a client of it, on real sockets, with a clock that the test sets."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bridge.http import open_session
from bridge.visio import VisioClient
from tests.doubles.clocks import SetClock
from tests.doubles.visio import VisioDouble
from tests.unit.bridge.visio.kit import NOW, TIMEOUTS, access


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
async def visio(clock: SetClock) -> AsyncIterator[VisioDouble]:
    async with VisioDouble(clock=clock) as double:
        yield double


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(reuse=False) as session:
        yield session


@pytest.fixture
def client(visio: VisioDouble, session: ClientSession, clock: SetClock) -> VisioClient:
    return VisioClient(session, access(visio.url, visio), clock=clock, timeouts=TIMEOUTS)
