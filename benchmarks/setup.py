"""A fresh clone without caches: the first demo, which installs everything, and all the tests.

It takes a quarter of an hour and the network, so it runs only as `make bench ONLY=setup`.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import finished
from benchmarks.rows import Bound, Measure, Options, Subject

BOUNDS = {
    "demo.first.seconds": Bound("value", "≤", 720, "s"),
    "demo.first.without.livekit": Bound("value", "≤", 360, "s"),
    "test.seconds": Bound("value", "≤", 480, "s"),
}
_PATIENCE = 1800.0
_FRESH = {"MAKEFLAGS": "", "MFLAGS": "", "MAKELEVEL": ""}
"""The clone's make must not be a child of the one that runs the benchmarks."""


async def measure(options: Options) -> Sequence[Measure]:
    """Clone the last commit, then time the commands that its reader is told to type."""
    del options
    with tempfile.TemporaryDirectory(prefix="parvis-clone-") as name:
        clone = Path(name) / "parvis"
        await finished(["git", "clone", "--quiet", ".", str(clone)], patience=60)
        installed = await _timed(clone, "env")
        built = await _timed(clone, "livekit")
        played = await _timed(clone, "demo", "ARGS=--once")
        await _timed(clone, "wheel", "peers")
        tests = await _timed(clone, "test")
    return [
        Measure("demo.first.seconds", installed + built + played, "s"),
        Measure("demo.first.without.livekit", installed + played, "s"),
        Measure("test.seconds", tests, "s"),
    ]


async def _timed(clone: Path, *targets: str) -> float:
    begun = time.perf_counter()
    env = {**_FRESH, "XDG_CACHE_HOME": str(clone.parent / "cache")}
    await finished(["make", *targets], cwd=clone, env=env, patience=_PATIENCE)
    return time.perf_counter() - begun


SUBJECT = Subject("setup", measure, BOUNDS, on_demand=True)
