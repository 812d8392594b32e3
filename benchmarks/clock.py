"""The wall clock is set an hour back, and ahead again, while an engine runs.

Another process plans something for the new time, something else pauses after a failure, and a
periodic task runs: `clock.step` is the longest time by which the step delays any of them.
"""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks.rows import Bound, Measure, Options, Subject
from tests.contract.clock_steps import stepped_engine
from tests.servers import faketime

BOUNDS = {"clock.step": Bound("value", "≤", 2, "s")}
_HOUR = timedelta(hours=1)


async def measure(options: Options) -> Sequence[Measure]:
    """Set the clock of a process back and ahead, several times."""
    if reason := faketime.missing():
        raise RuntimeError(reason)
    found: list[float] = []
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder:
        async with stepped_engine(Path(folder)) as engine:
            for _ in range(options.rounds(8)):
                found += [await engine.step(-_HOUR), await engine.step(_HOUR)]
    return [Measure("clock.step", max(found), "s")]


SUBJECT = Subject("clock", measure, BOUNDS)
