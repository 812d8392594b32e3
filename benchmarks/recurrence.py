"""How soon hostile recurrences are refused, in how much memory, and when runaways are killed."""

import sys
import tracemalloc
from collections.abc import Sequence
from time import perf_counter

from benchmarks.rows import Bound, Measure, Options, Subject
from bridge.calendars.guard import check
from bridge.calendars.recurrence import Recurrences
from bridge.domain.series import Series
from bridge.errors import RecurrenceRefused
from config.logs import configure
from tests.unit.bridge.calendars.bombs import BOMBS, DAY, MONDAY, RUNS_AWAY

BOUNDS = {
    "recurrence.bomb": Bound("value", "≤", 50, "ms"),
    "recurrence.bomb.memory": Bound("value", "≤", 10, "MiB"),
    "recurrence.runaway": Bound("value", "≤", 2500, "ms"),
}
_ROUNDS = 40


async def measure(options: Options) -> Sequence[Measure]:
    """Offer each bomb several times, and one that passes the guard and never ends."""
    configure(level="error", form="json", stream=sys.stderr)  # each kill logs a line
    rounds = options.rounds(_ROUNDS)
    slowest = max(_refused(bomb) for _ in range(rounds) for bomb in BOMBS.values())
    tracemalloc.start()
    memory = max(_memory(bomb) for bomb in BOMBS.values())
    tracemalloc.stop()
    return [
        Measure("recurrence.bomb", 1000 * slowest, "ms"),
        Measure("recurrence.bomb.memory", memory / 2**20, "MiB"),
        Measure("recurrence.runaway", 1000 * await _killed(), "ms"),
    ]


def _refused(bomb: Series) -> float:
    began = perf_counter()
    try:
        check(bomb)
    except RecurrenceRefused:
        return perf_counter() - began
    raise AssertionError(bomb.recurrence.rule[:80])


def _memory(bomb: Series) -> int:
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    _refused(bomb)
    return tracemalloc.get_traced_memory()[1] - before


async def _killed() -> float:
    began = perf_counter()
    try:
        await Recurrences().starts(RUNS_AWAY, since=MONDAY, before=MONDAY + 366 * DAY)
    except RecurrenceRefused:
        return perf_counter() - began
    raise AssertionError(RUNS_AWAY.recurrence.rule)


SUBJECT = Subject("recurrence", measure, BOUNDS)
