"""`make demo ARGS=--once` with everything installed: the wait of a person who runs it again."""

import sys
import time
from collections.abc import Sequence

from benchmarks.commands import finished
from benchmarks.rows import Bound, Measure, Options, Subject

BOUNDS = {"demo.again.seconds": Bound("value", "≤", 60, "s")}
_PATIENCE = 300.0


async def measure(options: Options) -> Sequence[Measure]:
    """Play the sandbox once, in this checkout."""
    del options
    begun = time.perf_counter()
    await finished([sys.executable, "-m", "tests.sandbox", "--once"], patience=_PATIENCE)
    return [Measure("demo.again.seconds", time.perf_counter() - begun, "s")]


SUBJECT = Subject("demo", measure, BOUNDS)
