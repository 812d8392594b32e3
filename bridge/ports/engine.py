"""What runs the agenda and all that recurs: our own engine, or another's."""

import asyncio
from collections.abc import Collection
from typing import Protocol

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability


class Engine(Protocol):
    """Runs what is due: earliest first, at least once, each (kind, key) one at a time."""

    @property
    def full(self) -> Collection[Kind]:
        """Return the kinds of which as many run as may run at once: the rest has to wait."""
        ...

    def wake(self) -> None:
        """Look at the agenda now."""
        ...

    async def run(self, work: Capability, stop: asyncio.Event) -> None:
        """Do this work until `stop`; kinds that it has no handler of are left to others."""
        ...
