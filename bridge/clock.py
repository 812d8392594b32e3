"""The only place that reads the time of day.

A moment that people agreed on (a window, a reminder, a lease that other processes read) means the
wall clock. How long something lasts is measured by the monotonic clock, which nobody can set.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

import structlog

log = structlog.get_logger()

Monotonic: TypeAlias = Callable[[], float]
"""Returns seconds since some fixed moment, unaffected by setting the wall clock."""
Stepped: TypeAlias = Callable[[timedelta], None]
"""Receives how far the wall clock was set: negative for a step back."""

LOOK = 0.5
"""Seconds between two comparisons of the clocks."""
NOTICED = timedelta(seconds=1)
"""A smaller difference is no step: time services slew the clock by half a millisecond a second."""


class Clock(Protocol):
    """Tells the time. Services take one, so that a test can decide what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class Steps:
    """Notices that the wall clock was set, by comparing it with the monotonic clock."""

    def __init__(self, clock: Clock, monotonic: Monotonic = time.monotonic) -> None:
        """Take both clocks as they are now."""
        self._clock = clock
        self._monotonic = monotonic
        self._listeners: list[Stepped] = []
        self._read = self._both()

    def on_step(self, listener: Stepped) -> Callable[[], None]:
        """Have `listener` called after each step. Returns the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self, stop: asyncio.Event) -> None:
        """Look twice a second until `stop`."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(LOOK):
                    await stop.wait()
            except TimeoutError:
                self.look()

    def look(self) -> timedelta:
        """Return how far the clock was set since the last look, and notify the listeners."""
        (wall, went), self._read = self._read, self._both()
        by = self._read[0] - wall - timedelta(seconds=self._read[1] - went)
        if abs(by) < NOTICED:
            return timedelta(0)
        log.warning("clock.stepped", seconds=round(by.total_seconds(), 1))
        for listener in tuple(self._listeners):
            listener(by)
        return by

    def _both(self) -> tuple[datetime, float]:
        return self._clock.now(), self._monotonic()
