"""The sandbox with a second bot in it: the peer, in a process of its own as ours is."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import psutil

from benchmarks import echo_bot
from benchmarks.asker import Asker, Bot
from benchmarks.statistics import Pair
from tests.sandbox.world import World, world
from tests.servers.matrix_client import matrix_user
from tests.servers.processes import bound_to_us, running

_CARD = "Rejoindre la réunion"
_PAUSE = 0.1
"""Seconds between two questions, so that one bot's later work does not count in the other's
time."""

Rooms: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""Our salons, and the peer's."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The asker, and the two bots with their processes."""

    made: World
    asker: Asker
    bots: tuple[Bot, Bot]
    """Ours first."""
    processes: tuple[psutil.Process, psutil.Process]

    def seconds(self) -> tuple[float, float]:
        """Return the processor time that both have used."""
        ours, peer = (sum(process.cpu_times()[:2]) for process in self.processes)
        return ours, peer

    async def idle(self, rest: float) -> tuple[float, float]:
        """Return the processor time that each uses in a second in which nobody asks anything."""
        before = self.seconds()
        await asyncio.sleep(rest)
        ours, peer = (now - was for now, was in zip(self.seconds(), before, strict=True))
        return ours / rest, peer / rest

    async def salons(self, count: int, *, encrypted: bool) -> Rooms:
        """Open as many salons with each bot."""
        ours, peer = [await self.asker.salons(bot, count, encrypted=encrypted) for bot in self.bots]
        return ours, peer

    async def one_by_one(self, rooms: Rooms, rounds: int) -> Pair:
        """Ask both in turn, one question at a time, in one salon each; milliseconds."""
        ours, peer = rooms
        return await self.at_once((ours[:1], peer[:1]), rounds)

    async def at_once(self, rooms: Rooms, times: int) -> Pair:
        """Ask both in turn, in all their salons at once; milliseconds."""
        found: tuple[list[float], list[float]] = ([], [])
        for number in range(times):
            for which in (0, 1) if number % 2 else (1, 0):
                seconds = await self.asker.ask_all(self.bots[which], rooms[which])
                found[which].extend(each * 1000 for each in seconds)
                await asyncio.sleep(_PAUSE)
        return Pair(*found)


@asynccontextmanager
async def opened() -> AsyncIterator[Stage]:
    """Start the sandbox, our process and the peer's, and log the asker in."""
    async with world() as made:
        peer = made.synapse.register("echo")
        folder = made.folder / "echo"
        folder.mkdir()
        argv = [*bound_to_us(), sys.executable, "-m", "benchmarks.echo_bot", made.synapse.url]
        with running([*argv, peer.user, peer.password, folder], mark="READY") as echoing:
            await made.parvis.start()
            assert made.parvis.process is not None
            async with matrix_user(made.synapse.url, made.agents["alice"]) as alice:
                bots = Bot(made.bot.user, "!visio", _CARD), Bot(peer.user, "!echo", echo_bot.MARK)
                pids = made.parvis.process.pid, echoing.popen.pid
                ours, other = (psutil.Process(pid) for pid in pids)
                yield Stage(made, Asker(alice), bots, (ours, other))
