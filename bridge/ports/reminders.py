"""Agents' reminders in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.reminder import Reminder
from bridge.ids import OccurrenceId, ReminderId, UserId


class ReminderRepository(Protocol):
    """Reminders that agents asked for, and what their salons chose."""

    async def add(self, reminder: Reminder) -> None:
        """Insert a reminder."""
        ...

    async def get(self, reminder: ReminderId) -> Reminder | None:
        """Return a reminder, without locking it: its occurrence's lock keeps it as it is."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Reminder]:
        """Return an occurrence's reminders, sent ones too, in order."""
        ...

    async def waiting(self, user: UserId) -> Sequence[Reminder]:
        """Return an agent's reminders to come, in order."""
        ...

    async def count(self, user: UserId) -> int:
        """Return how many reminders of an agent are to come."""
        ...

    async def save(self, reminder: Reminder) -> None:
        """Replace a reminder's row."""
        ...

    async def hold(self, reminder: ReminderId) -> Reminder | None:
        """Return a reminder, locked: it waits for whoever takes it just now."""
        ...

    async def take(self, first: ReminderId, now: datetime, most: int) -> Sequence[Reminder]:
        """Mark a held reminder as done, and others that are due, at most so many; return them.

        None of an occurrence that is over, and none that another transaction takes.
        """
        ...

    async def drop(self, occurrence: OccurrenceId, user: UserId) -> int:
        """Delete an agent's reminders of an occurrence that are to come; return how many."""
        ...

    async def choice(self, occurrence: OccurrenceId) -> int | None:
        """Return how many minutes before it the occurrence's salon wants to be reminded.

        Negative: never; `None`: it made no choice, or there is no salon. Nothing is locked.
        """
        ...
