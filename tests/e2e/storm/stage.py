"""The stage of the storm: Parvis as one process or as three, and its neighbours."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.e2e.house import House
from tests.e2e.worlds import (
    Installed,
    Neighbours,
    Settings,
    neighbours,
    open_town,
    open_world,
    people,
    port_of,
)
from tests.sandbox.calendars import settings_of
from tests.sandbox.world import Parvis
from tests.servers.calendars import CalendarServer
from tests.servers.livekit import LiveKit
from tests.servers.postgres import postgres
from tests.servers.synapse import Synapse, running_synapse

WHEEL = Path(os.environ.get("PARVIS_WHEEL") or Path(__file__).parents[3] / "build" / "wheel")
KILLER = (sys.executable, "-P", str(Path(__file__).parents[1] / "killer.py"))
STARTS = 1.5
"""Seconds in which a process is ready on a machine with nothing else to do."""
SOON: Settings = {
    "mail": {"retry_unconfirmed": "2s"},
    "door": {"limits": {"requests": 100_000, "forms": 100_000, "per_link": 100_000}},
}
"""A lost answer is asked about again while one looks on, and one machine plays every guest."""


@dataclass(frozen=True, slots=True)
class Life:
    """A process that may be killed, and the roles it has."""

    parvis: Parvis
    arguments: Sequence[str] = ()

    def doomed(self, where: str) -> "Life":
        """Return the same, dying at a place as `tests/e2e/killer.py` knows them."""
        environment = {**self.parvis.environment, "KILL_AT": where}
        return replace(self, parvis=replace(self.parvis, program=KILLER, environment=environment))

    def watched(self, log: Path) -> "Life":
        """Return the same, writing down each place that commits."""
        environment = {**self.parvis.environment, "KILL_LOG": str(log)}
        return replace(self, parvis=replace(self.parvis, program=KILLER, environment=environment))


@dataclass(slots=True)
class Stage:
    """The world, its processes, and the relays before its neighbours."""

    house: House
    between: Neighbours
    lives: Sequence[Life]

    def life_of(self, role: str) -> Life:
        """Return the process that has a role."""
        alone = len(self.lives) == 1
        return next(one for one in self.lives if alone or one.parvis.name == role)

    async def start(self) -> float:
        """Start every process until all are ready; return how many times too long each took."""
        begun = time.perf_counter()
        for life in self.lives:
            await life.parvis.start(*life.arguments)
        return max(1.0, (time.perf_counter() - begun) / len(self.lives) / STARTS)


@contextlib.asynccontextmanager
async def opened(
    *,
    postgresql: bool = False,
    media: LiveKit | None = None,
    synapse: Synapse | None = None,
    calendars: CalendarServer | None = None,
) -> AsyncIterator[Stage]:
    """Start everything; with PostgreSQL each role is a process of its own."""
    settings = SOON if calendars is None else {**SOON, "calendars": settings_of(calendars)}
    installed = Installed(WHEEL)
    if not (WHEEL / "built").exists():
        raise RuntimeError("build/wheel is missing (make wheel)")
    with contextlib.ExitStack() as servers:
        if synapse is None:
            folder = servers.enter_context(tempfile.TemporaryDirectory(prefix="parvis-storm-"))
            synapse = servers.enter_context(running_synapse(Path(folder)))
        if not postgresql:
            async with _house(installed, synapse, media, settings) as stage:
                yield stage
            return
        cluster = servers.enter_context(postgres())
        async with (
            open_town(installed, synapse, cluster, settings=settings) as town,
            _between(town, media) as between,
        ):
            roles = (town.bot, town.door, town.worker)
            for one in roles:
                await one.stop()
            stage = Stage(town, between, [Life(one, ("--role", one.name)) for one in roles])
            await stage.start()
            yield stage


@contextlib.asynccontextmanager
async def _house(
    installed: Installed, synapse: Synapse, media: LiveKit | None, settings: Settings
) -> AsyncIterator[Stage]:
    async with (
        open_world(installed, synapse, settings=settings) as made,
        people(made) as house,
        _between(house, media) as between,
    ):
        stage = Stage(house, between, [Life(made.parvis)])
        await stage.start()
        yield stage


@contextlib.asynccontextmanager
async def _between(house: House, media: LiveKit | None) -> AsyncIterator[Neighbours]:
    """Put the relays in, and have them known; whoever runs must be started again."""
    port = 1 if media is None else port_of(media.url)
    async with neighbours(house.world, media=port) as between:
        house.world.configure(between.settings(house.world))
        if media is not None:
            secret = media.ours.secret.get_secret_value()
            url = f"ws://127.0.0.1:{between.media.port}"
            known = {"way": "livekit", "url": url, "key": media.ours.key, "secret": secret}
            house.world.configure({"media": known})
        yield between
