"""A real Synapse on loopback, which tests and the sandbox start and stop.

One process, SQLite, random free ports, everything under a folder the caller gives. Two of them with
`federated=True` find each other without DNS: the server's name carries the port of its TLS
listener.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.certificates import write_self_signed
from tests.servers.ports import free_ports
from tests.servers.processes import bound_to_us, freeze

STARTUP_SECONDS = 60.0
STOP_SECONDS = 20.0

_UNLIMITED = {"per_second": 1e6, "burst_count": 1_000_000}
_WITHOUT_LIMITS: dict[str, object] = {
    **dict.fromkeys(
        ("rc_message", "rc_registration", "rc_3pid_validation", "rc_admin_redaction"), _UNLIMITED
    ),
    **dict.fromkeys(("rc_presence", "rc_media_create", "rc_reports"), _UNLIMITED),
    **dict.fromkeys(("rc_room_creation", "rc_key_requests", "rc_delayed_event_mgmt"), _UNLIMITED),
    "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _UNLIMITED),
    "rc_joins": dict.fromkeys(("local", "remote"), _UNLIMITED),
    "rc_joins_per_room": _UNLIMITED,
    "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), _UNLIMITED),
    "rc_federation": {
        "window_size": 1000,
        "sleep_limit": 1_000_000,
        "sleep_delay": 1,
        "reject_limit": 1_000_000,
        "concurrent": 1000,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SynapseOptions:
    """The options in which homeservers differ."""

    rate_limits: bool = False
    """Synapse's default limits: 0.2 messages per second after a burst of 10."""
    token_lifetime: str | None = None
    """`refreshable_access_token_lifetime`, such as `8s`."""
    federated: bool = False
    default_room_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A registered user."""

    user: str
    password: str

    @property
    def localpart(self) -> str:
        """The part of the id that the person chose."""
        return self.user[1:].partition(":")[0]


class Synapse:
    """A homeserver that can be started, stopped, killed and frozen."""

    def __init__(self, folder: Path, options: SynapseOptions | None = None) -> None:
        self.folder = folder
        self.options = options or SynapseOptions()
        self.port, federation_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_name = (
            f"localhost:{federation_port}" if self.options.federated else "parvis.test"
        )
        self._secret = secrets.token_urlsafe(16)
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._write_files(federation_port)

    def start(self) -> None:
        """Start the process and return once /health answers."""
        program = [sys.executable, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
        # Synapse and its libraries warn at import; the tests' own filters must not reach it.
        environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
        with (self.folder / "synapse.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*bound_to_us(), *program],
                cwd=self.folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTUP_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Synapse did not start:\n{self.log_tail()}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)

    def stop(self) -> None:
        """Stop the process, by force if it lingers; `start` continues from its folder."""
        if self._process is None:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """Freeze the server: it accepts connections and never answers."""
        if self._process is not None:
            freeze(self._process)

    def thaw(self) -> None:
        """End a freeze."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def log_tail(self, size: int = 4000) -> str:
        """Return the end of the server's log, for a failing test."""
        return (self.folder / "synapse.log").read_text(errors="replace")[-size:]

    def register(
        self, name: str | None = None, *, password: str | None = None, admin: bool = False
    ) -> Person:
        """Register a user with the shared secret; a missing name or password is made up."""
        name = name or f"u{secrets.token_hex(4)}"
        password = password or secrets.token_urlsafe(24)
        nonce = self.call("GET", "/_synapse/admin/v1/register")["nonce"]
        words = [nonce, name, password, "admin" if admin else "notadmin"]
        mac = hmac.new(self._secret.encode(), "\0".join(words).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        answer = self.call("POST", "/_synapse/admin/v1/register", body)
        return Person(user=answer["user_id"], password=password)

    def call(
        self, method: str, path: str, body: object = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """Make one request and return the JSON of the answer; other than 2xx raises HTTPError."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            result: dict[str, Any] = json.loads(answer.read() or b"{}")
        return result

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _write_files(self, federation_port: int) -> None:
        key = base64.b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        (self.folder / "signing.key").write_text(f"ed25519 a_test {key}\n")
        console = {"class": "logging.StreamHandler", "formatter": "plain"}
        logs = {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
            "handlers": {"console": console},
            "root": {"level": "WARNING", "handlers": ["console"]},
        }
        (self.folder / "log.yaml").write_text(json.dumps(logs))
        if self.options.federated:
            write_self_signed(self.folder / "tls.crt", self.folder / "tls.key")
        # JSON is valid YAML.
        settings = json.dumps(self._settings(federation_port), indent=1)
        (self.folder / "homeserver.yaml").write_text(settings)

    def _settings(self, federation_port: int) -> dict[str, object]:
        settings: dict[str, object] = {
            "server_name": self.server_name,
            "pid_file": str(self.folder / "synapse.pid"),
            "media_store_path": str(self.folder / "media"),
            "listeners": [_listener(self.port, "client", tls=False)],
            "federation_verify_certificates": False,
            "ip_range_blacklist": [],
            "federation_ip_range_blacklist": [],
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self.folder / "hs.db"), "cp_min": 1, "cp_max": 1},
            },
            "bcrypt_rounds": 4,
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": secrets.token_urlsafe(16),
            "form_secret": secrets.token_urlsafe(16),
            "signing_key_path": str(self.folder / "signing.key"),
            "report_stats": False,
            "presence": {"enabled": False},
            # Features that cost time and that no test needs.
            "push": {"enabled": False},
            "stats": {"enabled": False},
            "user_directory": {"enabled": False},
            "log_config": str(self.folder / "log.yaml"),
            "federation": {
                "destination_min_retry_interval": "1s",
                "destination_max_retry_interval": "10s",
                "client_timeout": "10s",
            },
        }
        if not self.options.rate_limits:
            settings |= _WITHOUT_LIMITS
        if self.options.token_lifetime:
            settings["refreshable_access_token_lifetime"] = self.options.token_lifetime
        if self.options.default_room_version:
            settings["default_room_version"] = self.options.default_room_version
        if self.options.federated:
            settings |= {
                "tls_certificate_path": str(self.folder / "tls.crt"),
                "tls_private_key_path": str(self.folder / "tls.key"),
                "listeners": [
                    _listener(self.port, "client", tls=False),
                    _listener(federation_port, "federation", tls=True),
                ],
            }
        return settings


@contextlib.contextmanager
def running_synapse(folder: Path, options: SynapseOptions | None = None) -> Iterator[Synapse]:
    """Run a homeserver for the length of the block."""
    homeserver = Synapse(folder, options)
    try:
        homeserver.start()
        yield homeserver
    finally:
        homeserver.stop()


def _listener(port: int, resource: str, *, tls: bool) -> dict[str, object]:
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "tls": tls,
        "resources": [{"names": [resource]}],
    }
