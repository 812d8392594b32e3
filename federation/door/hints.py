"""Rooms to poll soon: one poll at a time, with all hints that came meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias

import structlog

log = structlog.get_logger()

PAUSE = 0.1
"""Seconds between two polls, however many hints come."""
ANYBODY = 5.0
"""Seconds between two polls for hints that nobody vouches for."""

PollRooms: TypeAlias = Callable[[Collection[str] | None], Awaitable[None]]
"""Polls rooms by their names, or all."""


class Hints:
    """Has rooms polled, twice for each hint; the first poll is immediate."""

    def __init__(self, look: PollRooms) -> None:
        self._look = look
        self._rooms: set[str] = set()
        self._again: set[str] = set()
        """Rooms that were polled once: the server reports a room before it lists its first
        participant."""
        self._all = False
        self._wake = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        self._free = 0.0

    def room(self, name: str) -> None:
        """Have a room polled."""
        self._rooms.add(name)
        self._wake.set()

    def anything(self) -> None:
        """Have all rooms polled, now or soon: anybody may have sent this hint."""
        if self._later is None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_at(max(self._free, loop.time()), self._due)

    def _due(self) -> None:
        self._later = None
        self._free = asyncio.get_running_loop().time() + ANYBODY
        self._all = True
        self._wake.set()

    async def run(self) -> None:
        """Poll whenever there is a hint, until cancelled."""
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
        except Exception as error:  # noqa: BLE001 - the poll of each second is the safety net
            log.warning("hint.failed", error=type(error).__name__)
