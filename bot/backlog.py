"""What waits in the database, for health and metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.admin import Backlog
from bridge.domain.agenda import LETTERS, Kind
from bridge.store import Store
from bridge.store.agenda import Wanted

_NEXT_TRY = timedelta(days=1)
"""No letter waits longer for its next try: what is planned for later is left out of the search."""


@dataclass(frozen=True, slots=True)
class StoredBacklog:
    """Implements `bot.admin.Database`."""

    store: Store

    async def backlog(self, now: datetime) -> Backlog:
        """Return what waits now."""
        async with self.store.reading() as work:
            first = await work.agenda.next(Wanted(frozenset(Kind)))
            waiting = await work.agenda.waiting(now=now)
            mails = await work.agenda.planned(LETTERS, until=now + _NEXT_TRY)
            seats = await work.seats.count()
            live, people = await work.presences.count()
        late = timedelta(0) if first is None else max(now - first, timedelta(0))
        oldest = await self.store.outbox.oldest_waiting(now)
        return Backlog(oldest, waiting, late, seats, live, people, mails)
