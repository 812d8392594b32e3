"""The all-in-one process at rest: its memory."""

import asyncio
from collections.abc import Sequence

import psutil

from benchmarks.rows import Bound, Measure, Options, Subject
from tests.sandbox.world import world

BOUNDS = {"run.idle.memory": Bound("value", "≤", 150, "MiB")}
_SETTLED = 10.0
"""Seconds after its start from which the process counts as idle."""


async def measure(options: Options) -> Sequence[Measure]:
    """Start everything, let it rest, and measure its resident memory, shared pages included."""
    async with world() as made:
        await made.parvis.start()
        await asyncio.sleep(1.0 if options.quick else _SETTLED)
        assert made.parvis.process is not None
        resident = psutil.Process(made.parvis.process.pid).memory_info().rss
        return [Measure("run.idle.memory", resident / 2**20, "MiB")]


SUBJECT = Subject("run", measure, BOUNDS)
