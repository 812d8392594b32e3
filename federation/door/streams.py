"""The streams on which waiting pages receive changes: one each, and one query for all.

A change by this process is looked for at once, and one by another process within a second. A change
is read once for all who wait for the same meeting.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeAlias, TypeVar

import structlog
from aiohttp import web

from bridge.clock import Clock
from bridge.ids import OccurrenceId
from bridge.services.visits.snapshot import Admission
from federation.door.settings import DoorLimits
from federation.door.status import FRESH, LONGEST, VisitCache, VisitSnapshot

log = structlog.get_logger()
Key = TypeVar("Key", bound=Hashable)
VisitListener: TypeAlias = Callable[[str, Admission], None]
"""Receives a visit that was read again."""

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # or nginx would buffer it
}
PER_VISIT = 4
"""A browser's tabs, and a tab's stream from before it was reloaded."""
_BACK = 1000, 3000
"""Milliseconds within which browsers reconnect when a stream ends, not all in the same moment."""


@dataclass(eq=False, slots=True)
class Stream:
    """One page's stream: its last state, and when that must be sent again."""

    visit: str
    request: web.Request
    admission: Admission
    told: VisitSnapshot
    beat: float
    away: AbstractSet[str]
    """Visits for which Visio does not answer."""
    over: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def gone(self) -> bool:
        """Whether its browser disconnected."""
        return self.request.transport is None

    def tell(self, told: VisitSnapshot | None, clock: Clock) -> None:
        """Have a newly read state sent; `None` ends the stream: the visit is nobody's now."""
        if told is None or told.admission is None:
            self.end()
            return
        if not told.same(self.told, clock.now()):
            self._news.set()
        self.told, self.admission = told, told.admission

    def retell(self) -> None:
        """Have the state sent again."""
        self._news.set()

    def end(self) -> None:
        """End it, so that the page asks again."""
        self.over = True
        self._news.set()

    async def write(self, response: web.StreamResponse, clock: Clock) -> None:
        """Send the page its state, now and at every change, until the end.

        Raises ConnectionError when its browser is gone.
        """
        await response.write(f"retry: {self._spread(*_BACK):.0f}\n".encode())
        while not self.over:
            self._news.clear()
            now = clock.now()
            body = self.told.body(self.admission, now, away=self.visit in self.away)
            turns = (self.told.turns(now) - now).total_seconds()
            await response.write(b"data: %b\n\n" % body)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(turns, self._spread(0.8 * self.beat, self.beat))):
                    await self._news.wait()

    def _spread(self, least: float, most: float) -> float:
        """Return a value between both, always the same for one visit."""
        return least + (most - least) * int(self.visit[-4:], 16) / 0xFFFF


class Streams:
    """All open streams, and the one task that looks for changes while there are any."""

    def __init__(self, cache: VisitCache, clock: Clock, limits: DoorLimits) -> None:
        self._cache = cache
        self._clock = clock
        self._limits = limits
        self._of: defaultdict[str, set[Stream]] = defaultdict(set)
        self._to: defaultdict[OccurrenceId, set[Stream]] = defaultdict(set)
        self._due: set[OccurrenceId] = set()
        self._look = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._ending = False
        self._listeners: list[VisitListener] = []
        cache.on_change(self._changed)

    def on_news(self, listener: VisitListener) -> None:
        """Have `listener` called with each visit that has a stream and was read again."""
        self._listeners.append(listener)

    def full(self, visit: str, network: str) -> bool:
        """Tell whether a visit, or a network, has all the streams that it may have."""
        return self._many(visit, PER_VISIT) or self._many(network, self._limits.streams)

    def _many(self, key: str, most: int) -> bool:
        held = self._of.get(key, ())
        return len(held) >= most and sum(not one.gone for one in held) >= most

    @contextmanager
    def opened(
        self,
        visit: str,
        network: str,
        request: web.Request,
        admission: Admission,
        told: VisitSnapshot,
    ) -> Iterator[Stream]:
        """Keep a stream up to date for the block."""
        beat, away = self._limits.beat, self._cache.away
        stream = Stream(visit, request, admission, told, beat, away, self._ending)
        occurrence = admission.occurrence.id
        for key in (visit, network):
            self._of[key].add(stream)
        self._to[occurrence].add(stream)
        self._keep_looking()
        try:
            yield stream
        finally:
            for key in (visit, network):
                _drop(self._of, key, stream)
            _drop(self._to, occurrence, stream)

    def has(self, visit: str) -> bool:
        """Tell whether a page of the visit has a stream."""
        return any(not one.gone for one in self._of.get(visit, ()))

    def retell(self, visit: str) -> None:
        """Have the visit's state sent to its pages again."""
        for stream in self._of.get(visit, ()):
            stream.retell()

    def end_of(self, visit: str) -> None:
        """End a visit's streams, so that its pages ask again."""
        for stream in self._of.get(visit, ()):
            stream.end()

    def _keep_looking(self) -> None:
        if self._ending or not (self._looking is None or self._looking.done()):
            return
        self._looking = asyncio.create_task(self._keep_true())
        self._looking.add_done_callback(self._looked)

    def look(self) -> None:
        """Look for changes now: this process has just made one."""
        self._look.set()

    async def end(self) -> None:
        """End all streams for good, so that nobody waits for them to end."""
        self._ending = True
        self._end_all()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    def _end_all(self) -> None:
        for streams in self._to.values():
            for stream in streams:
                stream.end()

    def _looked(self, looking: asyncio.Task[None]) -> None:
        if looking.cancelled():
            return
        error = looking.exception()
        if error is not None:
            # For example the database does not answer: pages ask for themselves, less and less
            # often.
            log.error("door.streams.failed", error=type(error).__name__)
            self._end_all()

    def _changed(self, occurrences: Collection[OccurrenceId] | None) -> None:
        if occurrences is not None:
            self._due |= self._to.keys() & occurrences
            return
        self._due |= self._to.keys()
        for streams in self._to.values():
            for stream in streams:
                stream.retell()  # what is open now, or for how long, may have changed
        self.look()

    async def _keep_true(self) -> None:
        while self._to:
            with suppress(TimeoutError):
                async with asyncio.timeout(FRESH):
                    await self._look.wait()
            self._look.clear()
            await self._cache.look()
            long_ago = monotonic() - LONGEST
            for occurrence, streams in self._to.items():
                if any(stream.told.since <= long_ago for stream in streams):
                    self._due.add(occurrence)
            while self._due:
                await self._renew(self._due.pop())

    async def _renew(self, occurrence: OccurrenceId) -> None:
        streams = tuple(self._to.get(occurrence, ()))  # a new one reads for itself
        told = await self._cache.read_all(occurrence)
        for stream in streams:
            stream.tell(told.get(stream.visit), self._clock)
        for stream in streams:
            for listener in self._listeners if not stream.over else ():
                listener(stream.visit, stream.admission)


def _drop(of: dict[Key, set[Stream]], key: Key, stream: Stream) -> None:
    of[key].discard(stream)
    if not of[key]:
        del of[key]
