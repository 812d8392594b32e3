"""Remembers that nothing was to be done, until something is written to the database.

Who looks for work each second finds none most of the time. SQLite tells for some microseconds
whether anybody, this process or another, has written since; PostgreSQL does not, and is asked.
"""

from dataclasses import dataclass

from bridge.store.connections import DatabaseEngine


@dataclass(slots=True)
class Quiet:
    """One question's memory: it had no answer, and has none while nothing is written."""

    engine: DatabaseEngine
    _mark: int | None = None

    def mark(self) -> int | None:
        """Return the mark for `begin`; take it before the question, so that no commit is missed."""
        return self.engine.version()

    def begin(self, mark: int | None) -> None:
        """Remember that the question had no answer at that mark."""
        self._mark = mark

    @property
    def lasts(self) -> bool:
        """Whether the question has no answer still, for certain."""
        return self._mark is not None and self.engine.version() == self._mark
