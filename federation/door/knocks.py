"""Knocks at Visio for guests whose pages are open: each second, and no longer than that.

Visio forgets a guest within three seconds without a knock, so a guest who left stands in nobody's
queue. Several doors may knock for one visit: it is the same knock. From time to time the place is
released, so that Visio tells a host who came later (`federation/door/anew.py`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from time import monotonic

import structlog

from bridge.clock import Clock
from bridge.domain.invitation import Standing
from bridge.errors import VisioError
from bridge.ids import InvitationId
from bridge.services.seats.knocking import Knocking
from bridge.services.visits.snapshot import Admission
from federation.door.anew import SilentDoor
from federation.door.metrics import DoorMetrics
from federation.door.status import VisitCache
from federation.door.streams import Streams

log = structlog.get_logger()

RHYTHM = 1.0
"""Seconds between two knocks."""
_SILENCE = 0.25
"""Seconds until the next check whether to knock again."""
ABSENT = 12.0
"""Seconds after its last request when a page without a stream is believed to be closed."""
_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds until the next retry while Visio does not answer."""
PER_LINK = 5
"""The number of browsers with one link for which we knock at the same time, in order of arrival: a
guest who opens a link over and over does not fill the host's queue."""
_LONGEST = 60.0
"""Seconds, at most, that Visio may ask us to wait."""


class Knocks:
    """One task for each visit that waits and whose page is there."""

    def __init__(
        self,
        knocking: Knocking,
        cache: VisitCache,
        streams: Streams,
        clock: Clock,
        metrics: DoorMetrics,
    ) -> None:
        self._knocking = knocking
        self._gauge = metrics.knocks
        self._cache = cache
        self._streams = streams
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._by_link: defaultdict[InvitationId, list[str]] = defaultdict(list)
        self._ending = False
        streams.on_news(self.here)

    def here(self, visit: str, admission: Admission, *, asks: bool = False) -> None:
        """Note that a visit's page has a stream, or `asks`, and knock for it if it waits."""
        waits = admission.standing(self._clock.now()) is Standing.WAITING
        if not waits or self._ending:
            return
        if asks:
            self._asked[visit] = monotonic()
        running = self._tasks.get(visit)
        if running is None or running.done():
            task = asyncio.create_task(self._keep(visit, admission.invitation.id))
            self._tasks[visit] = task
            task.add_done_callback(lambda done: self._done(visit, done))

    async def end(self) -> None:
        """Stop all knocking."""
        self._ending = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _done(self, visit: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(visit) is task:  # else its page came back in that moment
            del self._tasks[visit]
            self._asked.pop(visit, None)
            self._say(visit, away=False)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # For example the database does not answer: the page's next request starts another.
            log.error("door.knocks.failed", error=type(error).__name__)
            self._streams.end_of(visit)

    def _there(self, visit: str) -> bool:
        asked = self._asked.get(visit)
        recently = asked is not None and monotonic() - asked < ABSENT
        return recently or self._streams.has(visit)

    async def _keep(self, visit: str, link: InvitationId) -> None:
        same = self._by_link[link]
        same.append(visit)
        try:
            with self._gauge.track_inprogress():
                await self._knock(visit, same)
        finally:
            same.remove(visit)
            if not same:
                self._by_link.pop(link, None)

    async def _knock(self, visit: str, same: Sequence[str]) -> None:
        failures, anew = 0, None
        while self._there(visit):
            if visit not in same[:PER_LINK]:
                await asyncio.sleep(RHYTHM)
                continue
            admission = (await self._cache.get(visit)).admission
            if admission is None:
                return
            anew = anew or SilentDoor(admission.visit.created_at)
            if anew.silent(self._clock.now(), await self._knocking.agents(admission)):
                await asyncio.sleep(_SILENCE)
                continue
            pause, began = RHYTHM, monotonic()
            try:
                if await self._knocking.knock(admission) is not Standing.WAITING:
                    return
                failures = 0
            except VisioError as error:
                pause = _pause(error, failures)
                failures += 1
                log.warning("door.knock.failed", code=error.code, detail=str(error))
            self._say(visit, away=pause > RHYTHM)
            await asyncio.sleep(max(0.0, began + pause - monotonic()))

    def _say(self, visit: str, *, away: bool) -> None:
        """Have the visit's pages say that Visio does not answer, or no longer say it."""
        known = self._cache.away
        if away == (visit in known):
            return
        if away:
            known.add(visit)
        else:
            known.discard(visit)
        self._streams.retell(visit)


def _pause(error: VisioError, failures: int) -> float:
    asked = error.parameters.get("retry_after")
    least = _PAUSES[min(failures, len(_PAUSES) - 1)]
    return max(least, min(asked, _LONGEST)) if isinstance(asked, float) else least
