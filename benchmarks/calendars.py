"""Agents' calendars: what a look costs that finds nothing new, and what a large calendar costs.

The server is a canned one in another process, on another core; the peer sends the same requests by
bare aiohttp, in rounds that alternate with ours. All costs are processor time of this process: one
core's, whatever else the machine does.
"""

import asyncio
import gc
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from lxml import etree

from benchmarks.calendar_latency import followed
from benchmarks.calendar_server import LARGE
from benchmarks.calendar_stage import EVENTS, Gaps, Stage, canned, staged
from benchmarks.machine import pin
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median
from bridge.caldav.bodies import CALENDARS, ETAGS, multiget, propfind, sync_collection
from bridge.caldav.fetching import AT_ONCE
from config.logs import configure

BOUNDS = {
    "poll.idle": Bound("ratio", "≥", 0.6, "/s"),
    "poll.memory": Bound("value", "≤", 2, "KiB"),
    "sync.first10k": Bound("ratio", "≤", 2, "s"),
    "sync.latency": Bound("value", "≤", 2, "s"),
    "sync.gap": Bound("value", "≤", 50, "ms"),
}
_ROUNDS, _LARGE_ROUNDS, _MOVES = 5, 5, 10
_IDLE = 2_000
_GROWN = (1_000, 10_000)
"""Linked calendars."""
_AT_ONCE, _CONNECTIONS = 60, 8
"""Polls at the same time, and connections to one host, as ours."""
_DAV = "{DAV:}"


