"""What an engine looks at anew because the wall clock was set."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from bridge.store.agenda import AgendaOutcome


class ClockStepWatch:
    """Tells when rows may wait for a time that the clock showed before it was set."""

    def __init__(self) -> None:
        """Have an engine that starts look once: it was not there to notice."""
        self.wanted = True
        self.by = timedelta(0)
        """By how much the clock was set; negative for back."""
        self._ran: set[int] = set()
        """Rows that ran at that moment: what comes of them may yet name the old time."""

    def stepped(self, by: timedelta, running: Collection[int]) -> None:
        """Note that the clock was set while these rows ran."""
        self.by = self.by + by if self.wanted or self._ran else by
        self._ran.update(running)
        self.wanted = True

    def settled(self, outcomes: Iterable[AgendaOutcome]) -> None:
        """Note that these were written."""
        over = self._ran.intersection(outcome.claimed.id for outcome in outcomes)
        self._ran -= over
        self.wanted = self.wanted or bool(over)

    def take(self) -> timedelta:
        """Return by how much the clock was set, for whoever looks now."""
        self.wanted = False
        return self.by

    def failed(self) -> None:
        """Note that nobody could look."""
        self.wanted = True
