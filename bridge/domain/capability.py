"""What one part of the product adds to the work of a process, as data.

Each part has a `wire.py` that returns one; the composition root merges them, and an engine runs
what comes out. A part is added or left out there, and nowhere else.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from bridge.domain.agenda import URGENT, Handler, Kind

LONGEST = timedelta(minutes=5)
"""After this a handler is cut that has no limit of its own: none waits so long for anybody."""

Run: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Is given the present moment."""


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Something to do again and again, whatever time the wall clock shows."""

    name: str
    every: timedelta
    run: Run
    shared: bool = False
    """Of several processes on one database, one does it for all."""


@dataclass(frozen=True, slots=True)
class HourlyTask:
    """Something to do at a minute of each hour of the day; one process does it for all."""

    name: str
    minute: int
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a process can do that no command, form or mail of this moment asks for."""

    handlers: Mapping[Kind, Handler] = field(default_factory=dict)
    """What runs each kind of due thing."""
    limits: Mapping[Kind, timedelta] = field(default_factory=dict)
    """How long handlers may take that wait for a slow server's answer."""
    periodic: Sequence[PeriodicTask] = ()
    hourly: Sequence[HourlyTask] = ()

    @property
    def urgent(self) -> Mapping[Kind, Handler]:
        """What a process that has no engine does at once for what it decided itself."""
        return {kind: done for kind, done in self.handlers.items() if kind in URGENT}


def merged(parts: Iterable[Capability]) -> Capability:
    """Return what all these can do. Raises ValueError where two want to do the same."""
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
