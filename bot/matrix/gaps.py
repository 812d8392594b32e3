"""Filling the gaps that limited timelines leave, without ever holding up the sync for one salon.

After an outage the homeserver sends only the latest lines of each salon. The others are fetched
before the batch is recorded; where that fails the gap itself is recorded, and read later.
"""

import asyncio
import time
from collections.abc import Mapping

import structlog

from bot.matrix.backoff import Backoff
from bot.matrix.errors import AccountUnusable, MatrixTrouble, Refusal, Unreachable
from bot.matrix.raw import Json, moment, route, tables, text
from bot.matrix.settings import MatrixSettings
from bot.matrix.store import CryptoStore, Gap
from bot.matrix.timeline import is_our_join
from bot.matrix.wire import Wire
from bridge.clock import Clock, Monotonic
from bridge.ids import SalonId

log = structlog.get_logger()

PAGE = 100
AT_ONCE = 10
"""Open gaps read beside one sync."""


class Gaps:
    """The open gaps of one account."""

    def __init__(
        self,
        wire: Wire,
        store: CryptoStore,
        settings: MatrixSettings,
        clock: Clock,
        *,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._wire = wire
        self._store = store
        self._settings = settings
        self._clock = clock
        self._backoff = Backoff(settings)
        self._monotonic = monotonic
        self._not_before = monotonic()
        self._read: list[Gap] = []

    async def fill(self, gap: Gap) -> list[Json]:
        """Return a gap's events, oldest first; none, and the gap is kept, if that fails now."""
        try:
            async with asyncio.timeout(self._settings.gap_timeout):
                return await self._events(gap)
        except TimeoutError:
            self._keep(gap, Unreachable("too slow"))
        except AccountUnusable:
            raise
        except Refusal as refusal:
            if refusal.passing:
                self._keep(gap, refusal)
            else:  # we are not in the salon any more
                log.warning("matrix.gap_refused", salon=gap.room, errcode=refusal.errcode)
        except MatrixTrouble as trouble:
            self._keep(gap, trouble)
        return []

    async def late(self) -> Mapping[SalonId, list[Json]]:
        """Return the events of gaps that could not be read before; `settle` forgets those."""
        found: dict[SalonId, list[Json]] = {}
        if self._monotonic() < self._not_before:
            return found
        for gap in self._store.gaps()[:AT_ONCE]:
            before = self._backoff.failures
            events = await self.fill(gap)
            if self._backoff.failures > before:
                break
            self._read.append(gap)
            found.setdefault(SalonId(gap.room), []).extend(events)
        return found

    def settle(self) -> None:
        """Forget the gaps whose events are recorded."""
        for gap in self._read:
            self._store.filled(gap)
        if self._read:
            self._backoff.succeeded()
        self._read.clear()

    def _keep(self, gap: Gap, trouble: MatrixTrouble) -> None:
        delay = self._backoff.delay(trouble)
        self._not_before = self._monotonic() + delay
        self._store.gap(gap)
        log.warning("matrix.gap_postponed", salon=gap.room, reason=str(trouble))

    async def _events(self, gap: Gap) -> list[Json]:
        """Walk back to the last sync, our joining, an age, or some thousands of events."""
        oldest = self._clock.now() - self._settings.gap_age
        found: list[Json] = []
        start = gap.start
        for _page in range(self._settings.gap_pages):
            query = {"dir": "b", "from": start, "to": gap.since, "limit": str(PAGE)}
            answer = await self._wire.get(route("rooms", gap.room, "messages"), **query)
            for event in tables(answer, "chunk"):
                if moment(event, "origin_server_ts", oldest) < oldest:
                    return found[::-1]
                found.append(event)
                if is_our_join(event, self._settings.user):
                    return found[::-1]
            start = text(answer, "end")
            if not start or not tables(answer, "chunk"):
                return found[::-1]
        log.warning("matrix.gap_cut", salon=gap.room, events=len(found))
        return found[::-1]
