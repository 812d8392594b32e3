"""Rooms that somebody should look into soon: one look at a time, with what came meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias

import structlog

log = structlog.get_logger()

PAUSE = 0.1
"""Seconds between two looks, however much is told."""
ANYBODY = 5.0
"""Seconds between two looks because of what nobody vouches for."""

PollRooms: TypeAlias = Callable[[Collection[str] | None], Awaitable[None]]
"""Looks into rooms by their names, or into all."""


class Hints:
    """Has rooms looked into, twice for each hint; the first acts at once."""

    def __init__(self, look: PollRooms) -> None:
        self._look = look
        self._rooms: set[str] = set()
        self._again: set[str] = set()
        """Rooms looked into once: the server tells of a room before it lists who made it."""
        self._all = False
        self._wake = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        self._free = 0.0

    def room(self, name: str) -> None:
        """Have a room looked into."""
        self._rooms.add(name)
        self._wake.set()

    def anything(self) -> None:
        """Have all rooms looked into, now or in a while: anybody may have said so."""
        if self._later is None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_at(max(self._free, loop.time()), self._due)

    def _due(self) -> None:
        self._later = None
        self._free = asyncio.get_running_loop().time() + ANYBODY
        self._all = True
        self._wake.set()

    async def run(self) -> None:
        """Look whenever there is reason to, until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                rooms, everything = self._rooms | self._again, self._all
                self._rooms, self._again, self._all = set(), self._rooms, False
                await self._try(None if everything else rooms)
                await asyncio.sleep(PAUSE)
                if self._again:
                    self._wake.set()
        finally:
            if self._later is not None:
                self._later.cancel()

    async def _try(self, rooms: Collection[str] | None) -> None:
        try:
            await self._look(rooms)
        except Exception as error:  # noqa: BLE001 - whoever looks each second is the net
            log.warning("hint.failed", error=type(error).__name__)
