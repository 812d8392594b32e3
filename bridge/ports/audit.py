"""The audit: facts noted in the transaction of their cause, linked soon after."""

from datetime import datetime
from typing import Protocol

from bridge.domain.audit import AuditFact, Head


class AuditRepository(Protocol):
    """The audit, as use cases see it: they add to it, and read nothing."""

    async def note(self, *facts: AuditFact) -> None:
        """Keep facts, with people's pseudonyms; nothing happens if the audit is off."""
        ...


class AuditKeeper(Protocol):
    """The upkeep of the audit; each method is a transaction of its own."""

    async def prepare(self, now: datetime) -> None:
        """Make the salts of this month and the next, unless they exist."""
        ...

    async def chain(self, now: datetime) -> int:
        """Link the records that wait, in the order of their moments; return how many."""
        ...

    async def head(self, now: datetime) -> Head | None:
        """Return the end of the chain; `None` while nothing is linked."""
        ...

    async def cut(self, before: datetime, now: datetime) -> int:
        """Delete the records at the beginning that are older than that; return how many.

        A record says where the chain begins then.
        """
        ...

    async def forget(self, before: str, now: datetime) -> int:
        """Destroy the salts of the months before that one (`2026-11`); return how many."""
        ...


class HeadKeeper(Protocol):
    """A place outside the database that keeps the chain's heads."""

    async def keep(self, head: Head) -> None:
        """Write a head down. Raises OSError."""
        ...
