"""Records which waiting guests' pages are open.

They are recorded together, in one statement every few seconds, so that a thousand waiting guests
cost no more than one. A guest whose page is closed leaves the list that the salon reads; a guest
whose page comes back, on a phone that was locked for instance, is listed again.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog

from bridge.clock import Clock
from bridge.domain.invitation import Standing
from bridge.ids import VisitId
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.snapshot import Admission
from federation.door.cookies import visit_of
from federation.door.streams import Streams

log = structlog.get_logger()

ABSENT = 12.0
"""Seconds after its last request when a page without a stream is believed to be closed."""
_MOST = 500
"""Pages recorded in one statement: databases limit a statement's parameters."""


class SignsOfLife:
    """The waiting guests' open pages, and the one task that records them while there are any."""

    def __init__(
        self, admissions: Admissions, streams: Streams, clock: Clock, *, every: float
    ) -> None:
        """Take `every`, the seconds between two records."""
        self._admissions = admissions
        self._streams = streams
        self._clock = clock
        self._every = every
        self._asked: dict[str, float] = {}
        self._noting: asyncio.Task[None] | None = None
        self._ending = False
        streams.on_news(self.here)

    def here(self, visit: str, admission: Admission, *, asks: bool = False) -> None:
        """Note that a visit's page is open: it has a stream, or `asks`."""
        del asks
        if admission.standing(self._clock.now()) is not Standing.WAITING:
            self._asked.pop(visit, None)
            return
        self._asked[visit] = monotonic()
        if not self._ending and (self._noting is None or self._noting.done()):
            self._noting = asyncio.create_task(self._keep())

    async def end(self) -> None:
        """Stop recording."""
        self._ending = True
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.wait({self._noting})

    async def _keep(self) -> None:
        while self._asked:
            await asyncio.sleep(self._every)
            self._asked = {one: at for one, at in self._asked.items() if self._open(one, at)}
            try:
                await self._note([visit_of(one) for one in self._asked])
            except Exception as error:  # noqa: BLE001 - the database may be away: it is retried
                log.warning("door.signs.failed", error=type(error).__name__)

    async def _note(self, visits: Sequence[VisitId]) -> None:
        for first in range(0, len(visits), _MOST):
            await self._admissions.here(visits[first : first + _MOST])

    def _open(self, visit: str, asked: float) -> bool:
        return monotonic() - asked < ABSENT or self._streams.has(visit)
