import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.servers.forks import Fork, Forks, forks

PROGRAM = """
import json, os, signal, sys, wave
print(json.dumps([sys.argv[1:], os.getcwd(), os.environ.get("WHO"), "PATH" in os.environ]))
print(__name__, "decimal" in sys.modules, wave.__name__, file=sys.stderr, flush=True)
if sys.argv[1] == "waits":
    signal.pause()
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def started() -> Iterator[Forks]:
    with forks(["decimal"], {}) as running:
        yield running


async def spawned(by: Forks, folder: Path, *arguments: str) -> Fork:
    """Start the program, with its output in `log`."""
    (folder / "program").write_text(PROGRAM)
    with (folder / "log").open("ab") as log:
        return await by.spawn(
            folder / "program", *arguments, folder=folder, environment={"WHO": "é"}, output=log
        )


async def test_it_runs_as_if_it_had_been_started(started: Forks, tmp_path: Path) -> None:
    process = await spawned(started, tmp_path, "ends", "3")
    assert await process.wait() == process.returncode == 3
    said, complained = sorted((tmp_path / "log").read_text().splitlines())
    assert said == f'[["ends", "3"], "{tmp_path}", "\\u00e9", false]'
    assert complained == "__main__ True wave"
    with pytest.raises(ProcessLookupError):
        process.send_signal(signal.SIGTERM)


async def test_a_signal_ends_one_and_leaves_the_others(started: Forks, tmp_path: Path) -> None:
    one, other = [await spawned(started, tmp_path, "waits") for _ in range(2)]
    one.send_signal(signal.SIGKILL)
    assert await one.wait() == -signal.SIGKILL
    assert other.returncode is None
    other.send_signal(signal.SIGTERM)
    assert await other.wait() == -signal.SIGTERM


async def test_a_program_that_fails_says_why(started: Forks, tmp_path: Path) -> None:
    process = await spawned(started, tmp_path, "ends", "x")
    assert await process.wait() == 1
    assert "ValueError" in (tmp_path / "log").read_text()


async def test_none_outlives_the_forker(tmp_path: Path) -> None:
    with forks([], {}) as running:
        process = await spawned(running, tmp_path, "waits")
        seen = psutil.Process(process.pid)
        assert seen.ppid() != psutil.Process().pid
    assert await process.wait() == -signal.SIGKILL
    seen.wait(10)


ORPHAN = """
import os, sys
from tests.servers.forker import die_with
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent:
    pass
die_with(parent)
print("lives", flush=True)
"""


def test_a_child_whose_parent_ended_before_it_looked_ends_too() -> None:
    """Its output is closed, so read to its end, only once the child has ended as well."""
    ran = subprocess.run(
        [sys.executable, "-c", ORPHAN], capture_output=True, check=True, timeout=30
    )
    assert ran.stdout == b""
