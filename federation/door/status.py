"""What waiting pages ask for all the time, from visits read at most a second ago."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from bridge.services.admissions import Admission, Admissions
from federation.door.cookies import visit_of
from federation.door.pages import stamp

FRESH = 1.0
"""Seconds for which what was read may be told again."""
_LONG_AGO, _FAR_AHEAD = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Told:
    """A visit as read, and what its page is told, worked out until its door opens or closes."""

    def __init__(self, admission: Admission | None, since: float) -> None:
        self.admission = admission
        self.since = since
        self._opens = self._until = _LONG_AGO
        self._said = ""

    def body(self, admission: Admission, now: datetime) -> bytes:
        """Return the JSON for `now`: whether the door is open depends on each answer's moment."""
        if now >= self._until:
            self._work_out(admission, now)
        left = max(0.0, (self._opens - now).total_seconds())
        return f'{{{self._said},"opens_in":{left:.3f}}}'.encode()

    def _work_out(self, admission: Admission, now: datetime) -> None:
        view = admission.view(now)
        window = view.window
        opens = window.opens.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._said = f'"state":"{view.standing}","stamp":"{stamp(view)}","opens_at":"{opens}"'
        self._opens = window.opens
        turns = (turn for turn in (window.opens, window.closes) if now < turn)
        self._until = next(turns, _FAR_AHEAD)


class Recent:
    """Reads a visit once for all who ask within a second; only a change of plans is told late."""

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
        self._held: OrderedDict[str, Told] = OrderedDict()
        self._reading: dict[str, asyncio.Task[Told]] = {}

    async def get(self, visit: str) -> Told:
        """Return a visit, named by its 32 digits, as it was at most a second ago."""
        held = self._held.get(visit)
        if held is not None and self._now() - held.since < FRESH:
            return held
        reading = self._reading.get(visit)
        if reading is None:
            reading = asyncio.create_task(self._read(visit))
            self._reading[visit] = reading
            reading.add_done_callback(lambda _: self._reading.pop(visit, None))
        return await asyncio.shield(reading)

    async def _read(self, visit: str) -> Told:
        since = self._now()
        told = Told(await self._admissions.read(visit_of(visit)), since)
        self._held[visit] = told
        self._held.move_to_end(visit)
        if len(self._held) > self._remembered:
            self._held.popitem(last=False)
        return told
