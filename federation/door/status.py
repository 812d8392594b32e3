"""Visits as read at most a second ago: what waiting pages ask for all the time."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from bridge.ids import VisitId
from bridge.services.admissions import Admission, Admissions

FRESH = 1.0
"""Seconds for which an answer may be told again."""


@dataclass(frozen=True, slots=True)
class _Held:
    admission: Admission | None
    since: float


class Recent:
    """Reads a visit once for all who ask within a second.

    Whether the door is open is worked out at each answer, so only a change of plans is told late.
    """

    def __init__(
        self,
        admissions: Admissions,
        *,
        remembered: int = 20_000,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._admissions = admissions
        self._remembered = remembered
        self._now = now
        self._held: OrderedDict[VisitId, _Held] = OrderedDict()
        self._reading: dict[VisitId, asyncio.Task[Admission | None]] = {}

    async def get(self, visit: VisitId) -> Admission | None:
        """Return the visit as it was at most a second ago."""
        held = self._held.get(visit)
        if held is not None and self._now() - held.since < FRESH:
            return held.admission
        reading = self._reading.get(visit)
        if reading is None:
            reading = asyncio.create_task(self._read(visit))
            self._reading[visit] = reading
            reading.add_done_callback(lambda _: self._reading.pop(visit, None))
        return await asyncio.shield(reading)

    async def _read(self, visit: VisitId) -> Admission | None:
        since = self._now()
        admission = await self._admissions.read(visit)
        self._held[visit] = _Held(admission, since)
        self._held.move_to_end(visit)
        if len(self._held) > self._remembered:
            self._held.popitem(last=False)
        return admission
