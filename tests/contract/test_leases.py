"""Tasks that one of several processes runs for all."""

import asyncio
from datetime import datetime, timedelta

from bridge.agenda import EmbeddedEngine
from bridge.domain.capability import PeriodicTask, Run
from bridge.store import Store, open_store
from bridge.store.leases import LENGTH, Leadership
from tests.contract.store_samples import START, vault
from tests.contract.test_agenda import SOON, running
from tests.doubles.clocks import SetClock


class Ticks:
    """A monotonic clock that is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_one_has_it_until_it_says_nothing_more(store: Store, clock: SetClock):
    ticks = Ticks()
    first, second = (Leadership(store.begin, "periodic", clock, ticks) for _ in range(2))
    assert await first.held()
    assert not await second.held()
    for _ in range(4):  # it renews in time
        clock.at += LENGTH / 2
        ticks.now += LENGTH.total_seconds() / 2
        assert await first.held()
        assert not await second.held()
    clock.at += LENGTH
    ticks.now += LENGTH.total_seconds()
    assert await second.held()
    assert not await first.held(), "it lost it, and notices"


async def test_another_name_is_another_lease(store: Store, clock: SetClock):
    ticks = Ticks()
    assert await Leadership(store.begin, "periodic", clock, ticks).held()
    assert await Leadership(store.begin, "other", clock, ticks).held()


async def test_a_holder_is_not_asked_each_time(store: Store, clock: SetClock):
    ticks = Ticks()
    lease = Leadership(store.begin, "periodic", clock, ticks)
    assert await lease.held()
    clock.at += 9 * LENGTH
    assert await Leadership(store.begin, "periodic", clock, ticks).held()
    assert await lease.held(), "by the monotonic clock no time has passed"
    ticks.now += LENGTH.total_seconds() / 3
    assert not await lease.held()


async def test_a_clock_that_was_set_back_keeps_it_from_nobody(store: Store, clock: SetClock):
    ticks = Ticks()
    assert await Leadership(store.begin, "periodic", clock, ticks).held()
    clock.at = START - timedelta(hours=1)
    assert await Leadership(store.begin, "periodic", clock, ticks).held()


async def test_a_holder_that_gives_it_up_leaves_it_to_others_for_a_moment(
    store: Store, clock: SetClock
):
    ticks = Ticks()
    first, second = (Leadership(store.begin, "periodic", clock, ticks) for _ in range(2))
    assert await first.held()
    await second.release()
    assert not await second.held(), "what is another's can't be given up"
    await first.release()
    assert not await first.held()
    assert await second.held()
    await second.release()
    ticks.now += LENGTH.total_seconds()
    assert await first.held(), "where nobody wanted it, it comes back"


async def test_a_process_that_fails_or_ends_leaves_shared_tasks_to_another(
    store_url: str, clock: SetClock
):
    """A worker that does not reach the media server keeps it from no other."""
    failed, done, again = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def fail(_: datetime) -> None:
        failed.set()
        raise RuntimeError

    async def do(_: datetime) -> None:
        done.set()

    async def do_again(_: datetime) -> None:
        again.set()

    def shared(run: Run) -> list[PeriodicTask]:
        return [PeriodicTask("for all", timedelta(milliseconds=20), run, shared=True)]

    async with asyncio.timeout(SOON), open_store(store_url, vault=vault(), alone=True) as store:
        async with running(EmbeddedEngine(store, clock), {}, periodic=shared(fail)):
            await failed.wait()
            async with running(EmbeddedEngine(store, clock), {}, periodic=shared(do)):
                await done.wait()
        async with running(EmbeddedEngine(store, clock), {}, periodic=shared(do_again)):
            await again.wait()


async def test_of_two_engines_one_does_what_is_done_for_all(store_url: str, clock: SetClock):
    """On SQLite there is one process, and nothing to ask."""
    done: list[str] = []
    led, seen = asyncio.Event(), asyncio.Event()

    def task(name: str, enough: asyncio.Event, *, shared: bool = True) -> PeriodicTask:
        async def run(_: datetime) -> None:
            done.append(name)
            if done.count(name) > 2:
                enough.set()

        return PeriodicTask(name, timedelta(milliseconds=20), run, shared=shared)

    async with (
        asyncio.timeout(SOON),
        open_store(store_url, vault=vault(), alone=True) as store,
        running(EmbeddedEngine(store, clock), {}, periodic=[task("first", led)]),
    ):
        await led.wait()
        tasks = [task("second", seen), task("own", seen, shared=False)]
        async with running(EmbeddedEngine(store, clock), {}, periodic=tasks):
            await seen.wait()
    alone = store.engines.path is not None
    assert ("second" in done) is alone
