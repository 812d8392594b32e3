"""The contract of every engine, on every database that it may use."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.program.backlog import StoredBacklog
from bot.program.health import Health
from bot.program.pulse import Pulse
from bridge.agenda import EmbeddedEngine, Ran
from bridge.agenda.embedded import TICK
from bridge.clock import Clock, Steps, SystemClock
from bridge.domain.agenda import Due, Handler, Kind
from bridge.domain.capability import Capability, PeriodicTask
from bridge.errors import VisioUnreachable
from bridge.ids import UserId
from bridge.metrics import Metrics
from bridge.ports.engine import Engine
from bridge.store import Changed, Store, open_store
from bridge.store.agenda import Claimable
from bridge.vitals import Vitals
from tests.contract.store_samples import START, vault
from tests.doubles.clocks import SetClock

MakeEngine: TypeAlias = Callable[[Store, Clock], Engine]
SOON = 5
"""Seconds of patience, for machines that are busy with other things."""


@dataclass
class Diary:
    """Handlers that write down what they are given."""

    runs: list[Due] = field(default_factory=list)
    added: asyncio.Condition = field(default_factory=asyncio.Condition)
    answers: list[datetime | Exception] = field(default_factory=list)
    """The results or errors to give in order, before returning None."""

    async def handle(self, due: Due) -> datetime | None:
        async with self.added:
            self.runs.append(due)
            self.added.notify_all()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return None

    async def after(self, count: int) -> None:
        async with asyncio.timeout(SOON + count / 100), self.added:
            await self.added.wait_for(lambda: len(self.runs) >= count)


def embedded(store: Store, clock: Clock) -> Engine:
    return EmbeddedEngine(store, clock)


@pytest.fixture(params=[embedded], ids=["embedded"])
def make(request: pytest.FixtureRequest) -> MakeEngine:
    chosen: MakeEngine = request.param
    return chosen


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
async def system(store_url: str) -> AsyncIterator[Store]:
    """A database whose clock is the real one."""
    async with open_store(store_url, vault=vault(), alone=True) as opened:
        yield opened


@pytest.fixture
async def still(store_url: str, clock: SetClock) -> AsyncIterator[Store]:
    """A database whose clock goes when told."""
    async with open_store(store_url, vault=vault(), clock=clock, alone=True) as opened:
        yield opened


@asynccontextmanager
async def running(
    engine: Engine, handlers: Mapping[Kind, Handler], **more: Any
) -> AsyncIterator[None]:
    """Run an engine for the block; `more` is of `Capability`."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.run(Capability(handlers=handlers, **more), stop))
        try:
            yield
        finally:
            stop.set()


async def plan(store: Store, *items: Due) -> None:
    async with store() as work:
        await work.agenda.plan(items)


async def planned(store: Store, kinds: Iterable[Kind] = tuple(Kind)) -> datetime | None:
    async with store.reading() as work:
        return await work.agenda.next(Claimable(list(kinds)))


async def empty(store: Store) -> None:
    """Return once nothing is planned: what ran has been settled."""
    async with asyncio.timeout(SOON):
        while await planned(store) is not None:
            await asyncio.sleep(0.01)


async def rename(store: Store, old: str, new: str) -> None:
    async with store.begin() as tx:
        await tx.connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


