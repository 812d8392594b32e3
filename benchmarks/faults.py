"""The storm of `tests/e2e/storm`, whole: on SQLite, and on PostgreSQL with separate roles."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import percentile
from tests.e2e.storm import hanging
from tests.e2e.storm.play import Outcome, Size, play
from tests.e2e.storm.stage import opened
from tests.servers.livekit import livekit

BOUNDS = {
    "faults.kills": Bound("value", "≤", 0, "lost, doubled or wrong"),
    "faults.mails": Bound("value", "≤", 0, "unexplained copies"),
    "neighbours.p95": Bound("ratio", "≤", 1.5, "ms"),
}
_WHOLE, _QUICK = Size(kills=200, commands=1000, forms=250), Size(kills=9, commands=48, forms=12)
_ROUNDS = 40
_SEED = 1


async def measure(options: Options) -> Sequence[Measure]:
    """Play it on both databases; then have each neighbouring server hang in turn."""
    size = _QUICK if options.quick else _WHOLE
    outcomes: list[Outcome] = []
    for postgresql in (False, True):
        async with opened(postgresql=postgresql) as stage:
            outcomes.append(await play(stage, size, _SEED))
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder, livekit(Path(folder)) as at:
        found = await hanging.measured(options.rounds(_ROUNDS), at)
    worst = max(found, key=lambda one: one.ratio)
    p95 = [percentile(times, 0.95) * 1000 for times in (worst.hanging, worst.well)]
    return [
        Measure("faults.kills", sum(_bad(one) for one in outcomes), "lost, doubled or wrong"),
        Measure(
            "faults.mails", sum(one.verdict.unexplained for one in outcomes), "unexplained copies"
        ),
        Measure("faults.orphans", sum(one.verdict.orphaned for one in outcomes), "rooms"),
        Measure("faults.twice", sum(one.verdict.twice for one in outcomes), "mails"),
        Measure("neighbours.p95", p95[0], "ms", p95[1]),
    ]


def _bad(outcome: Outcome) -> int:
    found = outcome.verdict
    return len([*found.lost, *found.doubled, *found.wrong, *outcome.kills.failures])


SUBJECT = Subject("faults", measure, BOUNDS, on_demand=True)
