"""What waits in the database, for health and metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.admin import Backlog
from bridge.domain.agenda import Kind
from bridge.store import Store
from bridge.store.agenda import Wanted


@dataclass(frozen=True, slots=True)
class StoredBacklog:
    """Implements `bot.admin.Database`."""

    store: Store

    async def backlog(self, now: datetime) -> Backlog:
        """Return what waits now."""
        async with self.store.reading() as work:
            first = await work.agenda.next(Wanted(frozenset(Kind)))
            waiting = await work.agenda.waiting(now=now)
            seats = await work.seats.count()
            live, people = await work.presences.count()
        late = timedelta(0) if first is None else max(now - first, timedelta(0))
        oldest = await self.store.outbox.oldest_waiting(now)
        return Backlog(oldest, waiting, late, seats, live, people)
