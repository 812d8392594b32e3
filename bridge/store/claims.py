"""Claims on the agenda's rows: the right of one engine to run a row until its lease ends."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bridge.domain.agenda import Due, Kind


@dataclass(frozen=True, slots=True)
class Claimed:
    """A due row that an engine holds until its lease ends."""

    due: Due
    id: int
    claim: int


class Starter(Protocol):
    """The engine of this process: it runs at once what a transaction plans for now.

    Such a row is claimed when it is written, and handed over after the commit: the engine need not
    look for it and claim it. The row is the net if the process is killed in between.
    """

    @property
    def lease(self) -> timedelta:
        """How long a row is claimed."""
        ...

    def takes(self, kind: Kind) -> bool:
        """Tell whether a row of this kind would be started at once."""
        ...
