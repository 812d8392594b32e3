"""How many of the lines that agents type are answered rightly, and how fast a line is read."""

from collections.abc import Sequence
from time import perf_counter

from benchmarks.rows import Bound, Measure, Options, Subject
from tests.corpus.reader import read
from tests.unit.bot.corpus import Verdict, judged

BOUNDS = {
    "lines.right": Bound("value", "≥", 95, "%"),
    "lines.unwanted": Bound("value", "≤", 0, "lines"),
}


async def measure(options: Options) -> Sequence[Measure]:
    """Read the whole corpus; a refusal's line is read again."""
    del options
    those = read()
    began = perf_counter()
    found = judged(those)
    took = perf_counter() - began
    right = sum(one.verdict is Verdict.RIGHT for one in found)
    unwanted = sum(one.verdict is Verdict.UNWANTED for one in found)
    misleading = sum(one.verdict is Verdict.MISLEADING for one in found)
    return [
        Measure("lines.right", 100 * right / len(those), "%"),
        Measure("lines.unwanted", unwanted, "lines"),
        Measure("lines.misleading", misleading, "lines"),
        Measure("lines.read", 1000 * took / len(those), "ms"),
    ]


SUBJECT = Subject("lines", measure, BOUNDS)
