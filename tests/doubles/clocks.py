"""Wall clocks for tests (`bridge.clock.Clock`): one that stands still, one that runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic


@dataclass
class SetClock:
    """Stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def forward(self, by: timedelta = timedelta(0), **units: float) -> None:
        """Move it; `units` are those of a timedelta. Negative: back."""
        self.at += by + timedelta(**units)


class RunningClock:
    """Starts at a time of our choice, and then runs at normal speed."""

    def __init__(self, moment: datetime) -> None:
        self.set(moment)

    def set(self, moment: datetime) -> None:
        self._moment, self._since = moment, monotonic()

    def forward(self, by: timedelta) -> None:
        self.set(self.now() + by)

    def now(self) -> datetime:
        return self._moment + timedelta(seconds=monotonic() - self._since)
