"""The door against a bare aiohttp handler: the page, a waiting page's status, the form."""

import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks import browsers
from benchmarks.commands import finished
from benchmarks.load import Plan, Target
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.stock import Stock, stocked
from tests.servers.ports import free_ports
from tests.servers.processes import bound_to_us, running

BOUNDS = {
    "door.get": Bound("ratio", "≥", 0.5, "/s"),
    "door.status": Bound("ratio", "≥", 0.5, "/s"),
    "door.post": Bound("ratio", "≥", 0.6, "/s"),
    "door.post.full": Bound("value", "≥", 60, "/s"),
}
_ROUNDS, _GETS, _ASKS, _POSTS = 15, 2000, 1000, 250
_WAITING = 6000
"""Waiting pages. Each asks again after more than a second, since a real one takes 15 or more."""
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Our door and the bare one, on copies of one database."""

    folder: Path
    stock: Stock
    ours: int
    bare: int

    async def page(self, rounds: int) -> list[Measure]:
        """Measure the page of a link."""
        ours, bare = (
            Target(name, port, list(browsers.pages(self.stock, port)))
            for name, port in (("ours", self.ours), ("bare", self.bare))
        )
        found = await self._rates([ours, bare], rounds, count=_GETS, warm=_GETS)
        return [Measure("door.get", found["ours"], "/s", found["bare"])]

    async def status(self, name: str, waiting: int, rounds: int) -> list[Measure]:
        """Measure the status requests of so many waiting pages, one after the other."""
        ours, bare = (
            Target(name, port, list(browsers.questions(self.stock, port, waiting)))
            for name, port in (("ours", self.ours), ("bare", self.bare))
        )
        found = await self._rates([ours, bare], rounds, count=_ASKS, warm=waiting)
        return [Measure(name, found["ours"], "/s", found["bare"])]

    async def form(self, name: str, rounds: int) -> list[Measure]:
        """Measure the form; its peer executes the same statements, in two ways."""
        ways = (
            ("ours", self.ours, "j"),
            ("engines", self.bare, "j"),
            ("sqlite", self.bare, "sqlite"),
        )
        targets = [
            Target(
                way,
                port,
                list(browsers.forms(self.stock, port, under=under)),
                status=303,
                again=False,
            )
            for way, port, under in ways
        ]
        found = await self._rates(targets, rounds, count=_POSTS, warm=_POSTS)
        return [
            Measure(name, found["ours"], "/s", found["engines"]),
            Measure(f"{name}.aiosqlite", found["ours"], "/s", found["sqlite"]),
        ]

    async def _rates(
        self, targets: Sequence[Target], rounds: int, *, count: int, warm: int
    ) -> Mapping[str, float]:
        path = self.folder / "plan.json"
        Plan(targets, rounds=rounds, count=count, warm=warm).save(path)
        argv = [sys.executable, "-m", "benchmarks.load", str(path)]
        found = json.loads(await finished(argv, patience=_PATIENCE))
        return {name: median(rates) for name, rates in found.items()}


async def measure(options: Options) -> Sequence[Measure]:
    """Measure everything with `synchronous=NORMAL`, and the form with FULL too."""
    rounds = options.rounds(_ROUNDS)
    async with opened("NORMAL", rounds) as doors:
        rows = [
            *await doors.page(rounds),
            *await doors.status("door.status", _WAITING, rounds),
            *await doors.status("door.status.again", browsers.FEW, rounds),
            *await doors.form("door.post", rounds),
        ]
    async with opened("FULL", rounds) as doors:
        return [*rows, *await doors.form("door.post.full", rounds)]


@asynccontextmanager
async def opened(synchronous: str, rounds: int) -> AsyncIterator[Doors]:
    """Start both, with enough links for that many rounds of forms and one to warm up."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        folder = Path(name)
        links = _POSTS * (rounds + 1)
        stock = await stocked(folder / "ours.db", links=links, waiting=_WAITING)
        for peer in ("engines", "sqlite"):
            shutil.copy(folder / "ours.db", folder / f"{peer}.db")
        ours, bare = free_ports(2)
        with ExitStack() as stack:
            stack.enter_context(_server("door_server", ours, folder / "ours.db", synchronous))
            await _keep_pages(folder, stock, ours)
            stack.enter_context(_server("bare_door", bare, folder, synchronous))
            yield Doors(folder, stock, ours, bare)


@contextmanager
def _server(module: str, port: int, *arguments: object) -> Iterator[None]:
    argv = [*bound_to_us(), sys.executable, "-m", f"benchmarks.{module}", str(port)]
    with running([*argv, *map(str, arguments)], mark="READY"):
        yield


async def _keep_pages(folder: Path, stock: Stock, port: int) -> None:
    """Save the door's responses, so that the bare handler answers the same."""
    visit, secret = stock.visits[0]
    asked = {"page": f"/j/{stock.codes[0]}", "status": f"/m/{visit}/status"}
    headers = {"Cookie": f"visit-{visit}={secret}", "Accept-Language": "fr"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:
        for name, path in asked.items():
            async with session.get(path) as answer:
                answer.raise_for_status()
                (folder / name).write_bytes(await answer.read())


SUBJECT = Subject("door", measure, BOUNDS)
