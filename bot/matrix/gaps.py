"""Reads the gaps that limited timelines leave.

After an outage the homeserver sends only the latest lines of each salon; the others are fetched
here, where waiting is allowed: the homeserver may have to ask another for them.
"""

from collections.abc import Iterable, Iterator

import structlog

from bot.matrix.lags import Lags
from bot.matrix.raw import Json, route, tables, text
from bot.matrix.settings import MatrixOptions
from bot.matrix.store import Gap
from bot.matrix.timeline import is_our_join
from bot.matrix.wire import MatrixWire
from bridge.clock import Clock

log = structlog.get_logger()

PAGE = 100
NO_POSITION = ""
"""The start of a gap that has none: the homeserver does not know our last sync."""


class Gaps:
    """Fetches events that a sync left out of salons' timelines."""

    def __init__(self, wire: MatrixWire, settings: MatrixOptions, lags: Lags, clock: Clock) -> None:
        self._wire = wire
        self._settings = settings
        self._lags = lags
        self._clock = clock

    async def events(self, gap: Gap) -> list[Json]:
        """Return a gap's events, oldest first, without lines dated as too old for an answer.

        Raises MatrixTrouble.
        """
        return self.recent(await self._walked(gap))

    def recent(self, events: Iterable[Json]) -> list[Json]:
        """Return the events without lines dated as too old for an answer."""
        return [event for event in events if not self._is_old(event)]

    async def _walked(self, gap: Gap) -> list[Json]:
        """Walk back to the last sync, our joining, or some thousands of events.

        Never to a line of some date: its sender's clock gives it, and any date may be anywhere.
        """
        found: list[Json] = []
        start = gap.start
        for _page in range(self._settings.gap_pages):
            query = {"dir": "b", "from": start, "limit": str(PAGE)}
            if gap.since != NO_POSITION:
                query["to"] = gap.since
            answer = await self._wire.get(route("rooms", gap.room, "messages"), **query)
            chunk = tables(answer, "chunk")
            for event in chunk:
                found.append(event)
                if is_our_join(event, self._settings.user):
                    return found[::-1]
            start = text(answer, "end")
            if not start or not chunk:
                return found[::-1]
        log.warning("matrix.gap_cut", salon=gap.room, events=len(found))
        return found[::-1]

    def _is_old(self, event: Json) -> bool:
        """Return whether a line's date is too old for an answer; state counts at any age."""
        now = self._clock.now()
        old = self._lags.age(event, now)  # unknown: it is read, and judged as a line
        return "state_key" not in event and old is not None and old > self._settings.gap_age


def in_pages(events: list[Json]) -> Iterator[list[Json]]:
    """Return events in parts, each of which is read in one go."""
    for start in range(0, len(events), PAGE):
        yield events[start : start + PAGE]
