"""The bot's cost of one command: transactions that write, turns of its loop, and threads."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.conversation.working import working
from bridge.agenda import EmbeddedEngine
from bridge.clock import Steps
from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability
from bridge.store import open_store
from tests.contract.store_samples import vault
from tests.doubles.clocks import SetClock
from tests.services.house import START, House
from tests.unit.bot.office import Office

WRITES, TURNS = 4, 30


class Counting(asyncio.SelectorEventLoop):
    """Counts its turns, and what it hands to threads."""

    turns = 0
    threads = 0

    def _run_once(self) -> None:
        self.turns += 1
        super()._run_once()  # type: ignore[misc]  # asyncio's own, which types don't show

    def run_in_executor(  # type: ignore[override]  # its types are those of the function
        self, executor: Executor | None, func: Any, *args: Any
    ) -> Any:
        self.threads += 1
        return super().run_in_executor(executor, func, *args)


@asynccontextmanager
async def at_work(path: Path) -> AsyncIterator[Office]:
    """Run a bot and an engine on one SQLite database, as `parvis run` does."""
    clock = SetClock(START)
    async with open_store(f"sqlite:///{path}", vault=vault(), clock=clock, alone=True) as store:
        office = Office(House(store, clock))
        steps, stop = Steps(clock), asyncio.Event()
        engine = EmbeddedEngine(store, clock, steps=steps)
        work = Capability(handlers={Kind.CREATE: office.house.making.create})
        with working(store, office.router, office.sender, steps) as handling:
            async with asyncio.TaskGroup() as group:
                group.create_task(engine.run(work, stop))
                group.create_task(handling.run(stop))
                group.create_task(office.sender.run(stop))
                yield office
                stop.set()


async def answered(office: Office, name: str) -> None:
    """Ask for a meeting, and return once its card was sent."""
    before = len(office.account.sent)
    await office.record(office.line("!visio Budget", name))
    async with asyncio.timeout(10):
        while len(office.account.sent) == before:
            await asyncio.sleep(0)


async def settled() -> None:
    """Let what follows an answer happen."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_a_command_writes_four_times_and_needs_no_thread(tmp_path: Path) -> None:
    async def play(loop: Counting) -> tuple[int, int]:
        commits = 0

        def committed(_: object) -> None:
            nonlocal commits
            commits += 1

        async with at_work(tmp_path / "parvis.db") as office:
            await answered(office, "first")
            await settled()
            event.listen(office.house.store.engines.writing.sync_engine, "commit", committed)
            loop.threads = 0
            await answered(office, "second")
            await settled()
            return commits, loop.threads

    with asyncio.Runner(loop_factory=Counting) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Counting)
        assert runner.run(play(loop)) == (WRITES, 0)


def test_a_command_takes_few_turns_of_the_loop(tmp_path: Path) -> None:
    async def play(loop: Counting) -> int:
        async with at_work(tmp_path / "parvis.db") as office:
            await answered(office, "first")
            await settled()
            before = loop.turns
            await answered(office, "second")
            return loop.turns - before

    with asyncio.Runner(loop_factory=Counting) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Counting)
        assert runner.run(play(loop)) <= TURNS
