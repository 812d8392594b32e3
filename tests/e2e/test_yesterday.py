"""The installed program takes over from an earlier one: `parvis migrate`, `parvis run`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import ClientSession, DummyCookieJar

from bridge.clock import SystemClock
from tests.e2e.worlds import Installed
from tests.sandbox.world import Parvis
from tests.servers import faketime
from tests.servers.ports import free_ports
from tests.servers.require import need
from tests.yesterday.browser import LEADS, Browser
from tests.yesterday.installation import LATER, put_back

TRIED = ("jean@partenaire.example", "retire@autre.example", "ana@partner.example")
"""Guests with a working, a withdrawn and an early link; tests/yesterday tries them all."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
async def parvis(installed: Installed, tmp_path: Path) -> AsyncIterator[Parvis]:
    """The program five minutes after the earlier one was stopped, and no server around it."""
    need(not faketime.missing(), faketime.missing() or "")
    wall = faketime.WallClock(tmp_path / "clock")
    wall.set(LATER - SystemClock().now())
    door, admin = free_ports(2)
    made = Parvis(
        folder=tmp_path,
        settings=put_back(tmp_path),
        program=installed.program,
        door=f"http://127.0.0.1:{door}",
        admin=f"http://127.0.0.1:{admin}",
        environment={
            **installed.environment,
            **wall.environment,
            "PARVIS_DOOR__PORT": str(door),
            "PARVIS_ADMIN__PORT": str(admin),
        },
    )
    yield made
    await made.stop()


async def test_it_takes_over(parvis: Parvis) -> None:
    code, said, errors = await parvis.run("migrate")
    assert code == 0, errors
    assert "0006" in said
    await parvis.spawn()
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        browser = Browser(session, parvis.door)
        await opened(browser, parvis)
        for whose in TRIED:
            assert await browser.tries(whose) == LEADS[whose]
    assert await parvis.stop() == 0
    assert "Traceback" not in parvis.log()


async def opened(browser: Browser, parvis: Parvis) -> None:
    """Return once the door answers."""
    while True:
        try:
            await browser.read("/")
        except aiohttp.ClientConnectionError:
            assert parvis.process is not None
            assert parvis.process.returncode is None, parvis.log()
            await asyncio.sleep(0.05)
        else:
            return
