"""A Xandikos in a temporary folder; it is one person's, and asks for no password."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers.calendars import CalendarServer
from tests.servers.ports import free_ports, wait_until_open
from tests.servers.processes import bound_to_us, running


def missing() -> str | None:
    """Return what the machine lacks for it."""
    return None if find_spec("xandikos") else "xandikos is not installed"


@contextmanager
def xandikos(folder: Path) -> Iterator[CalendarServer]:
    """Run a Xandikos until the block ends."""
    (port,) = free_ports(1)
    places: list[str | Path] = ["-d", folder / "calendars", "--state-dir", folder / "state"]
    where = ["-l", "127.0.0.1", "-p", str(port), "--no-detect-systemd"]
    whose = ["--defaults", "--current-user-principal", "/alice/"]
    argv: list[str | Path] = [
        *bound_to_us(),
        sys.executable,
        "-m",
        "xandikos",
        "serve",
        *places,
        *where,
        *whose,
    ]
    with running(argv, mark=f"Listening on 127.0.0.1:{port}"):
        wait_until_open(port)  # it says that it listens a moment before it does
        yield CalendarServer(f"http://127.0.0.1:{port}", {"alice": "/alice/calendars/"})
