"""A test write to the database: with a full disk or a lock, everybody can still read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from bridge.clock import Clock
from bridge.store import DATABASE_ERRORS

log = structlog.get_logger()

LATELY = 10.0
"""Seconds for which a successful write counts, so that frequent questions make few writes."""


class Writable(Protocol):
    """Takes a row that nobody reads."""

    async def write(self, now: datetime) -> None:
        """Write it. Raises one of `bridge.store.DATABASE_ERRORS`."""
        ...


@dataclass(slots=True)
class Pulse:
    """Writes a row that nobody reads, unless a write succeeded lately."""

    database: Writable
    clock: Clock
    monotonic: Callable[[], float]
    lately: float = LATELY
    _succeeded: float | None = None
    _trying: asyncio.Task[bool] | None = field(default=None, repr=False)

    async def beats(self, patience: float) -> bool:
        """Tell whether a write succeeds within `patience` seconds, or did lately.

        A slower write goes on: it is never cancelled, and the next question waits for it too.
        """
        now = self.monotonic()
        if self._succeeded is not None and now - self._succeeded < self.lately:
            return True
        if self._trying is None or self._trying.done():
            self._trying = asyncio.create_task(self._try())
        trying = self._trying
        done, _ = await asyncio.wait({trying}, timeout=patience)
        return bool(done) and trying.result()

    async def _try(self) -> bool:
        try:
            await self.database.write(self.clock.now())
        except DATABASE_ERRORS as error:
            log.warning("database.unwritable", error=type(error).__name__)
            return False
        self._succeeded = self.monotonic()
        return True
