"""An installation after years: what a second and a command cost with a hundred times the rows.

`grow.visited.*` counts what the databases visit, so that it doesn't depend on the machine: of all
that is asked each second, for each command and for each request, the worst.
"""

import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median
from bridge.store.schema import migrate
from tests.contract.effort import MOST, TIMES, efforts, growth
from tests.contract.grown import grow, opened
from tests.contract.hot import PURGE, QUEUE, READ, WRITE, ask
from tests.servers.postgres import postgres

_MEETINGS = 1000
_ROUNDS = 41
SECOND = (
    "agenda.next", "agenda.claim", "store.inbox.pending", "store.outbox.due",
    "store.outbox.next_at", "meetings.touched", "presences.followed", "questions.silent",
    "seats.watched",
)  # fmt: skip
"""Questions that processes of all roles ask each second."""
COMMAND = (
    "meetings.asked_by", "meetings.asked_in", "meetings.lately_in", "meetings.of_organiser",
    "meetings.of_salon", "meetings.of_thread", "meetings.unmade_in", "once.take", "salons.get",
    "agents.get", "inbox.done",
)  # fmt: skip
"""Questions that find the meeting of a line without a reply, and count for limits."""

BOUNDS = {
    f"grow.visited.{database}": Bound("value", "≤", MOST, "times")
    for database in ("sqlite", "postgresql")
}


async def measure(options: Options) -> Sequence[Measure]:
    """Compare few meetings with a hundred times as many, on both databases."""
    count = _MEETINGS // 10 if options.quick else _MEETINGS
    rows = []
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder:
        urls = {times: f"sqlite:///{folder}/{times}.db" for times in (1, 10, TIMES)}
        for times, url in urls.items():
            await migrate(url)
            await grow(url, count * times)
        rows.append(await _visited("sqlite", urls[1], urls[TIMES]))
        for what, names in (("second", SECOND), ("command", COMMAND)):
            rows += await _costs(what, names, urls, options.rounds(_ROUNDS))
    async with _in_postgresql(count) as (few, many):
        rows.append(await _visited("postgresql", few, many))
    return rows


async def _visited(database: str, few: str, many: str) -> Measure:
    """Return how many times as much the statement visits whose effort grows most."""
    found = []
    for url in (few, many):
        async with opened(url) as store:
            found.append(await efforts(store, [*READ, *WRITE, *QUEUE, *PURGE]))
    return Measure(f"grow.visited.{database}", max(growth(*found).values()), "times")


async def _costs(
    what: str, names: Sequence[str], urls: Mapping[int, str], rounds: int
) -> Sequence[Measure]:
    """Return the processor time of asking all these, in rounds that alternate between sizes."""
    spent: dict[int, list[float]] = {times: [] for times in urls}
    async with AsyncExitStack() as stack:
        stores = {
            times: await stack.enter_async_context(opened(url)) for times, url in urls.items()
        }
        for _ in range(rounds):
            for times, store in stores.items():
                begun = time.process_time()
                for name in names:
                    await ask(store, name)
                spent[times].append((time.process_time() - begun) * 1000)
    least = median(spent[1])
    return [
        Measure(f"grow.{what}.{times}", median(each), "ms", None if times == 1 else least)
        for times, each in spent.items()
    ]


@asynccontextmanager
async def _in_postgresql(count: int) -> AsyncIterator[tuple[str, str]]:
    """Yield the addresses of two databases of a server of our own, of few and of many meetings."""
    with postgres() as cluster:
        found = []
        for times in (1, TIMES):
            url = await cluster.create_database()
            await migrate(url)
            await grow(url, count * times)
            found.append(url)
        few, many = found
        yield few, many


SUBJECT = Subject("grow", measure, BOUNDS)
