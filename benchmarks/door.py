"""The door against a bare aiohttp handler: the page, a waiting page's status, the form."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.load import Plan, Target
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import Pair
from benchmarks.stock import Stock, stocked
from tests.servers.ports import free_ports
from tests.servers.processes import bound_to_us, running

BOUNDS = {
    "door.get": Bound("ratio", "≥", 0.5, "/s"),
    "door.status": Bound("ratio", "≥", 0.5, "/s"),
    "door.post": Bound("ratio", "≥", 0.6, "/s"),
    "door.post.full": Bound("value", "≥", 60, "/s"),
}
_POSTS, _GETS, _ROUNDS, _FEW = 250, 2000, 15, 200
_NAME = "name=Claire+Martin"


@dataclass(frozen=True, slots=True)
class Doors:
    """Ours and the bare one, on two copies of one database."""

    folder: Path
    stock: Stock
    ours: int
    bare: int

    async def rates(self, kind: str, options: Options) -> Pair:
        """Let the load generator ask both in turn; return requests per second."""
        posts = kind == "post"
        count, rounds = _POSTS if posts else _GETS, options.rounds(_ROUNDS)
        targets = [
            Target(
                name,
                port,
                list(_requests(kind, self.stock, port, count * (rounds + 1))),
                status=303 if posts else 200,
                again=not posts,
            )
            for name, port in (("ours", self.ours), ("bare", self.bare))
        ]
        path = self.folder / f"{kind}.json"
        Plan(targets, rounds=rounds, count=count).save(path)
        found = await _load(path)
        return Pair(found["ours"], found["bare"])


async def measure(options: Options) -> Sequence[Measure]:
    """Measure everything with `synchronous=NORMAL`, and the form with FULL too."""
    kinds = ("get", "status", "again", "post")
    async with _doors("NORMAL", options) as doors:
        rows = [_row(kind, await doors.rates(kind, options)) for kind in kinds]
    async with _doors("FULL", options) as doors:
        return [*rows, _row("post.full", await doors.rates("post", options))]


def _row(kind: str, pair: Pair) -> Measure:
    ours, bare = pair.medians()
    name = "status.again" if kind == "again" else kind
    return Measure(f"door.{name}", ours, "/s", bare)


def _requests(kind: str, stock: Stock, port: int, count: int) -> Iterator[str]:
    """Yield requests as a browser sends them.

    `status`: each page asks once, as one that asks every fifteen seconds or less often does;
    `again`: a few pages ask all the time.
    """
    match kind:
        case "get":
            for code in stock.codes[:_FEW]:
                yield _head("GET", f"/j/{code}", port) + "\r\n"
        case "status" | "again":
            visits = stock.visits if kind == "status" else stock.visits[:_FEW]
            for visit, secret in visits:
                cookie = f"Cookie: visit-{visit}={secret}\r\n"
                yield _head("GET", f"/m/{visit}/status", port) + cookie + "\r\n"
        case _:
            form = "application/x-www-form-urlencoded"
            lines = f"Origin: http://127.0.0.1:{port}\r\nContent-Type: {form}\r\n"
            lines += f"Content-Length: {len(_NAME)}\r\n\r\n{_NAME}"
            for code in stock.codes[:count]:
                yield _head("POST", f"/j/{code}", port) + lines


def _head(method: str, path: str, port: int) -> str:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"
        "Accept-Language: fr,fr-FR;q=0.8,en;q=0.3\r\nAccept-Encoding: gzip, deflate\r\n"
    )


@asynccontextmanager
async def _doors(synchronous: str, options: Options) -> AsyncIterator[Doors]:
    rounds = options.rounds(_ROUNDS) + 1
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        folder = Path(name)
        stock = await stocked(
            folder / "ours.db", links=_POSTS * rounds, waiting=max(_FEW, _GETS * rounds)
        )
        shutil.copy(folder / "ours.db", folder / "bare.db")
        ours, bare = free_ports(2)
        with ExitStack() as stack:
            stack.enter_context(_server("door_server", ours, folder / "ours.db", synchronous))
            await _keep_pages(folder, stock, ours)
            arguments = (folder / "bare.db", synchronous, folder)
            stack.enter_context(_server("bare_door", bare, *arguments))
            yield Doors(folder, stock, ours, bare)


@contextmanager
def _server(module: str, port: int, *arguments: object) -> Iterator[None]:
    argv = [*bound_to_us(), sys.executable, "-m", f"benchmarks.{module}", str(port)]
    with running([*argv, *map(str, arguments)], mark="READY"):
        yield


async def _keep_pages(folder: Path, stock: Stock, port: int) -> None:
    """Keep what the door answers, for the bare handler to answer the same."""
    visit, secret = stock.visits[0]
    asked: Mapping[str, str] = {"page": f"/j/{stock.codes[0]}", "status": f"/m/{visit}/status"}
    headers = {"Cookie": f"visit-{visit}={secret}", "Accept-Language": "fr"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:
        for name, path in asked.items():
            async with session.get(path) as answer:
                answer.raise_for_status()
                (folder / name).write_bytes(await answer.read())


async def _load(plan: Path) -> dict[str, list[float]]:
    process = await asyncio.create_subprocess_exec(
        *bound_to_us(), sys.executable, "-m", "benchmarks.load", str(plan),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    found: dict[str, list[float]] = json.loads(output)
    return found


SUBJECT = Subject("door", measure, BOUNDS)
