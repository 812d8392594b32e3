"""A private PostgreSQL, on a free loopback port, of which nothing is left afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.servers.ports import free_ports
from tests.servers.processes import Process, ServerError, bound_to_us, running

OWNER = "parvis"
UNPRIVILEGED = "postgres"
"""PostgreSQL refuses to run as root; Debian's package brings this user."""
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
STARTS = 3
"""How often to try another port, if another process takes the free one first."""


def binaries() -> Path | None:
    """Return the folder of the newest installed server: Debian's own before one on PATH."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: int(bin_.parent.name)
    )
    if on_path := shutil.which("initdb"):
        folders.insert(0, Path(on_path).resolve().parent)
    complete = [one for one in folders if (one / "postgres").exists() and (one / "initdb").exists()]
    return complete[-1] if complete else None


def missing() -> str | None:
    """Return the missing part that this machine needs to run PostgreSQL, or None."""
    if binaries() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and run_as() is None:
        return f"root can't run PostgreSQL, and there is no user {UNPRIVILEGED!r} to run it as"
    return None


def run_as() -> str | None:
    """Return the user to run as, or None if we can stay who we are (or there is none)."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return UNPRIVILEGED if os.geteuid() == 0 and UNPRIVILEGED in known else None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL and its superuser's password."""

    port: int
    password: str = field(repr=False)
    _home: Path = Path()
    _running: ExitStack = field(default_factory=ExitStack, repr=False)

    def restart(self) -> None:
        """Stop the server despite its connections, as its package does; restart it on its port."""
        self._running.close()
        self._running.enter_context(_server(self._home, self.port))

    async def create_database(self, *, template: str = "template0") -> str:
        """Return the SQLAlchemy address of a new database, a copy of `template`."""
        name = f"parvis_{secrets.token_hex(6)}"
        await self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    async def create_template(self, prepare: Callable[[str], Awaitable[None]]) -> str:
        """Return the name of a database that `prepare` filled, for `create_database`."""
        url = await self.create_database()
        await prepare(url)
        return url.rpartition("/")[2]

    async def drop_database(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        await self._admin(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')

    def url(self, database: str, *, driver: str = "postgresql+asyncpg") -> str:
        """Return the address of a database for SQLAlchemy."""
        return f"{driver}://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}"

    async def _admin(self, statement: str) -> None:
        url = self.url("postgres", driver="postgresql")
        connection = await asyncpg.connect(url, timeout=10, command_timeout=30)
        try:
            await connection.execute(statement)
        finally:
            await connection.close(timeout=5)


@contextmanager
def postgres() -> Iterator[Cluster]:
    """Run a cluster for the block. Raises ServerError."""
    if reason := missing():
        raise ServerError(reason)
    home = Path(tempfile.mkdtemp(prefix="parvis-postgres-"))
    password = secrets.token_hex(16)
    try:
        _initialise(home, password)
        with ExitStack() as stack:
            yield Cluster(_start(home, stack), password, home, stack)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _initialise(home: Path, password: str) -> None:
    """Make an empty cluster in `home`/data, owned by the user who will run it."""
    pwfile = home / "password"
    pwfile.write_text(password, encoding="ascii")
    if user := run_as():
        shutil.chown(home, user, user)
        shutil.chown(pwfile, user, user)
    options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
    command = (_program("initdb"), *options, f"--username={OWNER}", f"--pwfile={pwfile}")
    done = subprocess.run(
        [*bound_to_us(user), *command, f"--pgdata={home / 'data'}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=home,
    )
    pwfile.unlink()
    if done.returncode:
        raise ServerError(f"initdb failed: {done.stdout}{done.stderr}")


def _start(home: Path, stack: ExitStack) -> int:
    """Run a server until the stack is left; return its port."""
    for attempt in range(1, STARTS + 1):
        [port] = free_ports(1)
        try:
            stack.enter_context(_server(home, port))
        except ServerError:
            if attempt == STARTS:
                raise
        else:
            return port
    raise AssertionError


def _server(home: Path, port: int) -> AbstractContextManager[Process]:
    settings = (*QUICK, "listen_addresses=127.0.0.1", "unix_socket_directories=")
    return running(
        [
            *bound_to_us(run_as()),
            *(_program("postgres"), "-D", home / "data", "-p", str(port)),
            *(word for setting in settings for word in ("-c", setting)),
        ],
        mark="ready to accept connections",
        cwd=home,
        stop=signal.SIGINT,  # at once, and no committed data is lost
    )


def _program(name: str) -> Path:
    folder = binaries()
    assert folder is not None
    return folder / name
