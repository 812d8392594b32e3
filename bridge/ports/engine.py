"""The engine that runs the agenda and all periodic tasks: ours, or another."""

import asyncio
from collections.abc import Collection
from typing import Protocol

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability


class Engine(Protocol):
    """Runs due rows: earliest first, at least once, each (kind, key) one at a time."""

    @property
    def full(self) -> Collection[Kind]:
        """Return the kinds that already run as often as they may: their other rows have to wait."""
        ...

    def wake(self) -> None:
        """Look at the agenda now."""
        ...

    async def run(self, work: Capability, stop: asyncio.Event) -> None:
        """Do this work until `stop`; kinds without a handler in it are left to other processes."""
        ...
