"""The work that one part of the product adds to a process, as data.

Each part has a `wire.py` that returns a capability, and each admission mode returns one; the
composition root merges them, and an engine runs the result. A part is added or left out there, and
nowhere else.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from bridge.domain.agenda import URGENT, Handler, Kind

LONGEST = timedelta(minutes=5)
"""A handler without a limit of its own is cancelled after this: none waits so long for a server."""

Run: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Receives the present moment."""


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A task to repeat at an interval, whatever time the wall clock shows."""

    name: str
    every: timedelta
    run: Run
    shared: bool = False
    """One of several processes on a database runs it for all."""


@dataclass(frozen=True, slots=True)
class HourlyTask:
    """A task to repeat at a minute of each hour of the day; one process runs it for all."""

    name: str
    minute: int
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Handlers of due rows, and periodic tasks."""

    handlers: Mapping[Kind, Handler] = field(default_factory=dict)
    """The handler of each kind of due row."""
    limits: Mapping[Kind, timedelta] = field(default_factory=dict)
    """The limits of handlers that wait for a slow server's answer."""
    periodic: Sequence[PeriodicTask] = ()
    hourly: Sequence[HourlyTask] = ()

    @property
    def urgent(self) -> Mapping[Kind, Handler]:
        """Handlers that a process without an engine runs at once for its own decisions."""
        return {kind: done for kind, done in self.handlers.items() if kind in URGENT}


def merged(parts: Iterable[Capability]) -> Capability:
    """Return all these as one. Raises ValueError if two handle the same kind or share a name."""
    handlers: dict[Kind, Handler] = {}
    limits: dict[Kind, timedelta] = {}
    periodic: list[PeriodicTask] = []
    hourly: list[HourlyTask] = []
    for part in parts:
        if twice := handlers.keys() & part.handlers.keys():
            raise ValueError(f"handled twice: {', '.join(sorted(twice))}")
        handlers |= part.handlers
        limits |= part.limits
        periodic += part.periodic
        hourly += part.hourly
    names = [one.name for one in periodic] + [one.name for one in hourly]
    if len(names) != len(set(names)):
        raise ValueError(f"done twice: {', '.join(sorted(names))}")
    return Capability(handlers=handlers, limits=limits, periodic=periodic, hourly=hourly)
