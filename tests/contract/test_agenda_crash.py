"""Processes that are killed, and processes that are one too many."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.agenda import EmbeddedEngine
from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.capability import Capability
from bridge.errors import AlreadyRunning
from bridge.store import Store, open_store
from tests.contract.store_samples import SALON, message, vault

PATIENCE = 30
"""Seconds for a process to start, on a machine that is busy with other things."""


@asynccontextmanager
async def process(
    url: str, effects: Path, lease: float
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run tests.contract.store_crash until it has begun its effect; kill it in the end."""
    arguments = ("-m", "tests.contract.store_crash", url, str(effects), str(lease))
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert child.stdout is not None
        assert await asyncio.wait_for(child.stdout.readline(), PATIENCE) == b"begun\n"
        yield child
    finally:
        if child.returncode is None:
            os.kill(child.pid, signal.SIGKILL)
        await child.wait()


async def plan(url: str) -> None:
    async with open_store(url, vault=vault()) as store, store() as work:
        await work.agenda.plan([Due(Kind.OPEN, "a", SystemClock().now())])


async def run_out(store: Store, effects: Path, lease: float) -> None:
    """Run an engine here until nothing is planned."""

    async def handle(due: Due) -> None:
        with effects.open("a") as lines:
            lines.write(f"{due.key} {due.attempts} {due.cause}\n")
        stop.set()

    stop = asyncio.Event()
    engine = EmbeddedEngine(store, SystemClock(), lease=timedelta(seconds=lease))
    async with asyncio.timeout(PATIENCE):
        await engine.run(Capability(handlers={Kind.OPEN: handle}), stop)


class TestKilled:
    async def test_rows_of_a_killed_engine_run_once_more(self, store_url: str, tmp_path: Path):
        """Killed after its effect and before it is written down: the effect comes twice."""
        effects = tmp_path / "effects"
        lease = 60 if store_url.startswith("sqlite") else 1  # alone, it need not wait
        await plan(store_url)
        async with process(store_url, effects, lease):
            pass
        async with open_store(store_url, vault=vault(), alone=True) as store:
            await run_out(store, effects, lease)
            async with store.reading() as work:
                assert await work.agenda.waiting(now=SystemClock().now()) == 0
        first, second = (line.split() for line in effects.read_text().splitlines())
        assert (first[:2], second[:2]) == (["a", "0"], ["a", "1"])
        assert first[2] == second[2]  # from which twice becomes once outside


class TestOneTooMany:
    async def test_refused_on_sqlite_while_commands_work(self, tmp_path: Path):
        url = f"sqlite:///{tmp_path / 'parvis.db'}"
        await plan(url)
        async with process(url, tmp_path / "effects", 60):
            with pytest.raises(AlreadyRunning):
                async with open_store(url, vault=vault(), alone=True):
                    pass
            async with open_store(url, vault=vault()) as store:
                async with store() as work:
                    assert await work.outbox.post(message("a"))
                assert len(await store.outbox.due(SystemClock().now(), 5)) == 1
                with pytest.raises(ValueError, match="alone"):
                    await EmbeddedEngine(store, SystemClock()).run(Capability(), asyncio.Event())
        async with open_store(url, vault=vault(), alone=True) as store, store.reading() as work:
            assert await work.salons.get(SALON) is None

    async def test_refused_on_sqlite_by_another_name_too(self, tmp_path: Path):
        """The lock lies beside the real file: a link in another folder leads to the same one."""
        url, link = f"sqlite:///{tmp_path / 'parvis.db'}", tmp_path / "elsewhere" / "other.db"
        link.parent.mkdir()
        async with open_store(url, vault=vault(), alone=True):
            link.symlink_to(tmp_path / "parvis.db")
            with pytest.raises(AlreadyRunning):
                async with open_store(f"sqlite:///{link}", vault=vault(), alone=True):
                    pytest.fail("two at once")
        assert [one.name for one in link.parent.iterdir()] == ["other.db"]

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    async def test_two_share_the_work(self, store_url: str):
        """Two engines, three hundred things: each runs once."""
        runs: list[str] = []
        everything = asyncio.Event()

        async def handle(due: Due) -> None:
            runs.append(due.key)
            if len(runs) == 300:
                everything.set()

        async def engine() -> None:
            async with open_store(store_url, vault=vault()) as store:
                await EmbeddedEngine(store, SystemClock()).run(
                    Capability(handlers={Kind.OPEN: handle}), everything
                )

        at = SystemClock().now() + timedelta(milliseconds=300)
        async with open_store(store_url, vault=vault()) as store, store() as work:
            await work.agenda.plan([Due(Kind.OPEN, str(n), at) for n in range(300)])
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(engine(), engine())
        assert sorted(runs) == sorted(str(n) for n in range(300))
