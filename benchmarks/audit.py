"""What the audit adds to a command: the same lines to the same bot, with it and without.

A command makes a meeting and invites a guest, from the line's record to its answers sent, with all
that is due at once. Commands alternate between two databases of one kind; the records of a round
are linked in the time of ours. `audit.command` is processor time of the process, SQLite's included;
`.wall` is what passes meanwhile, PostgreSQL's own time and the waits for disks included.
"""

import gc
import tempfile
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter, process_time
from typing import TypeAlias

from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median
from bridge.domain.audit import AuditKeys
from bridge.domain.quota import QuotaLimits
from bridge.store import Store, open_store
from bridge.store.schema import migrate
from tests.contract.store_samples import audit_keys, vault
from tests.doubles.clocks import SetClock
from tests.servers.postgres import postgres
from tests.services.house import START, House
from tests.unit.bot.office import Office

BOUNDS = {
    "audit.command": Bound("ratio", "≤", 1.05, "ms"),
    "audit.command.postgresql": Bound("ratio", "≤", 1.05, "ms"),
}
Times: TypeAlias = tuple[float, float]
_ROUNDS, _COMMANDS = 21, 10
_UNLIMITED = QuotaLimits(
    rooms=10**6,
    salon_rooms=10**6,
    addresses=10**6,
    mails=10**6,
    lines=10**6,
    reminders=10**6,
    welcome=200,
    topics=2000,
)


async def measure(options: Options) -> Sequence[Measure]:
    """Measure both databases."""
    rows = []
    async with _databases() as urls:
        for name, (with_it, without) in urls.items():
            both = await _alternating(with_it, without, options.rounds(_ROUNDS))
            suffix = "" if name == "sqlite" else f".{name}"
            for of, clock in (("", 0), (".wall", 1)):
                ours, peer = (median([one[clock] for one in side]) for side in both)
                rows.append(Measure(f"audit.command{suffix}{of}", ours, "ms", peer))
    return rows


@asynccontextmanager
async def _databases() -> AsyncIterator[dict[str, tuple[str, str]]]:
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder, postgres() as cluster:
        yield {
            "sqlite": (f"sqlite:///{folder}/with.db", f"sqlite:///{folder}/without.db"),
            "postgresql": (await cluster.create_database(), await cluster.create_database()),
        }


async def _alternating(with_it: str, without: str, rounds: int) -> tuple[list[Times], list[Times]]:
    """Return milliseconds per command of each round, with the audit and without."""
    times: tuple[list[Times], list[Times]] = ([], [])
    async with AsyncExitStack() as stack:
        keyed = [(with_it, audit_keys()), (without, None)]
        offices = [await stack.enter_async_context(_office(*one)) for one in keyed]
        for n in range(rounds + 1):
            gc.collect()
            spent = [(0.0, 0.0), (0.0, 0.0)]
            for m in range(_COMMANDS):
                for which in (0, 1) if (n + m) % 2 else (1, 0):
                    spent[which] = await _timed(spent[which], _command(offices[which], f"{n}-{m}"))
            spent[0] = await _timed(spent[0], _link(offices[0].house.store))
            for kept, (cpu, wall) in zip(times, spent, strict=True):
                kept.append((1000 * cpu / _COMMANDS, 1000 * wall / _COMMANDS))
    return times[0][1:], times[1][1:]


async def _timed(before: Times, doing: Awaitable[None]) -> Times:
    """Return the seconds before, and those that this took: of the processor, and in all."""
    cpu, wall = process_time(), perf_counter()
    await doing
    return before[0] + process_time() - cpu, before[1] + perf_counter() - wall


@asynccontextmanager
async def _office(url: str, keys: AuditKeys | None) -> AsyncIterator[Office]:
    await migrate(url)
    async with open_store(
        url, vault=vault(), clock=SetClock(START), synchronous="FULL", audit=keys
    ) as store:
        office = Office(House(store, SetClock(START)))
        office.choose(limits=_UNLIMITED)
        yield office


async def _command(office: Office, name: str) -> None:
    line = f"!visio 16h Revue {name} avec guest.{name}@partenaire.example"
    answers = await office.says(line, f"ask-{name}")
    assert answers, line


async def _link(store: Store) -> None:
    assert store.audit is not None
    count = await store.audit.chain(store.clock.now())
    assert count == _COMMANDS, count


SUBJECT = Subject("audit", measure, BOUNDS)
