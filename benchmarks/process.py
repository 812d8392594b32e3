"""The all-in-one process: its start, and its memory and its processor time at rest.

From the wheel, with run-time packages alone, as an operator has it: the developers' environment
holds libraries that others import when they find them.
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.rows import Bound, Measure, Options, Subject
from tests.sandbox.world import world

BOUNDS = {
    "run.idle.memory": Bound("value", "≤", 125, "MiB"),
    "run.idle.cpu": Bound("value", "≤", 2, "ms/s"),
    "start.cpu": Bound("value", "≤", 1.5, "s"),
}
_SETTLED = 10.0
"""Seconds after its start from which the process counts as idle."""
_REST = 30.0
"""Seconds over which its processor time is measured."""
_ROOT = Path(__file__).parents[1]


def installed() -> Path:
    """Return the program, installed from its wheel into an environment of its own."""
    folder = _ROOT / "build" / "run-time"
    wheels = sorted((_ROOT / "build" / "dist").glob("parvis-*.whl"))
    if not wheels:
        raise FileNotFoundError("build/dist: make wheel")
    uv = [_ROOT / "build" / "uv" / "bin" / "uv", "--quiet"]
    into = ["--python", folder / "bin" / "python", "--compile-bytecode"]
    locked = ["--require-hashes", "-r", _ROOT / "requirements" / "run.txt"]
    for arguments in (
        ["venv", "--clear", "--python", sys.executable, folder],
        ["pip", "install", *into, *locked],
        ["pip", "install", *into, "--no-deps", wheels[-1]],
    ):
        subprocess.run([str(word) for word in [*uv, *arguments]], check=True)
    return folder / "bin" / "parvis"


async def measure(options: Options) -> Sequence[Measure]:
    """Start everything and let it rest; memory is resident memory, shared pages included."""
    program = await asyncio.to_thread(installed)
    async with world(program=(str(program),)) as made:
        await made.parvis.start()
        assert made.parvis.process is not None
        process = psutil.Process(made.parvis.process.pid)
        started = sum(process.cpu_times()[:2])
        await asyncio.sleep(1.0 if options.quick else _SETTLED)
        resident, before = process.memory_info().rss, sum(process.cpu_times()[:2])
        rest = 2.0 if options.quick else _REST
        await asyncio.sleep(rest)
        spent = sum(process.cpu_times()[:2]) - before
        return [
            Measure("run.idle.memory", resident / 2**20, "MiB"),
            Measure("run.idle.cpu", spent * 1000 / rest, "ms/s"),
            Measure("start.cpu", started, "s"),
        ]


SUBJECT = Subject("run", measure, BOUNDS)
