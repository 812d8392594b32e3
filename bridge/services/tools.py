"""The tools of every use case."""

from dataclasses import dataclass
from datetime import datetime

from bridge.clock import Clock
from bridge.domain.policy import Policy
from bridge.ports import UnitsOfWork


@dataclass(frozen=True, slots=True)
class Tools:
    """The database, the clock and the operator's choices, the same for all use cases of a process.

    A use case takes its own and never reads those of another use case.
    """

    works: UnitsOfWork
    clock: Clock
    policy: Policy

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return self.clock.now()
