"""The work that waits in the database, and a test write: for health and metrics."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.program.health import Backlog
from bridge.domain.agenda import LETTERS, Kind
from bridge.store import Store
from bridge.store.agenda import Claimable
from bridge.store.work import StoreWork

_PULSE = "health.pulse"
_AHEAD = timedelta(days=1)
"""The lead of another process's clock that does not keep ours from writing."""

_NEXT_TRY = timedelta(days=1)
"""No mail waits longer for a retry: the search skips rows planned for later."""


@dataclass(frozen=True, slots=True)
class StoredBacklog:
    """Implements `bot.program.health.Database`."""

    store: Store

    async def backlog(self, now: datetime, full: Collection[Kind] = ()) -> Backlog:
        """Return the backlog now."""
        async with self.store.reading(long=True) as work:
            late = await _late(work, frozenset(Kind), now)
            stuck = late
            if late and full:
                stuck = await _late(work, frozenset(Kind) - frozenset(full), now)
            waiting = await work.agenda.waiting(now=now)
            mails = await work.agenda.planned(LETTERS, until=now + _NEXT_TRY)
            seats = await work.seats.count()
            live, people = await work.presences.count()
        oldest = await self.store.outbox.oldest_waiting(now)
        return Backlog(oldest, waiting, late, stuck, seats, live, people, mails)

    async def write(self, now: datetime) -> None:
        """Write a row that nobody reads."""
        await self.store.claim_once(_PULSE, now, unless_after=now + _AHEAD)


async def _late(work: StoreWork, kinds: frozenset[Kind], now: datetime) -> timedelta:
    first = await work.agenda.next(Claimable(kinds)) if kinds else None
    return timedelta(0) if first is None else max(now - first, timedelta(0))
