"""Calls and events, as JSON lines, to and from a Node program that ends with us."""

import asyncio
import collections
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from tests.servers.node import NODE
from tests.servers.processes import bound_to_us

LONGEST_LINE = 1 << 24


class PeerError(RuntimeError):
    """The program refused or died; its own words, and what it last logged."""


class Wire:
    """A running program that answers calls and tells of events."""

    def __init__(
        self, process: asyncio.subprocess.Process, hear: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        """`hear` is given each event, in order."""
        self._process = process
        self._hear = hear
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._made = 0
        self._log: collections.deque[str] = collections.deque(maxlen=30)
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep_log())]

    @classmethod
    async def open(cls, program: Path, hear: Callable[[dict[str, Any]], Awaitable[None]]) -> "Wire":
        """Start the program."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *bound_to_us(),
            str(NODE),
            str(program),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            limit=LONGEST_LINE,
        )
        return cls(process, hear)

    async def call(self, name: str, given: Mapping[str, Any], *, timeout: float) -> Any:
        """Return the program's answer. Raises PeerError, TimeoutError."""
        self._made += 1
        number = self._made
        answer = self._calls[number] = asyncio.get_running_loop().create_future()
        try:
            await self._write({"id": number, "call": name, "with": given})
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            raise TimeoutError(f"{name} took over {timeout} s: {self._tail()}") from None
        finally:
            del self._calls[number]

    async def close(self) -> None:
        """End the program: it stops by itself when nobody writes to it any more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await asyncio.gather(*self._tasks)

    async def _write(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        if self._tasks[0].done():
            raise PeerError(f"the program has ended: {self._tail()}")
        with contextlib.suppress(ConnectionError):  # it died just now: _listen tells the caller
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            await self._process.stdin.drain()

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "event" in said:
                await self._hear(said["event"])
            elif answer := self._calls.get(said["id"]):
                _settle(answer, said)
        for answer in self._calls.values():
            _settle(answer, {"error": f"the program has ended: {self._tail()}"})

    async def _keep_log(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._log.append(line.decode(errors="replace"))

    def _tail(self) -> str:
        return "".join(self._log)


def _settle(answer: asyncio.Future[Any], said: Mapping[str, Any]) -> None:
    if answer.done():
        return
    if "error" in said:
        answer.set_exception(PeerError(said["error"]))
    else:
        answer.set_result(said["result"])
