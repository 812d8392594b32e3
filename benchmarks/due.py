"""Reminders in a busy minute: ten thousand are due, with two hundred thousand other rows pending.

`due.p99` is from the moment at which a reminder is due until its message is in the outbox, in a
transaction that has committed: on SQLite in one process and on PostgreSQL with one worker, the
worse of both. `due.burst` is the same of a thousand that are due at one moment, the last of them.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median, percentile
from bridge.agenda import EmbeddedEngine
from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.reminder import Reminder
from bridge.ids import ReminderId, UserId, uuid7
from bridge.services.reminders.wire import reminders
from bridge.services.tools import Tools
from bridge.store import Changed, Store, open_store
from bridge.store.schema import migrate
from bridge.store.tables import agenda, outbox
from tests.contract.store_samples import meeting, occurrence, room, vault
from tests.defaults import default_policy
from tests.servers.postgres import postgres

BOUNDS = {"due.p99": Bound("value", "≤", 1, "s")}
_PER_MEETING = 10
_OTHERS = 200_000
_MANY, _MINUTE = 10_000, timedelta(minutes=1)
_BURST = 1_000
_BATCH = 5_000
_FIRST = timedelta(seconds=5)
"""How long after they are planned the first is due."""
_PATIENCE = 60
"""Seconds after the last moment for which we wait."""


async def measure(options: Options) -> Sequence[Measure]:
    """Have reminders come due on both databases, spread over a minute, then all at once."""
    part = 10 if options.quick else 1
    found: dict[str, list[float]] = {}
    bursts: list[float] = []
    async with _databases() as urls:
        for name, url in urls.items():
            await migrate(url)
            async with open_store(url, vault=vault(), alone=name == "sqlite") as store:
                await _others(store, _OTHERS // part)
                found[name] = await _late(store, _MANY // part, _MINUTE / part)
                bursts.append(max(await _late(store, _BURST // part, timedelta())))
    worst = max(percentile(one, 0.99) for one in found.values())
    rows = [Measure("due.p99", worst, "s"), Measure("due.burst", max(bursts), "s")]
    for name, late in found.items():
        rows.append(Measure(f"due.{name}.p50", median(late), "s"))
        rows.append(Measure(f"due.{name}.p99", percentile(late, 0.99), "s"))
    return rows


@asynccontextmanager
async def _databases() -> AsyncIterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder, postgres() as cluster:
        yield {
            "sqlite": f"sqlite:///{folder}/due.db",
            "postgresql": await cluster.create_database(),
        }


async def _others(store: Store, count: int) -> None:
    """Plan so much for the days to come."""
    now = store.clock.now()
    kinds = (Kind.OPEN, Kind.CLOSE, Kind.RECALL, Kind.FORGET)
    for first in range(0, count, _BATCH):
        values = [
            {
                "kind": kinds[n % len(kinds)],
                "key": f"other-{n}",
                "at": now + timedelta(hours=1, minutes=n % 400_000),
                "ready": now + timedelta(hours=1, minutes=n % 400_000),
                "attempts": 0,
            }
            for n in range(first, min(first + _BATCH, count))
        ]
        async with store.begin(long=True) as tx:
            await tx.connection.execute(insert(agenda), values)


async def _late(store: Store, count: int, over: timedelta) -> list[float]:
    """Return by how many seconds each of so many reminders was late; `over` which time they are."""
    clock = SystemClock()
    start = clock.now() + _FIRST + timedelta(seconds=count / 1000)
    await _plan(store, count, [start + over * n / count for n in range(count)])
    before = await _posted(store)
    late: dict[str, float] = {}
    done, stop = asyncio.Event(), asyncio.Event()

    def committed(changed: Changed) -> None:
        for due in changed.finished:
            late.setdefault(due.key, (clock.now() - due.at).total_seconds())
        if len(late) == count:
            done.set()

    forget = store.on_commit(committed)
    engine = EmbeddedEngine(store, clock)
    work = reminders(Tools(store, clock, default_policy()))
    running = asyncio.create_task(engine.run(work, stop))
    async with asyncio.timeout((start - clock.now() + over).total_seconds() + _PATIENCE):
        await done.wait()
    stop.set()
    await running
    forget()
    assert await _posted(store) - before == count, "each posted its message, once"
    return list(late.values())


async def _plan(store: Store, count: int, moments: Sequence[datetime]) -> None:
    """Insert meetings with the reminders of some agents each."""
    for first in range(0, count, _PER_MEETING * 50):
        async with store() as work:
            for of in range(first, min(first + _PER_MEETING * 50, count), _PER_MEETING):
                soon = moments[of] + timedelta(minutes=15)
                asked = meeting(room=room())
                dated = replace(occurrence(asked), start=soon, end=soon + timedelta(hours=1))
                await work.meetings.add(asked, dated)
                mine = [
                    Reminder(
                        id=ReminderId(uuid7(at)),
                        occurrence=dated.id,
                        user=UserId(f"@agent-{of + n}:agent.tchap"),
                        at=at,
                        start=soon,
                        created_at=at,
                    )
                    for n, at in enumerate(moments[of : of + _PER_MEETING])
                ]
                for one in mine:
                    await work.reminders.add(one)
                await work.agenda.plan([Due(Kind.REMIND, str(one.id), one.at) for one in mine])


async def _posted(store: Store) -> int:
    async with store.begin(writing=False) as tx:
        counted = select(func.count()).where(outbox.c.template == "reminder.own")
        return int(await tx.connection.scalar(counted) or 0)


SUBJECT = Subject("due", measure, BOUNDS)
