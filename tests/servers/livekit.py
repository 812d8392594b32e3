"""A real LiveKit server on loopback, with Visio's key and ours, as an instance provides them.

`python -m tests.servers.livekit` builds it, once for the machine.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr

from bridge.livekit import LiveKitAccess
from tests.servers.livekit_build import build, executable, missing
from tests.servers.ports import free_ports
from tests.servers.processes import ServerError, bound_to_us, freeze

__all__ = ["LiveKit", "livekit", "missing"]

STARTUP_SECONDS = 30.0


class LiveKit:
    """A media server that can be started, stopped, and started again on the same ports."""

    def __init__(self, folder: Path, *, auto_create: bool = True, tells: str | None = None) -> None:
        """Take `auto_create`, which a server that serves Visio must have: Visio makes no rooms.

        `tells` is the address for its webhooks, signed with our key.
        """
        self.folder = folder
        self.tells = tells
        self.auto_create = auto_create
        [self.port] = free_ports(1)
        [udp] = free_ports(1, socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.port}"
        self.visio = self._key("visio")
        """The key with which Visio signs its tokens."""
        self.ours = self._key("parvis")
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        # JSON is valid YAML.
        self._config.touch(mode=0o600)
        self._config.write_text(json.dumps(self._settings(udp), indent=1))

    @property
    def ws_url(self) -> str:
        """The address to which a browser connects."""
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process and return once it answers. Raises ServerError."""
        with (self.folder / "livekit.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*bound_to_us(), executable(), "--config", self._config],
                cwd=self.folder,
                env={name: value for name, value in os.environ.items() if "LIVEKIT" not in name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTUP_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"LiveKit did not start:\n{self.log()[-4000:]}")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)

    def stop(self) -> None:
        """Kill the process: after a polite signal it would wait for everybody to leave."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze the process: it keeps every connection and answers nothing."""
        assert self._process is not None
        freeze(self._process)

    def resume(self) -> None:
        """Let it run on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def log(self) -> str:
        """Return the server's whole log, over all its starts."""
        return (self.folder / "livekit.log").read_text(errors="replace")

    @property
    def _config(self) -> Path:
        return self.folder / "livekit.yaml"

    def _key(self, name: str) -> LiveKitAccess:
        return LiveKitAccess(self.url, name, SecretStr(secrets.token_hex(32)))

    def _settings(self, udp: int) -> dict[str, object]:
        return {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "keys": {key.key: key.secret.get_secret_value() for key in (self.visio, self.ours)},
            "room": {"auto_create": self.auto_create},
            "rtc": {
                "udp_port": udp,
                "tcp_port": 0,  # it would listen on every address
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "enable_loopback_candidate": True,
                "ips": {"includes": ["127.0.0.1/32"]},
                # Browsers get it too, which would otherwise ask Google's; nobody listens there.
                "stun_servers": ["127.0.0.1:9"],
            },
            **self._webhook(),
            "logging": {"level": "info", "json": False},
        }

    def _webhook(self) -> dict[str, object]:
        if self.tells is None:
            return {}
        return {"webhook": {"urls": [self.tells], "api_key": self.ours.key}}

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def livekit(
    folder: Path, *, auto_create: bool = True, tells: str | None = None
) -> Iterator[LiveKit]:
    """Run a media server for the length of the block, with its log in `folder`."""
    server = LiveKit(folder, auto_create=auto_create, tells=tells)
    try:
        server.start()
        yield server
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(build())
