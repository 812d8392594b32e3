"""The cost to the door of waiting guests: each has a stream open, and learns of admission by it."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from benchmarks import browsers
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.stock import ORGANISER, Stock, stocked
from bridge.clock import SystemClock
from bridge.domain.admission import LIVEKIT
from bridge.ids import UserId
from bridge.services.enforcement.ejection import Ejections
from bridge.services.seats.decisions import Seats
from bridge.services.tools import Tools
from bridge.store import Vault, open_store
from config.logs import configure
from federation.door.cookies import visit_of
from tests.defaults import default_policy
from tests.doubles.ports import FakeMedia, FakePasses
from tests.servers.ports import free_ports
from tests.servers.processes import bound_to_us, running
from tests.services.admissions import held

BOUNDS = {
    "wait.1000.cpu": Bound("value", "≤", 10, "% of a core"),
    "wait.1000.memory": Bound("value", "≤", 100, "MiB"),
}
_GUESTS, _MEETINGS = 1000, 50
_SECONDS, _QUICK = 60.0, 20.0
"""Longer than any page waits for data."""
_ADMITTED = 20
_AT_ONCE = 50
_PATIENCE = 60.0


@dataclass(slots=True)
class Page:
    """A guest's page, which listens; kept small, since a thousand share this process."""

    visit: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def state(self) -> str:
        """Return the next state that it receives."""
        while True:
            line = await self.reader.readline()
            if not line:
                raise ConnectionError("the door ended a stream")
            if line.startswith(b"data: "):
                return str(json.loads(line.removeprefix(b"data: "))["state"])

    async def becomes(self, state: str) -> float:
        """Listen until it receives this state; return the moment."""
        while await self.state() != state:
            pass
        return perf_counter()


async def measure(options: Options) -> Sequence[Measure]:
    """Have a thousand guests wait, and then admit some, from another process."""
    configure(level="warning", form="json", stream=sys.stderr)  # each admission logs a line
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        database = Path(name) / "parvis.db"
        stock = await stocked(
            database,
            links=_GUESTS,
            waiting=_GUESTS,
            meetings=_MEETINGS,
            ahead=timedelta(),
        )
        (port,) = free_ports(1)
        door = [sys.executable, "-m", "benchmarks.door_server", str(port), str(database), "NORMAL"]
        with running([*bound_to_us(), *door, "livekit"], mark="READY") as process:
            server = psutil.Process(process.popen.pid)
            idle = server.memory_info().rss
            async with _pages(stock, port) as pages:
                share = await _busy(server, _QUICK if options.quick else _SECONDS)
                held = server.memory_info().rss - idle
                told = await _admissions(database, pages[: options.rounds(_ADMITTED)])
    return [
        Measure("wait.1000.cpu", share * 100, "% of a core"),
        Measure("wait.1000.memory", held / 2**20, "MiB"),
        Measure("wait.1000.told", max(told) * 1000, "ms"),
        Measure("wait.1000.told.p50", median(told) * 1000, "ms"),
    ]


async def _busy(server: psutil.Process, seconds: float) -> float:
    before, began = sum(server.cpu_times()[:2]), perf_counter()
    await asyncio.sleep(seconds)
    return (sum(server.cpu_times()[:2]) - before) / (perf_counter() - began)


@asynccontextmanager
async def _pages(stock: Stock, port: int) -> AsyncIterator[list[Page]]:
    requests = list(browsers.streams(stock, port, _GUESTS))
    turn = asyncio.Semaphore(_AT_ONCE)
    pages: list[Page] = []

    async def open_one(visit: str, request: str) -> None:
        async with turn:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 12)
            writer.write(request.encode())
            page = Page(visit, reader, writer)
            pages.append(page)
            assert await page.state() == "waiting"

    try:
        async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
            for (visit, _), request in zip(stock.visits, requests, strict=False):
                group.create_task(open_one(visit, request))
        yield pages
    finally:
        for page in pages:
            page.writer.close()


async def _admissions(database: Path, pages: Sequence[Page]) -> list[float]:
    """Admit guests one by one; return after how many seconds each page learnt it."""
    clock, found = SystemClock(), []
    vault = Vault({"k1": bytes(32)}, "k1")
    async with open_store(f"sqlite:///{database}", vault=vault) as store:
        tools = Tools(store, clock, default_policy(mode=LIVEKIT))
        seats = Seats(tools, Ejections(tools, FakeMedia()), FakePasses(), "")
        for page in pages:
            async with store() as work:
                await seats.decide(
                    work,
                    await held(work, visit_of(page.visit), tools.policy),
                    admit=True,
                    by=UserId(ORGANISER),
                )
            began = perf_counter()
            async with asyncio.timeout(_PATIENCE):
                found.append(await page.becomes("admitted") - began)
    return found


SUBJECT = Subject("wait", measure, BOUNDS)
