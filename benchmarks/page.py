"""The page where guests meet: its size, and how soon after ✅ a guest sees somebody."""

import asyncio
import gzip
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from playwright.async_api import Browser, Page

from benchmarks.rows import Bound, Measure, Options, Subject
from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms
from bridge.store import Store, Vault, open_store
from config.logs import configure
from federation.door.statics import JOIN, assets
from tests.door.house import House, Link, open_house
from tests.door.test_in_a_browser import fill_in
from tests.servers.chromium import chromium, open_page
from tests.servers.livekit import LiveKit, livekit
from tests.wiring import Media

BOUNDS = {
    "page.first": Bound("value", "≤", 30, "kB"),
    "page.all": Bound("value", "≤", 350, "kB"),
    "join.firstframe": Bound("value", "≤", 2000, "ms"),
}
_GUESTS = 15
_PATIENCE = 30.0
_LOOK = 0.005
_FIRST = (JOIN, "inside.js")
_DECODED = """() => {
  const video = document.querySelector("#tiles li:not(.own) video");
  return !!video && video.getVideoPlaybackQuality().totalVideoFrames > 0;
}"""


_READY = """
performance.getEntriesByType("resource").some((one) => one.name.includes("/meeting.")) &&
document.querySelector("#preview").videoWidth > 0
"""
"""The state after some seconds of waiting: the media part is loaded, and the camera open."""


async def measure(options: Options) -> Sequence[Measure]:
    """Weigh the scripts, then admit guests, one by one, to a meeting where somebody is already."""
    configure(level="warning", form="json", stream=sys.stderr)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    rounds = options.rounds(_GUESTS)
    found = {}
    with (
        tempfile.TemporaryDirectory(prefix="parvis-bench-") as name,
        livekit(Path(name) / "livekit") as server,
    ):
        for row, together in (("join.firstframe", True), ("join.firstframe.apart", False)):
            async with _house(f"sqlite:///{name}/{row}.db", server, together=together) as house:
                found[row] = await _frames(house, rounds)
    return [
        *_weights(),
        *(Measure(row, max(times) * 1000, "ms") for row, times in found.items()),
        *(Measure(f"{row}.p50", median(times) * 1000, "ms") for row, times in found.items()),
    ]


def _weights() -> list[Measure]:
    """Return kilobytes as transferred: every script that such a page loads, in gzip."""
    shipped = assets()
    by_path = {path.rpartition("/")[2]: source for source, path in shipped.paths.items()}
    sizes = {
        by_path[name]: len(gzip.compress(asset.body, 9)) / 1000
        for name, asset in shipped.files.items()
        if name.endswith(".js") and by_path[name] != "wait.js"  # of earlier pages
    }
    first = sum(sizes[name] for name in _FIRST)
    return [Measure("page.first", first, "kB"), Measure("page.all", sum(sizes.values()), "kB")]


@asynccontextmanager
async def _house(url: str, server: LiveKit, *, together: bool) -> AsyncIterator[House]:
    """Open a door; `together` with the services that decide and notify it, or else it polls."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        vault = Vault({"k1": bytes(32)}, "k1")
        store = await stack.enter_async_context(open_store(url, vault=vault))
        session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
        rooms = LiveKitRooms(session, server.ours, clock=clock)
        media = Media(rooms, LiveKitPasses(server.ours), server.ws_url)
        news = partial(_touched, store) if together else None
        began = clock.now() - timedelta(minutes=65)
        opening = open_house(store, media=media, now=began, news=news)
        house = await stack.enter_async_context(opening)
        house.clock.set(clock.now())
        yield house


def _touched(store: Store, look: Callable[[], None]) -> Callable[[], None]:
    return store.on_commit(lambda changes: look() if changes.guests else None)


async def _frames(house: House, rounds: int) -> list[float]:
    """Return after how many seconds each guest saw the picture of a person who was there before."""
    async with chromium() as browser, open_page(browser) as first:
        link = await house.invite()
        await house.decide(await _waits(first, house, link))
        await _true(first, "document.body.dataset.stage === 'meeting'")
        return [await _admitted(browser, house, link) for _ in range(rounds)]


async def _admitted(browser: Browser, house: House, link: Link) -> float:
    other = await house.invite_to(link.meeting, link.occurrence)
    async with open_page(browser) as page:
        async with page.expect_response("**/events"):
            path = await _waits(page, house, other)
        await _true(page, _READY)
        began = perf_counter()
        await house.decide(path)
        await _true(page, _DECODED)
        return perf_counter() - began


async def _waits(page: Page, house: House, link: Link) -> str:
    await page.goto(f"{house.url}/j/{link.code}")
    await fill_in(page, "fr")
    await _true(page, "document.querySelector('#join')?.dataset.state === 'waiting'")
    return page.url.removeprefix(house.url)


async def _true(page: Page, expression: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not await page.evaluate(expression):
            await asyncio.sleep(_LOOK)


SUBJECT = Subject("page", measure, BOUNDS)
