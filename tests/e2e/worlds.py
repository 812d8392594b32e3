"""Worlds for the tests: the installed program among real servers, with people or without."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.house import LINK, House
from tests.sandbox.world import World, world
from tests.servers.matrix_client import MatrixUser, matrix_user
from tests.servers.synapse import Person, Synapse

Settings = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Installed:
    """Parvis as an operator has it: the wheel's files, and no checkout."""

    folder: Path

    @property
    def program(self) -> tuple[str, ...]:
        """What starts it."""
        return (str(self.folder / "bin" / "parvis"),)

    @property
    def environment(self) -> dict[str, str]:
        """What makes its modules be found there."""
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
