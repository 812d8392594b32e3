"""The share of an engine's workers that one calendar host may hold."""

import asyncio
from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from bridge.errors import CalendarBusy

AT_ONCE = 12
"""Handlers of one kind that work with one host: a fifth of the engine's, more than connections."""
PATIENCE = 1.0
"""Seconds that the others wait for their turn; a host that works gives it within milliseconds."""
_AGAIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class HostTurns:
    """Has handlers take turns, so that a slow host holds few of those that all hosts need."""

    patience: float = PATIENCE
    _turns: WeakValueDictionary[str, Semaphore] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def at(self, url: str) -> AsyncIterator[None]:
        """Hold a turn at the host of a URL. Raises CalendarBusy if none is free soon."""
        host = urlsplit(url).hostname or ""
        turn = self._turns.setdefault(host, Semaphore(AT_ONCE))
        try:
            async with asyncio.timeout(self.patience):
                await turn.acquire()
        except TimeoutError as error:
            raise CalendarBusy(_AGAIN) from error
        try:
            yield
        finally:
            turn.release()