class TestEngine:
    async def test_fires_within_a_second(self, system: Store, make: MakeEngine, diary: Diary):
        clock = SystemClock()
        lateness: list[timedelta] = []

        async def handle(due: Due) -> None:
            lateness.append(clock.now() - due.at)
            await diary.handle(due)

        async with running(make(system, clock), {Kind.OPEN: handle}):
            now = clock.now()
            await plan(system, Due(Kind.OPEN, "soon", now + timedelta(milliseconds=400)))
            await plan(system, Due(Kind.OPEN, "now", now))
            await diary.after(2)
        assert [due.key for due in diary.runs] == ["now", "soon"]
        assert all(timedelta(0) <= late < timedelta(seconds=1) for late in lateness)
        assert await planned(system) is None

    async def test_a_burst_runs_whole(self, system: Store, make: MakeEngine, diary: Diary):
        clock = SystemClock()
        at = clock.now()
        items = [Due(Kind.OPEN, str(n), at - timedelta(seconds=n % 7)) for n in range(2000)]
        await plan(system, *items)
        async with running(make(system, clock), {Kind.OPEN: diary.handle}):
            await diary.after(2000)
            await empty(system)
        assert len(diary.runs) == 2000
        assert {due.key for due in diary.runs} == {str(n) for n in range(2000)}
        assert diary.runs[0].at == at - timedelta(seconds=6)  # the earliest first

    async def test_replanning_replaces(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        engine = make(still, clock)
        async with running(engine, {Kind.OPEN: diary.handle}):
            await plan(still, Due(Kind.OPEN, "a", START + timedelta(minutes=1)))
            await plan(still, Due(Kind.OPEN, "a", START + timedelta(minutes=5)))
            await plan(still, Due(Kind.OPEN, "b", START + timedelta(minutes=2)))
            clock.forward(seconds=120)
            engine.wake()
            await diary.after(1)
            assert [due.key for due in diary.runs] == ["b"]
            clock.forward(seconds=180)
            engine.wake()
            await diary.after(2)
        assert diary.runs[1] == Due(Kind.OPEN, "a", START + timedelta(minutes=5))

    async def test_what_is_planned_for_now_is_claimed_and_starts_after_the_commit(
        self, still: Store, make: MakeEngine, diary: Diary
    ):
        """Nobody has to find the row: the clock stands, and no tick has come."""
        async with running(make(still, still.clock), {Kind.OPEN: diary.handle}):
            await asyncio.sleep(0)
            async with still() as work:
                await work.agenda.plan([Due(Kind.OPEN, "a", START)])
                assert not diary.runs, "it may still be undone"
                found = await work.agenda.next(Claimable([Kind.OPEN]))
                assert found is not None
                assert found > START, "claimed"
            await diary.after(1)
            await empty(still)
        assert diary.runs == [Due(Kind.OPEN, "a", START)]

    async def test_a_plan_that_is_undone_starts_nothing(
        self, still: Store, make: MakeEngine, diary: Diary
    ):
        async def fails() -> None:
            async with still() as work:
                await work.agenda.plan([Due(Kind.OPEN, "a", START)])
                raise ZeroDivisionError

        async with running(make(still, still.clock), {Kind.OPEN: diary.handle}):
            await asyncio.sleep(0)
            with pytest.raises(ZeroDivisionError):
                await fails()
            await plan(still, Due(Kind.OPEN, "b", START))
            await diary.after(1)
        assert [due.key for due in diary.runs] == ["b"]

    async def test_a_row_planned_anew_while_it_runs_waits_for_its_end(
        self, still: Store, make: MakeEngine, diary: Diary
    ):
        gate, inside, most = asyncio.Event(), 0, 0

        async def handle(due: Due) -> None:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await diary.handle(due)
            await gate.wait()
            inside -= 1

        async with running(make(still, still.clock), {Kind.OPEN: handle}):
            await asyncio.sleep(0)
            await plan(still, Due(Kind.OPEN, "a", START))
            await diary.after(1)
            await plan(still, Due(Kind.OPEN, "a", START))
            await asyncio.sleep(0)
            gate.set()
            await diary.after(2)
            await empty(still)
        assert most == 1

    async def test_a_handler_may_finish_its_row_in_its_own_transaction(
        self, still: Store, make: MakeEngine, diary: Diary
    ):
        async def handle(due: Due) -> None:
            async with still() as work:
                await work.agenda.finish(due)
            await diary.handle(due)

        writes = 0

        def committed(changed: Changed) -> None:
            nonlocal writes
            writes += 1

        async with running(make(still, still.clock), {Kind.OPEN: handle}):
            await asyncio.sleep(0)
            await plan(still, Due(Kind.OPEN, "a", START))
            still.on_commit(committed)
            await diary.after(1)
            await empty(still)
        assert writes == 1, "the handler's own"

    async def test_a_row_planned_anew_is_not_finished_by_the_run_before(
        self, still: Store, make: MakeEngine, diary: Diary
    ):
        later = START + timedelta(minutes=5)

        async def handle(due: Due) -> None:
            await plan(still, Due(Kind.OPEN, "a", later))
            async with still() as work:
                await work.agenda.finish(due)
            await diary.handle(due)

        async with running(make(still, still.clock), {Kind.OPEN: handle}):
            await asyncio.sleep(0)
            await plan(still, Due(Kind.OPEN, "a", START))
            await diary.after(1)
        assert await planned(still) == later

    async def test_a_dropped_row_never_runs(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        at = START + timedelta(minutes=1)
        await plan(still, *(Due(kind, key, at) for kind in (Kind.OPEN, Kind.MAIL) for key in "ab"))
        async with still() as work:
            await work.agenda.drop(Kind.OPEN, ["a", "x"])
        clock.forward(seconds=60)
        handlers = {Kind.OPEN: diary.handle, Kind.MAIL: diary.handle}
        async with running(make(still, clock), handlers):
            await diary.after(3)
            await empty(still)
        assert {(due.kind, due.key) for due in diary.runs} == {
            (Kind.OPEN, "b"),
            (Kind.MAIL, "a"),
            (Kind.MAIL, "b"),
        }

    async def test_rows_are_found_by_the_beginning_of_their_keys(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        at = START + timedelta(days=1)
        keys = ("1f0", "1f", "1e9", "20", "1f9abc", "01f")
        await plan(still, *(Due(Kind.DECLINE, key, at) for key in keys), Due(Kind.MAIL, "1f1", at))
        async with still() as work:
            await work.agenda.drop_all(Kind.DECLINE, "1f9")
            await work.agenda.hasten(Kind.DECLINE, "1f")
        handlers = {Kind.DECLINE: diary.handle, Kind.MAIL: diary.handle}
        async with running(make(still, clock), handlers):
            await diary.after(2)
        assert {due.key for due in diary.runs} == {"1f0", "1f"}
        async with still.reading() as work:
            left = await work.agenda.coming(at + timedelta(seconds=1))
        assert {due.key for due in left if due.at == at} == {"1e9", "20", "01f", "1f1"}

    async def test_failure_backs_off(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        diary.answers = [RuntimeError("secret"), RuntimeError("secret")]
        engine = make(still, clock)
        await plan(still, Due(Kind.OPEN, "a", START))
        async with running(engine, {Kind.OPEN: diary.handle}):
            for count, pause in ((1, 2), (2, 4)):
                await diary.after(count)
                await moved_to(still, clock.now() + timedelta(seconds=pause))
                clock.forward(seconds=pause)
                engine.wake()
            await diary.after(3)
            await empty(still)
        assert [due.attempts for due in diary.runs] == [0, 1, 2]
        assert {due.cause for due in diary.runs} == {Due(Kind.OPEN, "a", START).cause}

    async def test_again_at_another_time(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        later = START + timedelta(hours=1)
        diary.answers = [later]
        engine = make(still, clock)
        await plan(still, Due(Kind.OPEN, "a", START))
        async with running(engine, {Kind.OPEN: diary.handle}):
            await diary.after(1)
            await moved_to(still, later)
            clock.forward(seconds=3600)
            engine.wake()
            await diary.after(2)
        assert [due.at for due in diary.runs] == [START, later]

    async def test_replanned_while_it_runs(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        """The end of the old run does not undo the new plan, and they don't overlap."""
        gate, running_now, most = asyncio.Event(), 0, 0

        async def handle(due: Due) -> None:
            nonlocal running_now, most
            running_now += 1
            most = max(most, running_now)
            await diary.handle(due)
            await gate.wait()
            running_now -= 1

        await plan(still, Due(Kind.OPEN, "a", START))
        async with running(make(still, clock), {Kind.OPEN: handle}):
            await diary.after(1)
            await plan(still, Due(Kind.OPEN, "a", START - timedelta(seconds=1)))
            gate.set()
            await diary.after(2)
            await empty(still)
        assert most == 1
        assert diary.runs[1].at == START - timedelta(seconds=1)

    async def test_one_kind_does_not_hold_up_another(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        async def hang(_: Due) -> None:
            await gate.wait()

        gate = asyncio.Event()
        await plan(still, *(Due(Kind.MAIL, str(n), START) for n in range(200)))
        async with running(make(still, clock), {Kind.MAIL: hang, Kind.OPEN: diary.handle}):
            await plan(still, Due(Kind.OPEN, "a", START))
            await diary.after(1)
            gate.set()
            await empty(still)

    async def test_unknown_kinds_are_left_to_others(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        await plan(still, Due(Kind.MAIL, "a", START), Due(Kind.OPEN, "b", START))
        async with running(make(still, clock), {Kind.OPEN: diary.handle}):
            await diary.after(1)
        assert [due.key for due in diary.runs] == ["b"]
        assert await planned(still, [Kind.MAIL]) == START

    async def test_stops_after_what_it_began(
        self, still: Store, clock: SetClock, make: MakeEngine, diary: Diary
    ):
        stop, gate = asyncio.Event(), asyncio.Event()

        async def handle(due: Due) -> None:
            await diary.handle(due)
            await gate.wait()

        await plan(still, Due(Kind.OPEN, "a", START))
        task = asyncio.create_task(
            make(still, clock).run(Capability(handlers={Kind.OPEN: handle}), stop)
        )
        await diary.after(1)
        stop.set()
        await plan(still, Due(Kind.OPEN, "b", START))
        gate.set()
        async with asyncio.timeout(SOON):
            await task
        assert [due.key for due in diary.runs] == ["a"]
        assert await planned(still) == START


async def moved_to(store: Store, at: datetime) -> None:
    """Return once the only row is to be looked at then."""
    async with asyncio.timeout(SOON):
        while await planned(store) != at:
            await asyncio.sleep(0.01)


class TestEmbedded:
    """Promises of this engine alone."""

    async def test_outlives_an_outage_of_the_database(
        self, still: Store, clock: SetClock, diary: Diary
    ):
        """It records rows that ended meanwhile afterwards, and runs those that came due."""
        gate = asyncio.Event()

        async def handle(due: Due) -> None:
            await diary.handle(due)
            await gate.wait()

        async def outage() -> None:
            with capture_logs() as lines:
                await rename(still, "agenda", "away")
                gate.set()
                async with asyncio.timeout(SOON):
                    while not lines:
                        await asyncio.sleep(0.01)
            assert {line["event"] for line in lines} == {"agenda.unreachable"}
            await rename(still, "away", "agenda")

        await plan(still, Due(Kind.OPEN, "a", START), Due(Kind.OPEN, "b", START + TICK))
        async with running(EmbeddedEngine(still, clock), {Kind.OPEN: handle}):
            await diary.after(1)
            await outage()
            clock.forward(seconds=2)
            await diary.after(2)
            await empty(still)
        assert [due.key for due in diary.runs] == ["a", "b"]

    async def test_logs_nothing_that_a_failure_carries(
        self, still: Store, clock: SetClock, diary: Diary
    ):
        diary.answers = [RuntimeError("secret"), VisioUnreachable("what the log may have")]
        await plan(still, Due(Kind.OPEN, "a", START), Due(Kind.OPEN, "b", START))
        with capture_logs() as lines:
            async with running(EmbeddedEngine(still, clock), {Kind.OPEN: diary.handle}):
                await diary.after(2)
        first, second = lines
        assert (first["error"], first["job"], first["key"]) == ("RuntimeError", "window.open", "a")
        assert "test_agenda.py" in first["where"]
        assert "secret" not in str(first)
        assert second["code"] == "visio-unreachable"
        assert second["detail"] == "what the log may have"

    async def test_tells_its_observer(self, still: Store, clock: SetClock, diary: Diary):
        seen: list[Ran] = []
        diary.answers = [RuntimeError()]
        engine = EmbeddedEngine(still, clock, observer=seen.append)
        await plan(still, Due(Kind.OPEN, "a", START - timedelta(seconds=3)))
        async with running(engine, {Kind.OPEN: diary.handle}):
            await diary.after(1)
            await moved_to(still, START + timedelta(seconds=2))
        (ran,) = seen
        assert (ran.kind, ran.late, ran.failed) == (Kind.OPEN, timedelta(seconds=3), True)

    async def test_cuts_a_handler_that_takes_longer_than_its_kind_may(
        self, still: Store, clock: SetClock, diary: Diary
    ):
        async def hang(due: Due) -> None:
            await diary.handle(due)
            await asyncio.Event().wait()

        engine = EmbeddedEngine(still, clock)
        await plan(still, Due(Kind.OPEN, "a", START))
        limits = {Kind.OPEN: timedelta(seconds=0.1)}
        async with running(engine, {Kind.OPEN: hang}, limits=limits):
            await diary.after(1)
            await moved_to(still, START + timedelta(seconds=2))

    async def test_the_claim_on_a_running_row_is_renewed_and_no_other_engine_gets_it(
        self, still: Store, clock: SetClock, diary: Diary
    ):
        """Its lease never ends while it runs, however long that is."""
        gate = asyncio.Event()

        async def wait(due: Due) -> None:
            await diary.handle(due)
            await gate.wait()

        lease = timedelta(seconds=0.3)
        await plan(still, Due(Kind.MAIL, "a", START))
        async with running(EmbeddedEngine(still, clock, lease=lease), {Kind.MAIL: wait}):
            await diary.after(1)
            for _ in range(3):
                clock.forward(seconds=1)
                await moved_to(still, clock.now() + lease)
            async with still() as work:
                wanted = Claimable([Kind.MAIL])
                assert await work.agenda.claim(wanted, now=clock.now(), limit=9, lease=lease) == []
                assert await work.agenda.waiting(now=clock.now()) == 0
            gate.set()
            await empty(still)
        assert len(diary.runs) == 1

    async def test_what_was_planned_anew_meanwhile_is_not_held_longer(self, still: Store):
        await plan(still, Due(Kind.OPEN, "a", START))
        async with still() as work:
            held = await work.agenda.claim(
                Claimable([Kind.OPEN]), now=START, limit=9, lease=timedelta(seconds=60)
            )
        at = START + timedelta(hours=1)
        await plan(still, Due(Kind.OPEN, "a", at))
        async with still() as work:
            await work.agenda.renew(held, until=START + timedelta(hours=2))
        assert await planned(still) == at

    async def test_chores_recur_though_they_fail(self, still: Store, clock: SetClock):
        done: list[datetime] = []
        twice = asyncio.Event()

        async def chore(now: datetime) -> None:
            done.append(now)
            if len(done) == 2:
                twice.set()
            raise RuntimeError

        periodic = [PeriodicTask("test", timedelta(milliseconds=50), chore)]
        async with (
            running(EmbeddedEngine(still, clock), {}, periodic=periodic),
            asyncio.timeout(SOON),
        ):
            await twice.wait()
        assert set(done) == {START}


class TestClockSet:
    """The wall clock is set while an engine runs (tests/contract/test_clock_steps.py: a real one).

    Nothing is woken here but by the steps, or by the tick of the monotonic clock.
    """

    @pytest.fixture
    def steps(self, clock: SetClock) -> Steps:
        return Steps(clock, lambda: 0.0)

    async def test_a_pause_does_not_last_until_the_old_time_comes_again(
        self, still: Store, clock: SetClock, steps: Steps, diary: Diary
    ):
        diary.answers = [RuntimeError()]
        engine = EmbeddedEngine(still, clock, steps=steps)
        await plan(still, Due(Kind.MAIL, "a", START))
        async with running(engine, {Kind.MAIL: diary.handle}):
            await diary.after(1)
            await moved_to(still, START + timedelta(seconds=2))
            clock.forward(seconds=-3600)
            steps.look()
            await diary.after(2)
            await empty(still)
        assert [due.attempts for due in diary.runs] == [0, 1]

    async def test_what_runs_meanwhile_may_ask_for_the_old_time(
        self, still: Store, clock: SetClock, steps: Steps, diary: Diary
    ):
        """It is looked at once more when nothing is left of what ran before."""
        gate = asyncio.Event()

        async def handle(due: Due) -> datetime | None:
            again = clock.now() + timedelta(minutes=1)
            await diary.handle(due)
            await gate.wait()
            return again if len(diary.runs) == 1 else None

        engine = EmbeddedEngine(still, clock, steps=steps)
        await plan(still, Due(Kind.MAIL, "a", START))
        async with running(engine, {Kind.MAIL: handle}):
            await diary.after(1)
            clock.forward(seconds=-3600)
            steps.look()
            gate.set()
            await diary.after(2)
            await empty(still)

    async def test_a_row_planned_for_later_still_waits(
        self, still: Store, clock: SetClock, steps: Steps, diary: Diary
    ):
        """Its handler is asked once, and says so."""
        soon, far = START + timedelta(minutes=5), START + timedelta(days=1)
        diary.answers = [RuntimeError(), soon]
        early = Due(Kind.OPEN, "early", START)
        await plan(still, early, Due(Kind.OPEN, "soon", soon), Due(Kind.OPEN, "far", far))
        async with running(EmbeddedEngine(still, clock, steps=steps), {Kind.OPEN: diary.handle}):
            await diary.after(1)
            clock.forward(seconds=-3600)
            steps.look()
            await diary.after(3)
            await moved_to(still, soon)
        assert {due.key for due in diary.runs} == {"early", "soon"}

    async def test_a_dead_process_holds_nothing_until_the_old_time_comes_again(
        self, still: Store, clock: SetClock, steps: Steps, diary: Diary
    ):
        await plan(still, Due(Kind.OPEN, "a", START))
        async with still() as work:
            lease = timedelta(seconds=60)
            assert await work.agenda.claim(Claimable([Kind.OPEN]), now=START, limit=9, lease=lease)
            await work.agenda.plan([Due(Kind.OPEN, "b", START)])
        async with running(EmbeddedEngine(still, clock, steps=steps), {Kind.OPEN: diary.handle}):
            await diary.after(1)
            clock.forward(seconds=-3600)
            steps.look()
            await moved_to(still, clock.now() + lease)
            clock.forward(seconds=61)
            await diary.after(2)
        assert [(due.key, due.attempts) for due in diary.runs] == [("b", 0), ("a", 1)]

    @pytest.mark.parametrize("hours", [-1, 1])
    async def test_the_process_is_ready_once_what_is_due_has_run(
        self, still: Store, clock: SetClock, steps: Steps, diary: Diary, hours: int
    ):
        """As the operator's table says: nothing rings for a clock that was set."""
        engine = EmbeddedEngine(still, clock, steps=steps)
        backlog = StoredBacklog(still)
        pulse = Pulse(backlog, clock, time.monotonic)
        health = Health(
            user=UserId("@visio:agent.example"),
            database=backlog,
            pulse=pulse,
            clock=clock,
            vitals=Vitals(clock),
            worker=engine,
        )
        diary.answers = [RuntimeError()]
        far = START + timedelta(hours=2)
        await plan(still, Due(Kind.MAIL, "now", START), Due(Kind.MAIL, "far", far))
        async with running(engine, {Kind.MAIL: diary.handle}):
            await diary.after(1)
            await moved_to(still, START + timedelta(seconds=2))
            clock.forward(seconds=hours * 3600)
            steps.look()
            await diary.after(2)
            await moved_to(still, far)
            report = await health.look(Metrics())
        assert (report.ailments, report.degraded) == ([], [])

    async def test_an_outage_of_the_database_meanwhile_changes_nothing(
        self, still: Store, clock: SetClock, steps: Steps, diary: Diary
    ):
        diary.answers = [RuntimeError()]
        await plan(still, Due(Kind.OPEN, "a", START))
        async with running(EmbeddedEngine(still, clock, steps=steps), {Kind.OPEN: diary.handle}):
            await diary.after(1)
            await moved_to(still, START + timedelta(seconds=2))
            await rename(still, "agenda", "away")
            clock.forward(seconds=-3600)
            with capture_logs() as lines:
                steps.look()
                async with asyncio.timeout(SOON):
                    while "agenda.unreachable" not in {line["event"] for line in lines}:
                        await asyncio.sleep(0.01)
            await rename(still, "away", "agenda")
            await diary.after(2)

    @pytest.mark.parametrize("hours", [-1, 1])
    async def test_the_tick_finds_rows_that_other_processes_plan(
        self, still: Store, store_url: str, clock: SetClock, diary: Diary, hours: int
    ):
        """Nobody tells the engine of the step, nor of what is planned."""
        async with (
            running(EmbeddedEngine(still, clock), {Kind.OPEN: diary.handle}),
            open_store(store_url, vault=vault(), clock=clock) as other,
        ):
            await plan(still, Due(Kind.OPEN, "hour", START + timedelta(hours=1)))
            clock.forward(seconds=hours * 3600)
            await plan(other, Due(Kind.OPEN, "now", clock.now()))
            await diary.after(2 if hours > 0 else 1)
        assert {due.key for due in diary.runs} == ({"now", "hour"} if hours > 0 else {"now"})
