"""Worlds for the tests: the installed program among real servers, with people or without."""

import contextlib
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from tests.e2e.house import LINK, House
from tests.sandbox.world import Parvis, World, world
from tests.servers.forks import Forks
from tests.servers.matrix_client import MatrixUser, matrix_user
from tests.servers.postgres import Cluster
from tests.servers.synapse import Person, Synapse
from tests.servers.tcp import Relay, relay

Settings = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Installed:
    """Parvis as an operator has it: the wheel's files, and no checkout."""

    folder: Path
    forks: Forks | None = None
    """The script that starts it without importing it again."""

    @property
    def program(self) -> tuple[str, ...]:
        """The command that starts it."""
        return (str(self.folder / "bin" / "parvis"),)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which its modules are found."""
        return {"PYTHONPATH": str(self.folder), "LANG": "C.UTF-8"}


@contextlib.asynccontextmanager
async def open_world(
    installed: Installed,
    synapse: Synapse,
    *,
    agents: Sequence[str] = ("alice", "bob"),
    settings: Settings | None = None,
    program: Sequence[str] | None = None,
) -> AsyncIterator[World]:
    """Make everything but start Parvis; its log is as talkative as it can be, and machine-read."""
    chosen = {"logs": {"level": "debug", "format": "json"}, **(settings or {})}
    async with world(
        agents=agents,
        program=program or installed.program,
        environment=installed.environment,
        settings=chosen,
        synapse=synapse,
        forks=installed.forks,
    ) as made:
        yield made
        logs = (log.read_text(errors="replace") for log in made.parvis.folder.glob("*.log"))
        log = "".join(logs)
        codes = [found for mail in made.mail.received for found in LINK.findall(mail.text())]
        assert not any(code in log for code in codes), "a guest's code was logged"
        faults = [line for line in log.splitlines() if '"level": "error"' in line]
        assert not faults, faults[:3]


@contextlib.asynccontextmanager
async def people(made: World) -> AsyncIterator[House]:
    """Sign Alice and Bob in."""
    async with (
        signed_in(made, made.agents["alice"], "Alice Martin") as alice,
        signed_in(made, made.agents["bob"], "Bob Durand") as bob,
    ):
        yield House(made, alice, bob)


@contextlib.asynccontextmanager
async def signed_in(made: World, person: Person, name: str) -> AsyncIterator[MatrixUser]:
    """Sign a person in and give them a name."""
    async with matrix_user(made.synapse.url, person) as user:
        await user.nio.set_displayname(name)
        yield user


@contextlib.asynccontextmanager
async def open_house(
    installed: Installed, synapse: Synapse, *, settings: Settings | None = None
) -> AsyncIterator[House]:
    """Start everything, sign Alice and Bob in."""
    async with open_world(installed, synapse, settings=settings) as made:
        await made.parvis.start()
        async with people(made) as house:
            yield house


@dataclass(slots=True)
class Town(House):
    """A house whose Parvis is three processes."""

    url: str
    bot: Parvis
    door: Parvis
    worker: Parvis

    async def run(self, statement: str) -> object:
        """Ask the database one thing."""
        [[found]] = await self.rows(statement)
        return found

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database, or tell it something."""
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""), timeout=10)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close(timeout=5)


@contextlib.asynccontextmanager
async def open_town(
    installed: Installed,
    synapse: Synapse,
    cluster: Cluster,
    *,
    settings: Settings | None = None,
) -> AsyncIterator[Town]:
    """Make a database, sign Alice and Bob in, and start a process for each role, really at first."""
    url = await cluster.create_database()
    chosen = {**(settings or {}), "store": {"url": url}}
    async with open_world(installed, synapse, settings=chosen) as made:
        code, _, complaint = await made.parvis.run("migrate")
        assert code == 0, complaint
        real = replace(made.parvis, forks=None)
        bot, door, worker = (real.beside(role) for role in ("bot", "door", "worker"))
        async with contextlib.AsyncExitStack() as stack:
            for process in (bot, door, worker):
                stack.push_async_callback(process.stop, signal.SIGKILL)
                await process.start("--role", process.name)
                process.forks = installed.forks
            house = await stack.enter_async_context(people(made))
            yield Town(made, house.alice, house.bob, url, bot, door, worker)


@dataclass(slots=True)
class Neighbours:
    """A relay before each thing that Parvis depends on; people go to the thing itself."""

    homeserver: Relay
    visio: Relay
    mail: Relay
    media: Relay
    """Before nothing, unless it is told of a media server."""

    def settings(self, made: World) -> dict[str, dict[str, object]]:
        """Return how Parvis is to reach them."""
        return {
            "matrix": {"homeserver": self.homeserver.url},
            "visio": {"url": self.visio.url, "public_url": made.visio.url},
            "mail": {"port": self.mail.port},
        }


@contextlib.asynccontextmanager
async def neighbours(made: World, *, media: int = 1) -> AsyncIterator[Neighbours]:
    """Stand between Parvis and the others for a block; `media` is the media server's port."""
    async with (
        relay(port_of(made.synapse.url)) as homeserver,
        relay(port_of(made.visio.url)) as visio,
        relay(made.mail.port) as mail,
        relay(media) as server,
    ):
        yield Neighbours(homeserver, visio, mail, server)


def port_of(url: str) -> int:
    """Return the port that an address names."""
    return int(url.rpartition(":")[2].rstrip("/"))
