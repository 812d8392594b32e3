"""Remembers that the wall clock was set, until an engine has adapted the rows that wait."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from bridge.store.agenda import AgendaOutcome


class ClockStepWatch:
    """Tells when rows may be waiting for a time that the clock showed before it was set."""

    def __init__(self) -> None:
        """Have a starting engine look once: it was not running to notice an earlier step."""
        self.wanted = True
        self.by = timedelta(0)
        """How far the clock was set; negative for a step back."""
        self._ran: set[int] = set()
        """Rows that ran at that moment: their outcomes may still name the old time."""

    def stepped(self, by: timedelta, running: Collection[int]) -> None:
        """Note that the clock was set while these rows ran."""
        self.by = self.by + by if self.wanted or self._ran else by
        self._ran.update(running)
        self.wanted = True

    def settled(self, outcomes: Iterable[AgendaOutcome]) -> None:
        """Note that the outcomes of these rows were written."""
        over = self._ran.intersection(outcome.claimed.id for outcome in outcomes)
        self._ran -= over
        self.wanted = self.wanted or bool(over)

    def take(self) -> timedelta:
        """Return how far the clock was set, to the caller that will adapt the rows."""
        self.wanted = False
        return self.by

    def failed(self) -> None:
        """Note that the rows could not be adapted: the next call tries again."""
        self.wanted = True
