"""An engine in a process of its own, whose wall clock is set while it runs.

Usage: python -m tests.contract.clock_steps <url>

It prints what happens, and when by the machine's monotonic clock, which both processes share:
"tick" each second, "stepped", "failed", "again" and "done".
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bridge.agenda import EmbeddedEngine
from bridge.clock import Steps, SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.capability import Capability, PeriodicTask
from bridge.store import open_store
from tests.contract.store_samples import vault
from tests.servers.faketime import WallClock

PATIENCE = 60
"""Seconds for a process to start, on a machine that is busy with other things."""
TICK = timedelta(seconds=1)


@dataclass
class SteppedEngine:
    """The output of such a process, with its times."""

    url: str
    clock: WallClock
    said: list[tuple[str, float]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    ahead: timedelta = timedelta(0)

    async def step(self, by: timedelta) -> float:
        """Have something fail, set the clock, plan something more; return the longest delay.

        Seconds: of a tick, and until the step is noticed, what failed is tried again, and what is
        due by the new time is done.
        """
        await self._plan("fails")
        await self._heard("failed", time.monotonic())
        begun = await self._heard("tick", time.monotonic())
        self.ahead += by
        self.clock.set(self.ahead)
        noticed = await self._heard("stepped", begun) - begun
        again = await self._heard("again", begun) - begun
        planned = await self._plan("works")
        done = await self._heard("done", planned) - planned
        ticked = await self._heard("tick", begun) - begun - TICK.total_seconds()
        return max(noticed, done, again, ticked)

    async def _plan(self, key: str) -> float:
        """Plan something for now, by the clock of the other process; return when.

        That process is not told of it.
        """
        async with open_store(self.url, vault=vault()) as store:
            async with store() as work:
                now, planned = SystemClock().now() + self.ahead, time.monotonic()
                await work.agenda.plan([Due(Kind.OPEN, key, now)])
            return planned

    async def _heard(self, word: str, after: float) -> float:
        """Return when a word came after that moment."""

        def found() -> float | None:
            return next((at for one, at in self.said if one == word and at > after), None)

        async with asyncio.timeout(PATIENCE), self.news:
            await self.news.wait_for(lambda: found() is not None)
        at = found()
        assert at is not None
        return at

    async def listen(self, lines: asyncio.StreamReader) -> None:
        """Take down all that is said, until the end."""
        while line := await lines.readline():
            word, _, at = line.decode().partition(" at ")
            if at:  # not a line of the log
                async with self.news:
                    self.said.append((word, float(at)))
                    self.news.notify_all()


@asynccontextmanager
async def stepped_engine(folder: Path) -> AsyncIterator[SteppedEngine]:
    """Run an engine on SQLite for the block, once it ticks."""
    url, clock = f"sqlite:///{folder / 'parvis.db'}", WallClock(folder / "clock")
    clock.set(timedelta(0))
    async with open_store(url, vault=vault()):
        pass  # made
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.contract.clock_steps", url),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env=dict(clock.environment),
    )
    assert process.stdout is not None
    engine = SteppedEngine(url, clock)
    listening = asyncio.create_task(engine.listen(process.stdout))
    try:
        await engine._heard("tick", 0)
        yield engine
    finally:
        process.kill()
        await process.wait()
        await listening


async def main(url: str) -> None:
    """Run the engine of such a process."""

    def say(word: str) -> None:
        print(word, "at", time.monotonic(), flush=True)

    async def tick(_: datetime) -> None:
        say("tick")

    async def handle(due: Due) -> None:
        if due.key == "fails" and not due.attempts:
            say("failed")
            raise RuntimeError
        say("again" if due.attempts else "done")

    clock = SystemClock()
    steps, stop = Steps(clock), asyncio.Event()
    steps.on_step(lambda _: say("stepped"))
    async with open_store(url, vault=vault(), alone=True) as store, asyncio.TaskGroup() as group:
        group.create_task(steps.run(stop))
        ticks = [PeriodicTask("test.tick", TICK, tick)]
        engine = EmbeddedEngine(store, clock, steps=steps)
        work = Capability(handlers={Kind.OPEN: handle}, periodic=ticks)
        group.create_task(engine.run(work, stop))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
