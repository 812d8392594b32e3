"""Free ports for our servers."""

import contextlib
import secrets
import socket
import time
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_240


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """Return ports that were free a moment ago; with `SOCK_DGRAM`, of UDP.

    None is in the range for outgoing connections: one of those could take it between a server's end
    and its next start, and then the server could not listen there.
    """
    candidates = secrets.SystemRandom().sample(range(_LOWEST, _first_to_leave_from()), k=1000)
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        for port in candidates:
            each = stack.enter_context(socket.socket(type=kind))
            with contextlib.suppress(OSError):
                each.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise OSError("no port is free")


def wait_until_open(port: int, *, seconds: float = 10) -> None:
    """Return once a server listens on a port of this machine. Raises OSError if none does."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _first_to_leave_from() -> int:
    """Return the lowest port that the system gives to outgoing connections."""
    try:
        return int(_RANGE.read_text().split()[0])
    except OSError:  # not Linux
        return 32_768
