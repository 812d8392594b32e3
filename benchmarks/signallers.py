"""Many guests by LiveKit's signalling alone: no browser's own work is in the measure."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession

from bridge.clock import SystemClock
from tests.servers.livekit_signal import LEFT, joined

_PATIENCE = 60.0
"""Seconds for all of them to connect, or to learn that they are out."""
_CLOCK = SystemClock()


@dataclass(slots=True)
class Signallers:
    """Guests' clients, by names of ours; each stays until the server tells it to leave."""

    session: ClientSession
    _stays: dict[str, asyncio.Task[float]] = field(default_factory=dict)

    async def enter(self, url: str, tokens: Mapping[str, str]) -> None:
        """Connect everybody at once, and return when all are in."""
        inside = [asyncio.Event() for _ in tokens]
        for (name, token), event in zip(tokens.items(), inside, strict=True):
            self._stays[name] = asyncio.create_task(self._stay(url, token, event))
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*(event.wait() for event in inside))

    async def left(self, *names: str) -> dict[str, float]:
        """Wait until all of them learnt that they are out; return when, in Unix seconds."""
        async with asyncio.timeout(_PATIENCE):
            return {name: await self._stays.pop(name) for name in names}

    async def _stay(self, url: str, token: str, inside: asyncio.Event) -> float:
        async with joined(self.session, url, token) as signal:
            inside.set()
            await signal.until(LEFT)
            return _CLOCK.now().timestamp()


@asynccontextmanager
async def signallers() -> AsyncIterator[Signallers]:
    """Open the session of everybody's connections."""
    async with ClientSession() as session:
        yield Signallers(session)
