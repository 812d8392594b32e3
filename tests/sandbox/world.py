"""Parvis and all its neighbours on loopback: homeserver, mail server, Visio's double."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

import aiohttp

from tests.doubles.visio import VisioDouble
from tests.servers.forks import Fork, Forks
from tests.servers.ports import free_ports
from tests.servers.processes import ServerError, bound_to_us
from tests.servers.smtp import MailServer, mail_server
from tests.servers.synapse import Person, Synapse

READY = 60.0
STOP = 20.0
FROM_CHECKOUT = (sys.executable, "-m", "bot.program.cli")


@dataclass(slots=True)
class Parvis:
    """One `parvis` process and its folder; started, killed and started again by tests."""

    folder: Path
    settings: Path
    program: Sequence[str]
    door: str
    admin: str
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = "parvis"
    """The name of its log file: several processes may share a folder."""
    process: asyncio.subprocess.Process | Fork | None = None
    forks: Forks | None = None
    """Processes that have imported the program already; without it each start is a real one."""

    async def start(self, *arguments: str) -> None:
        """Start `parvis run` and return once it is ready."""
        await self._ready(await self.spawn(*arguments))

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process | Fork:
        """Start `parvis run` and return at once."""
        line = ("run", "--config", str(self.settings), *arguments)
        with (self.folder / f"{self.name}.log").open("ab") as log:
            if self.forks is None:
                self.process = await asyncio.create_subprocess_exec(
                    *bound_to_us(),
                    *self.program,
                    *line,
                    cwd=self.folder,
                    env=self._environment(),
                    stdout=log,
                    stderr=log,
                )
            else:
                self.process = await self.forks.spawn(
                    Path(self.program[-1]),
                    *line,
                    folder=self.folder,
                    environment=self._environment(),
                    output=log,
                )
        return self.process

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run another command to its end: exit code, output, errors."""
        process = await asyncio.create_subprocess_exec(
            *self.program,
            *arguments,
            "--config",
            str(self.settings),
            cwd=self.folder,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        return process.returncode or 0, output.decode(), errors.decode()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process and return its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        async with asyncio.timeout(STOP):
            return await process.wait()

    def log(self) -> str:
        """Return the process's log."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")

    def beside(self, name: str) -> "Parvis":
        """Return another process with the same settings, and its own administration address."""
        [admin] = free_ports(1)
        return replace(
            self,
            name=name,
            admin=f"http://127.0.0.1:{admin}",
            environment={**self.environment, "PARVIS_ADMIN__PORT": str(admin)},
            process=None,
        )

    def _environment(self) -> dict[str, str]:
        """Return our environment without settings' variables (PARVIS_REQUIRE is the tests' own)."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")
        }
        return {**inherited, **self.environment}

    async def _ready(self, process: asyncio.subprocess.Process | Fork) -> None:
        try:
            async with asyncio.timeout(READY):
                await self._answered(process)
        except TimeoutError:
            raise TimeoutError(f"parvis run is not ready after {READY:.0f} s") from None
        if process.returncode is not None:
            raise ServerError(f"parvis run ended with {process.returncode}:\n{self.log()[-4000:]}")

    async def _answered(self, process: asyncio.subprocess.Process | Fork) -> None:
        """Return once the process is ready, or has ended."""
        async with aiohttp.ClientSession() as session:
            while process.returncode is None:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.admin}/readyz") as answer:
                        if answer.status == HTTPStatus.OK:
                            return
                await asyncio.sleep(0.05)


@dataclass(slots=True, kw_only=True)
class World:
    """The servers, the people and Parvis."""

    folder: Path
    synapse: Synapse
    visio: VisioDouble
    mail: MailServer
    parvis: Parvis
    bot: Person
    agents: dict[str, Person]

    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    """Settings of this world's own, by section."""

    def configure(self, changes: Mapping[str, Mapping[str, object]]) -> None:
        """Write Parvis's settings; earlier changes stay, unless changed again."""
        for section, values in changes.items():
            self.changes.setdefault(section, {}).update(values)
        _write(self)


@contextlib.asynccontextmanager
async def world(
    *,
    agents: Sequence[str] = ("alice", "bob"),
    program: Sequence[str] = FROM_CHECKOUT,
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Mapping[str, object]] | None = None,
    synapse: Synapse | None = None,
    forks: Forks | None = None,
) -> AsyncIterator[World]:
    """Start everything but Parvis itself; `settings` overrides sections of its file.

    On a given homeserver, which may be shared, the people's names end in something random.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parvis-")))
        end = "" if synapse is None else f"-{secrets.token_hex(3)}"
        server = synapse or await _synapse(folder, stack)
        emails = [f"{agent}@beta.gouv.fr" for agent in agents]
        made = World(
            folder=folder,
            synapse=server,
            visio=await stack.enter_async_context(VisioDouble(users=emails)),
            mail=await stack.enter_async_context(mail_server()),
            bot=server.register(f"parvis{end}"),
            agents={agent: server.register(f"{agent}{end}") for agent in agents},
            parvis=replace(_parvis(folder, program, environment or {}), forks=forks),
        )
        made.configure(settings or {})
        stack.push_async_callback(made.parvis.stop, signal.SIGKILL)
        yield made


async def _synapse(folder: Path, stack: contextlib.AsyncExitStack) -> Synapse:
    server = Synapse(folder / "synapse")
    stack.callback(server.stop)
    await asyncio.get_running_loop().run_in_executor(None, server.start)
    return server


def _parvis(folder: Path, program: Sequence[str], environment: Mapping[str, str]) -> Parvis:
    home = folder / "parvis"
    home.mkdir()
    door, admin = free_ports(2)
    return Parvis(
        folder=home,
        settings=home / "parvis.toml",
        program=program,
        door=f"http://127.0.0.1:{door}",
        admin=f"http://127.0.0.1:{admin}",
        environment=environment,
    )


def _write(made: World) -> None:
    parvis = made.parvis
    server = made.bot.user.partition(":")[2]
    sections: dict[str, dict[str, object]] = {
        "store": {"url": "sqlite:///parvis.db"},
        "keys": {"folder": "keys"},
        "matrix": {
            "homeserver": made.synapse.url,
            "user": made.bot.user,
            "password": made.bot.password,
            "store": "matrix",
            "agents": [server],
        },
        "visio": {
            "url": made.visio.url,
            "client_id": made.visio.client_id,
            "secret": made.visio.client_secret,
        },
        "door": {
            "public_url": parvis.door,
            "port": int(parvis.door.rpartition(":")[2]),
            "organisation": "Bac à sable",
        },
        "admin": {"port": int(parvis.admin.rpartition(":")[2])},
        "mail": {
            "host": made.mail.host,
            "port": made.mail.port,
            "sender": "visio@parvis.example",
            "organizer": "reunions@parvis.example",
        },
        "limits": dict.fromkeys(("rooms", "salon_rooms", "addresses", "mails", "lines"), 1_000_000),
        "identity": {
            "map": {person.user: f"{name}@beta.gouv.fr" for name, person in made.agents.items()}
        },
    }
    for section, values in made.changes.items():
        sections.setdefault(section, {}).update(values)
    lines = ['profile = "sandbox"']
    for section, values in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    parvis.settings.write_text("\n".join(lines) + "\n")


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items())
        return f"{{{pairs}}}"
    return json.dumps(value)
