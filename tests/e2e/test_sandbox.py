"""The sandbox itself: what it leaves behind, and the page where its agents meet."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitRooms
from tests.doubles.visio import VisioDouble
from tests.doubles.visio_world import Room
from tests.sandbox import agent
from tests.sandbox.__main__ import demo
from tests.sandbox.story import NAMES
from tests.servers import chromium, livekit
from tests.servers.require import need

pytestmark = pytest.mark.long


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
async def test_a_sandbox_that_is_ended_leaves_no_folder(
    how: signal.Signals, tmp_path: Path
) -> None:
    """There are passwords in it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "tests.sandbox",
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(90):
        while "est prêt" not in (await process.stdout.readline()).decode():
            assert process.returncode is None
    assert list(tmp_path.iterdir())
    process.send_signal(how)
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert list(tmp_path.iterdir()) == []
    assert process.returncode == 0
    assert "Traceback" not in errors.decode()


async def test_a_program_that_ends_at_once_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ends = (sys.executable, "-c", "raise SystemExit('no room on this machine')")
    assert await demo(once=True, program=ends) == 1
    said = capsys.readouterr().err
    assert said.startswith("\nNOT HELD: parvis run ended with 1")
    assert "no room on this machine" in said


async def test_an_agent_meets_on_the_sandboxs_own_page(tmp_path: Path) -> None:
    need(chromium.missing() is None, chromium.missing() or "")
    need(livekit.missing() is None, livekit.missing() or "")
    with livekit.livekit(tmp_path) as server:
        async with (
            VisioDouble() as visio,
            chromium.chromium() as browser,
            chromium.open_page(browser) as page,
            open_session(max_body=MAX_ANSWER) as session,
        ):
            room = Room(owner=visio.world.users[0].id, level="trusted", configuration={}, pin=None)
            visio.world.rooms.append(room)
            agent.meets_here(visio, server, NAMES)
            await page.goto(f"{visio.url}/{room.slug}")
            await page.get_by_role("link", name="Alice Martin").click()
            await expect(page.locator("#state")).to_have_text("Vous êtes dans la réunion.")
            await page.get_by_role("button", name="Caméra").click()
            await expect(page.locator("#camera")).to_have_text("Caméra (en marche)")
            rooms = LiveKitRooms(session, server.ours, clock=SystemClock())
            assert [one.name for one in await rooms.participants(room.id)] == ["Alice Martin"]
            await page.get_by_role("button", name="Quitter").click()
            await expect(page.locator("#state")).to_have_text("Vous avez quitté la réunion.")
