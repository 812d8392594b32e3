"""What every use case works with."""

from dataclasses import dataclass
from datetime import datetime

from bridge.clock import Clock
from bridge.domain.policy import Policy
from bridge.ports import UnitsOfWork


@dataclass(frozen=True, slots=True)
class Tools:
    """The database, the time and the deployer's choices, the same for all use cases of a process.

    A use case takes its own and never reads a neighbour's.
    """

    works: UnitsOfWork
    clock: Clock
    policy: Policy

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return self.clock.now()
