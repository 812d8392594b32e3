"""How many of agents' lines are answered correctly, and how fast a line is read."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.rows import Bound, Measure, Options, Subject
from bridge.store.schema import migrate
from config.logs import configure
from tests.corpus.judge import Judged, Verdict, played
from tests.corpus.play import Player
from tests.corpus.reader import Line, read
from tests.corpus.situations import staged
from tests.unit.bot.corpus import judged

BOUNDS = {
    "lines.right": Bound("value", "≥", 95, "%"),
    "lines.unwanted": Bound("value", "≤", 0, "lines"),
    "lines.misleading": Bound("value", "≤", 0, "lines"),
}


async def measure(options: Options) -> Sequence[Measure]:
    """Play the whole corpus, and the lines that refusals offer; then only read it all."""
    del options
    configure(level="error", form="json", stream=sys.stderr)  # each refusal logs a line
    those = read()
    found = await _played(those)
    for one in found:
        if one.verdict is not Verdict.RIGHT:
            told = f"{one.verdict.value}: {one.row.line} ({one.row.situation}): {one.answer}"
            sys.stderr.write(f"{told}\n")
    began = perf_counter()
    judged(those)
    took = perf_counter() - began
    return [
        Measure("lines.right", 100 * _count(found, Verdict.RIGHT) / len(those), "%"),
        Measure("lines.unwanted", _count(found, Verdict.UNWANTED), "lines"),
        Measure("lines.misleading", _count(found, Verdict.MISLEADING), "lines"),
        Measure("lines.read", 1000 * took / len(those), "ms"),
    ]


async def _played(those: Sequence[Line]) -> Sequence[Judged]:
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        migrated = Path(name) / "migrated.db"
        await migrate(f"sqlite:///{migrated}")
        async with staged(migrated, Path(name)) as stage:
            return await played(Player(stage), those)


def _count(found: Sequence[Judged], verdict: Verdict) -> int:
    return sum(one.verdict is verdict for one in found)


SUBJECT = Subject("lines", measure, BOUNDS)