async def measure(options: Options) -> Sequence[Measure]:
    """Poll accounts that are idle, then read a large calendar for the first time, and once more."""
    configure(level="error", form="json", stream=sys.stderr)
    pin(0)
    gc.freeze()  # as the program does after its imports
    part = 10 if options.quick else 1
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name, canned() as base:
        folder = Path(name)
        async with staged(f"sqlite:///{folder}/large.db", base) as stage:
            large = await _large(stage, options)
        latency = await followed(folder, options.rounds(_MOVES))
        async with staged(f"sqlite:///{folder}/idle.db", base) as stage:
            idle = await _idle(stage, options, _IDLE // part)
            return [
                *idle,
                *await _grown(stage, part),
                *large,
                Measure("sync.latency", max(latency), "s"),
            ]


# --- idle -----------------------------------------------------------------------------------


async def _idle(stage: Stage, options: Options, count: int) -> Sequence[Measure]:
    """Compare idle polls with bare requests; measure what they leave in memory before."""
    await stage.link(count)
    held = await _held(stage)
    ours, bare = list[float](), list[float]()
    for _ in range(options.rounds(_ROUNDS)):
        bare.append(await _asked(stage.base, count))
        ours.append(await stage.polled(stage.accounts))
    return [
        Measure("poll.idle", count / median(ours), "/s", count / median(bare)),
        Measure("poll.memory", held / 1024, "KiB"),
    ]


async def _held(stage: Stage) -> float:
    """Return the bytes that a process keeps for each account that it polled."""
    some = stage.accounts[:200]
    await stage.polled(some)  # connections, compiled statements
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(2):
        await stage.polled(stage.accounts)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return max(after - before, 0) / (len(stage.accounts) - len(some))


async def _asked(base: str, count: int) -> float:
    """Send the same PROPFIND for as many accounts; return the seconds of processor time."""
    body = propfind(CALENDARS).encode()
    left = iter(range(count))

    async def ask() -> None:
        for number in left:
            user = f"agent{number}"
            headers = {"Depth": "1", "Authorization": aiohttp.encode_basic_auth(user, "word")}
            url = f"{base}/dav/{user}/"
            async with session.request("PROPFIND", url, data=body, headers=headers) as answer:
                assert answer.status == 207
                await answer.read()

    async with _bare() as session:
        began = time.process_time()
        await asyncio.gather(*[ask() for _ in range(_AT_ONCE)])
        return time.process_time() - began


async def _grown(stage: Stage, part: int) -> Sequence[Measure]:
    """Return what a poll costs among few linked calendars, and among many."""
    few, many = (one // part // 2 for one in _GROWN)
    if len(stage.accounts) < many:
        await stage.link(many - len(stage.accounts))
    rows = []
    least: float | None = None
    for count in (few, many):
        polled = stage.accounts[:count]
        await stage.polled(polled)
        each = median([await stage.polled(polled) / count * 1000 for _ in range(3)])
        rows.append(Measure(f"poll.grow.{count * 2}", each, "ms", least))
        least = least or each
    return rows


# --- large ----------------------------------------------------------------------------------


async def _large(stage: Stage, options: Options) -> Sequence[Measure]:
    """Compare the first look at a large calendar, and one after a change, with bare requests."""
    first, bare, changed, asked, gaps = (list[float]() for _ in range(5))
    await _whole(stage.base)
    for _ in range(options.rounds(_LARGE_ROUNDS)):
        bare.append(await _whole(stage.base))
        stage.work = stage.fresh()
        account = await stage.link_large()
        first.append(await stage.polled([account]))
        for _ in range(3):
            await _change(stage.base)
            changed.append(await stage.polled([account]) * 1000)
            asked.append(await _once(stage.base) * 1000)
        await stage.unlink(account)
        gaps.append(await _gap(stage))
    return [
        Measure("sync.first10k", median(first), "s", median(bare)),
        Measure("sync.gap", median(gaps), "ms"),
        Measure("sync.change10k", median(changed), "ms", median(asked)),
    ]


async def _gap(stage: Stage) -> float:
    """Return the longest gap of a first look, in ms; watching for it costs time of its own."""
    stage.work = stage.fresh()
    account = await stage.link_large()
    watched = Gaps()
    watching = asyncio.create_task(watched.watch())
    await stage.polled([account])
    watching.cancel()
    await stage.unlink(account)
    return watched.longest * 1000


async def _whole(base: str) -> float:
    """List a calendar, get all its events, and take path, ETag and text of each."""
    found: dict[str, str] = {}
    async with _bare() as session:
        began = time.process_time()
        url = f"{base}/dav/{LARGE}/0/"
        paths = [href for href, _, _ in await _told(session, "PROPFIND", url, propfind(ETAGS))]
        paths = sorted(one for one in paths if one.endswith(".ics"))
        for start in range(0, len(paths), AT_ONCE):
            asked = multiget(paths[start : start + AT_ONCE])
            found |= {href: text for href, _, text in await _told(session, "REPORT", url, asked)}
        took = time.process_time() - began
    assert len(found) == EVENTS
    return took


async def _once(base: str) -> float:
    """Send the three requests that a look at one change takes."""
    async with _bare() as session:
        began = time.process_time()
        url = f"{base}/dav/{LARGE}/0/"
        await _told(session, "PROPFIND", f"{base}/dav/{LARGE}/", propfind(CALENDARS))
        paths = [one for one, _, _ in await _told(session, "REPORT", url, sync_collection("7"))]
        await _told(session, "REPORT", url, multiget(paths))
        return time.process_time() - began


async def _change(base: str) -> None:
    async with _bare() as session, session.put(f"{base}/dav/{LARGE}/0/1.ics", data=b"") as answer:
        await answer.read()


async def _told(
    session: aiohttp.ClientSession, method: str, url: str, body: str
) -> list[tuple[str, str, str]]:
    """Return path, ETag and text of each member of an answer."""
    headers = {"Depth": "1"}
    async with session.request(method, url, data=body.encode(), headers=headers) as answer:
        assert answer.status == 207
        root = etree.fromstring(await answer.read())
    return list(_members(root))


def _members(root: Iterable[etree._Element]) -> Iterable[tuple[str, str, str]]:
    for one in root:
        if one.tag == f"{_DAV}response":
            data = one.findtext(".//{urn:ietf:params:xml:ns:caldav}calendar-data") or ""
            yield one.findtext(f"{_DAV}href") or "", one.findtext(f".//{_DAV}getetag") or "", data


@asynccontextmanager
async def _bare() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=_CONNECTIONS)
    headers = {"Content-Type": "application/xml"}
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=headers
    ) as session:
        yield session


SUBJECT = Subject("calendars", measure, BOUNDS)
