"""What waiting pages ask for all the time, told from memory.

A page asks every 15 to 60 seconds. What was read for it is kept until something is saved that
changes it; of that the database is asked, once a second at most, for all pages together.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from time import monotonic

from bridge.ids import OccurrenceId
from bridge.services.admissions import Admission, Admissions
from federation.door.cookies import visit_of
from federation.door.pages import stamp

FRESH = 1.0
"""Seconds for which what was read may be told without asking whether it changed."""
OVERLAP = 10.0
"""Seconds between a change and its commit, or two machines' clocks, or before a question is put."""
LONGEST = 300.0
"""Seconds after which a visit is read again anyway, in case a clock was set meanwhile."""
_LONG_AGO, _FAR_AHEAD = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Told:
    """A visit as read, and what its page is told, worked out until its door opens or closes."""

    def __init__(self, admission: Admission | None, since: float) -> None:
        self.admission = admission
        self.since = since
        self._opens = self._closes = self._until = _LONG_AGO
        self._said = ""

    def body(self, admission: Admission, now: datetime) -> bytes:
        """Return the JSON for `now`: whether the door is open depends on each answer's moment."""
        if now >= self._until:
            self._work_out(admission, now)
        opens = max(0.0, (self._opens - now).total_seconds())
        closes = max(0.0, (self._closes - now).total_seconds())
        return f'{{{self._said},"opens_in":{opens:.3f},"closes_in":{closes:.3f}}}'.encode()

    def _work_out(self, admission: Admission, now: datetime) -> None:
        view = admission.view(now)
        window = view.window
        opens = window.opens.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._said = f'"state":"{view.standing}","stamp":"{stamp(view)}","opens_at":"{opens}"'
        self._opens, self._closes = window.opens, window.closes
        turns = (turn for turn in (window.opens, window.closes) if now < turn)
        self._until = next(turns, _FAR_AHEAD)


class Kept:
    """The visits asked for last, by name and by occurrence; those nobody has are not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: OrderedDict[str, tuple[Told, OccurrenceId]] = OrderedDict()
        self._of: dict[OccurrenceId, set[str]] = {}

    def __contains__(self, visit: str) -> bool:
        """Tell whether a visit is kept."""
        return visit in self._told

    def get(self, visit: str) -> Told | None:
        """Return a visit, and keep it longest from now."""
        if visit not in self._told:
            return None
        self._told.move_to_end(visit)
        return self._told[visit][0]

    def put(self, visit: str, told: Told, occurrence: OccurrenceId) -> None:
        """Keep a visit, in place of the one that nobody has asked for longest."""
        self._drop(visit)
        self._told[visit] = (told, occurrence)
        self._of.setdefault(occurrence, set()).add(visit)
        if len(self._told) > self._most:
            self._drop(next(iter(self._told)))

    def forget(self, occurrences: Iterable[OccurrenceId]) -> None:
        """Drop all visits to these occurrences."""
        for occurrence in occurrences:
            for visit in self._of.pop(occurrence, ()):
                del self._told[visit]

    def clear(self) -> None:
        """Drop all."""
        self._told.clear()
        self._of.clear()

    def _drop(self, visit: str) -> None:
        held = self._told.pop(visit, None)
        if held is None:
            return
        visits = self._of[held[1]]
        visits.remove(visit)
        if not visits:
            del self._of[held[1]]


class Recent:
    """Reads a visit once for all who ask; a change of plans is told a second late at most."""

    def __init__(
        self,
        admissions: Admissions,
        *,
        remembered: int = 50_000,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._admissions = admissions
        self._now = now
        self._kept = Kept(remembered)
        self._checked = now()
        self._checks = 0
        self._checking: asyncio.Task[None] | None = None
        self._reading: dict[str, asyncio.Task[Told]] = {}

    async def get(self, visit: str) -> Told:
        """Return a visit, named by its 32 digits, as it was at most a second ago."""
        if visit in self._kept and self._now() - self._checked >= FRESH:
            await self._check()
        held = self._kept.get(visit)
        if held is not None and self._now() - held.since < LONGEST:
            return held
        reading = self._reading.get(visit)
        if reading is None:
            reading = asyncio.create_task(self._read(visit))
            self._reading[visit] = reading
            reading.add_done_callback(lambda _: self._reading.pop(visit, None))
        return await asyncio.shield(reading)

    async def _check(self) -> None:
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._forget_changed())
        await asyncio.shield(self._checking)

    async def _forget_changed(self) -> None:
        began = self._now()
        within = timedelta(seconds=began - self._checked + OVERLAP)
        changed = await self._admissions.touched(within)
        if self._now() - began > OVERLAP / 2:
            self._kept.clear()  # it may have been put too late for its overlap
        self._kept.forget(changed)
        self._checked = began
        self._checks += 1

    async def _read(self, visit: str) -> Told:
        since, checks = self._now(), self._checks
        told = Told(await self._admissions.read(visit_of(visit)), since)
        # What changed while it was read may have been found meanwhile, and is not found again.
        if told.admission is not None and checks == self._checks:
            self._kept.put(visit, told, told.admission.occurrence.id)
        return told
