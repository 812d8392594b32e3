"""Faults for Parvis: kills at any moment and at commits, neighbours that end or hang."""

import asyncio
import random  # noqa: TID251 - the same fates again, with the same seed
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.clock import SystemClock
from tests.e2e.storm.stage import Life, Stage
from tests.servers.tcp import Mode, Relay

AT_COMMITS = 0.4
"""Of the kills so many are at a commit, of which some never come by: those end like the others."""
EARLY = 0.55
"""Of the others so many come while the process is still starting."""


@dataclass(slots=True)
class Kills:
    """When who was killed, and what went wrong with that."""

    born: list[tuple[str, datetime]] = field(default_factory=list)
    died: list[tuple[str, datetime]] = field(default_factory=list)
    at_commits: int = 0
    failures: list[str] = field(default_factory=list)
    """Processes that ended by themselves, with what they said last."""


@dataclass(frozen=True, slots=True)
class Killer:
    """Kills the processes of a stage, and starts them again."""

    stage: Stage
    places: Sequence[str]
    pace: float
    """How many times as long as on an idle machine a start takes: so does a life."""
    chance: random.Random
    kills: Kills

    async def go(self, count: int) -> None:
        """Kill as often, in turn of every process; in the end all are up again."""
        lives = self.stage.lives
        shares = [
            count // len(lives) + (number < count % len(lives)) for number in range(len(lives))
        ]
        async with asyncio.TaskGroup() as group:
            for life, share in zip(lives, shares, strict=True):
                group.create_task(self._again_and_again(life, share))

    async def _again_and_again(self, life: Life, count: int) -> None:
        await life.parvis.stop(signal.SIGKILL)
        for _ in range(count):
            await self._one(life)
        await self._last(life)

    async def _one(self, life: Life) -> None:
        """Have a process live for a moment, and note how it died."""
        at_commit = self.places and self.chance.random() < AT_COMMITS
        doomed = life.doomed(self._place()) if at_commit else life
        span = self.pace * (self.chance.uniform(3, 6) if at_commit else self._span())
        self.kills.born.append((life.parvis.name, _now()))
        process = await doomed.parvis.spawn(*life.arguments)
        try:
            code = await asyncio.wait_for(asyncio.shield(process.wait()), span)
        except TimeoutError:
            await doomed.parvis.stop(signal.SIGKILL)
        else:
            self.kills.at_commits += code == -signal.SIGKILL
            if code != -signal.SIGKILL:
                self._note(life, code)
        self.kills.died.append((life.parvis.name, _now()))

    async def _last(self, life: Life) -> None:
        self.kills.born.append((life.parvis.name, _now()))
        await life.parvis.start(*life.arguments)

    def _note(self, life: Life, code: int) -> None:
        log = life.parvis.log()[-1500:]
        self.kills.failures.append(f"{life.parvis.name} ended with {code}:\n{log}")

    def _place(self) -> str:
        return f"{self.chance.choice(('before', 'after'))} {self.chance.choice(self.places)}"

    def _span(self) -> float:
        early = self.chance.random() < EARLY
        return self.chance.uniform(0.05, 2) if early else self.chance.uniform(1.2, 5)


@dataclass(slots=True)
class Weather:
    """Cuts neighbours and lets them hang, one at a time, for a moment each."""

    stage: Stage
    chance: random.Random
    spells: list[tuple[str, Mode, datetime, datetime]] = field(default_factory=list)

    async def blow(self) -> None:
        """Go on until it is cancelled; then all is well again."""
        between = self.stage.between
        named = {"homeserver": between.homeserver, "visio": between.visio, "mail": between.mail}
        while True:
            await asyncio.sleep(self.chance.uniform(1, 5))
            name = self.chance.choice(sorted(named))
            mode = self.chance.choice((Mode.CUT, Mode.HANG))
            await self._spell(name, named[name], mode)

    async def _spell(self, name: str, relay: Relay, mode: Mode) -> None:
        begun = _now()
        relay.become(mode)
        try:
            await asyncio.sleep(self.chance.uniform(0.3, 3))
        finally:
            relay.become(Mode.PASS)
            self.spells.append((name, mode, begun, _now()))


def _now() -> datetime:
    return SystemClock().now()
