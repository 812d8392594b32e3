"""A load generator in a process of its own: `python -m benchmarks.load PLAN`, a JSON file.

It speaks HTTP over bare sockets with requests made in advance, so that on a core of its own it
waits for the server and not the server for it. It prints a list of rates for each target.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from benchmarks.machine import pin

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Target:
    """A target for a list of requests; each is sent once, or over and over if `again`."""

    name: str
    port: int
    requests: Sequence[str]
    status: int = 200
    again: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds that alternate between the targets, with `count` requests each."""

    targets: Sequence[Target]
    rounds: int
    count: int
    warm: int
    """Requests to each target before the first round."""
    connections: int = 16

    def save(self, path: Path) -> None:
        """Save it for the load generator."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> "Plan":
        """Return a plan that was saved."""
        found = json.loads(path.read_text())
        targets = [Target(**each) for each in found.pop("targets")]
        return cls(targets=targets, **found)


class _Browser(asyncio.Protocol):
    """One connection: sends the next request as soon as the last answer is complete."""

    def __init__(self, requests: Iterator[bytes], status: int) -> None:
        self._requests = requests
        self._status = f" {status} ".encode()
        self._seen = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, separator, body = self._seen.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _LENGTH.search(head)
        if len(body) < (int(length[1]) if length else 0):
            return
        if self._status not in head[:16]:
            self._fail(RuntimeError(f"an unexpected answer: {self._seen[:300]!r}"))
            return
        self._seen = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self._transport.close()


async def _rate(target: Target, requests: Iterator[bytes], count: int, connections: int) -> float:
    """Send `count` requests; return how many were answered per second."""
    loop = asyncio.get_running_loop()
    share = islice(requests, count)
    begun = time.perf_counter()
    async with asyncio.timeout(_PATIENCE):
        browsers = [
            (
                await loop.create_connection(
                    lambda: _Browser(share, target.status), "127.0.0.1", target.port
                )
            )[1]
            for _ in range(connections)
        ]
        await asyncio.gather(*(browser.done for browser in browsers))
    return count / (time.perf_counter() - begun)


def _endless(target: Target) -> Iterator[bytes]:
    encoded = [request.encode() for request in target.requests]
    yield from encoded
    while target.again:
        yield from encoded


async def run(plan: Plan) -> dict[str, list[float]]:
    """Return each target's rates, a list of one for each round."""
    sent = {target.name: _endless(target) for target in plan.targets}
    rates: dict[str, list[float]] = {target.name: [] for target in plan.targets}
    for target in plan.targets:
        await _rate(target, sent[target.name], plan.warm, plan.connections)
    for number in range(plan.rounds):
        for target in plan.targets if number % 2 else reversed(plan.targets):
            rate = await _rate(target, sent[target.name], plan.count, plan.connections)
            rates[target.name].append(rate)
    return rates


if __name__ == "__main__":
    pin(1)
    print(json.dumps(asyncio.run(run(Plan.load(Path(sys.argv[1]))))), flush=True)
