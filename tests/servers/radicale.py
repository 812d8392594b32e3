"""A Radicale in a temporary folder, with accounts that have passwords."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers.calendars import CalendarServer
from tests.servers.ports import free_ports
from tests.servers.processes import bound_to_us, running

PASSWORDS = {"alice": "alice's own word", "bob": "bob's own word"}
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
delay_on_error = 0
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/calendars
"""


def missing() -> str | None:
    """Return what the machine lacks for it."""
    return None if find_spec("radicale") else "radicale is not installed"


@contextmanager
def radicale(folder: Path) -> Iterator[CalendarServer]:
    """Run a Radicale until the block ends."""
    (port,) = free_ports(1)
    (folder / "users").write_text("".join(f"{who}:{word}\n" for who, word in PASSWORDS.items()))
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    argv: list[str | Path] = [*bound_to_us(), sys.executable, "-m", "radicale", "-C"]
    argv.append(folder / "config")
    with running(argv, mark="Radicale server ready"):
        homes = {who: f"/{who}/" for who in PASSWORDS}
        yield CalendarServer(f"http://127.0.0.1:{port}", homes, PASSWORDS)
