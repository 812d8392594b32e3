"""The state that waiting pages ask for all the time, answered from memory.

A visit that was read for a page is cached until something is saved that changes it; at most once a
second, one query asks for such changes, for all pages together.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TypeAlias

from bridge.ids import OccurrenceId
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.snapshot import Admission
from federation.door.cookies import visit_of
from federation.door.pages import stamp

FRESH = 1.0
"""Seconds for which a cached visit is used without asking whether it changed."""
OVERLAP = 10.0
"""Seconds that may lie between a change and its commit, two machines' clocks, or a query's planning
and its start."""
LONGEST = 300.0
"""Seconds after which a visit is read again anyway, in case another machine's clock was set."""
_LONG_AGO, _FAR_AHEAD = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


OccurrenceListener: TypeAlias = Callable[[Collection[OccurrenceId] | None], None]
"""Receives the occurrences whose guests' pages changed; `None` means perhaps all of them."""


class VisitSnapshot:
    """A visit as read, and its page's state, computed once until its door opens or closes."""

    def __init__(self, admission: Admission | None, since: float, checks: int = 0) -> None:
        """Take when, and after how many checks, the reading began: `since` and `checks`."""
        self.admission = admission
        self.since = since
        self.checks = checks
        self._opens = self._closes = self._until = _LONG_AGO
        self._said = ""

    def body(self, admission: Admission, now: datetime, *, away: bool = False) -> bytes:
        """Return the JSON for `now`: each answer's moment decides whether the door is open.

        `away`: Visio does not answer our knock.
        """
        self._settle(admission, now)
        opens = max(0.0, (self._opens - now).total_seconds())
        closes = max(0.0, (self._closes - now).total_seconds())
        more = ',"away":true' if away else ""
        return f'{{{self._said},"opens_in":{opens:.3f},"closes_in":{closes:.3f}{more}}}'.encode()

    def same(self, other: "VisitSnapshot", now: datetime) -> bool:
        """Tell whether a page that received one need not receive the other."""
        return self._facts(now) == other._facts(now)  # noqa: SLF001 - one of us

    def turns(self, now: datetime) -> datetime:
        """Return when time alone changes it: the door opens or closes."""
        self._facts(now)
        return self._until

    def _facts(self, now: datetime) -> tuple[str, datetime, datetime]:
        if self.admission is not None:
            self._settle(self.admission, now)
        return self._said, self._opens, self._closes

    def _settle(self, admission: Admission, now: datetime) -> None:
        if now < self._until:
            return  # it was computed, and holds until then
        view = admission.view(now)
        window = view.window
        opens = window.opens.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._said = f'"state":"{view.standing}","stamp":"{stamp(view)}","opens_at":"{opens}"'
        self._opens, self._closes = window.opens, window.closes
        turns = (turn for turn in (window.opens, window.closes) if now < turn)
        self._until = next(turns, _FAR_AHEAD)


class LruCache:
    """The visits asked for last, by name and by occurrence; unknown visits are not cached."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: OrderedDict[str, tuple[VisitSnapshot, OccurrenceId]] = OrderedDict()
        self._of: dict[OccurrenceId, set[str]] = {}

    def __contains__(self, visit: str) -> bool:
        """Tell whether a visit is cached."""
        return visit in self._told

    def get(self, visit: str) -> VisitSnapshot | None:
        """Return a visit, and mark it the most recently used."""
        if visit not in self._told:
            return None
        self._told.move_to_end(visit)
        return self._told[visit][0]

    def put(self, visit: str, told: VisitSnapshot, occurrence: OccurrenceId) -> None:
        """Cache a visit, in place of the least recently used one."""
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
        """Drop all visits."""
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


class VisitCache:
    """Reads a visit once for all who ask; a change reaches them at most a second late."""

    def __init__(
        self,
        admissions: Admissions,
        *,
        remembered: int = 50_000,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._admissions = admissions
        self._now = now
        self._kept = LruCache(remembered)
        self._checked = now()
        self._checks = 0
        self._checking: asyncio.Task[None] | None = None
        self._reading: dict[str, asyncio.Task[VisitSnapshot]] = {}
        self._seen: Mapping[OccurrenceId, datetime] = {}
        self._listeners: list[OccurrenceListener] = []
        self.away: set[str] = set()
        """The visits for which we knock at Visio, and it does not answer."""

    def on_change(self, listener: OccurrenceListener) -> None:
        """Have `listener` called with the occurrences that changed, whichever request found it."""
        self._listeners.append(listener)

    def clock_set(self) -> None:
        """Have every visit read and sent again: the clock was set, so what is open may change."""
        self._kept.clear()
        for listener in self._listeners:
            listener(None)

    def current(self, visit: str, told: VisitSnapshot) -> bool:
        """Tell whether a snapshot includes all changes that were found so far."""
        return told.checks == self._checks or self._kept.get(visit) is told

    async def get(self, visit: str) -> VisitSnapshot:
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

    async def look(self) -> None:
        """Ask for changes, even if another request has just asked."""
        if self._checking is not None and not self._checking.done():
            await asyncio.shield(self._checking)
        await self._check()

    async def read_all(self, occurrence: OccurrenceId) -> Mapping[str, VisitSnapshot]:
        """Read all visits to an occurrence, which costs no more than one."""
        since, checks = self._now(), self._checks
        found = await self._admissions.read_all(occurrence)
        told = {one.visit.id.hex: VisitSnapshot(one, since, checks) for one in found}
        for visit, one in told.items():
            if visit in self._kept and checks == self._checks:
                self._kept.put(visit, one, occurrence)
        return told

    async def _check(self) -> None:
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._forget_changed())
        await asyncio.shield(self._checking)

    async def _forget_changed(self) -> None:
        began = self._now()
        within = timedelta(seconds=began - self._checked + OVERLAP)
        found = await self._admissions.touched(within)
        # The query finds a change for as long as the overlap lasts; it is news only the first time.
        changed = {one for one, moment in found.items() if self._seen.get(one) != moment}
        self._seen = found
        late = self._now() - began > OVERLAP / 2  # perhaps asked too late for its overlap
        if late:
            self._kept.clear()
        self._kept.forget(changed)
        self._checked = began
        self._checks += 1
        for listener in self._listeners:
            listener(None if late else changed)

    async def _read(self, visit: str) -> VisitSnapshot:
        since, checks = self._now(), self._checks
        told = VisitSnapshot(await self._admissions.read(visit_of(visit)), since, checks)
        # A change during the reading may have been found meanwhile, and is not found again.
        if told.admission is not None and checks == self._checks:
            self._kept.put(visit, told, told.admission.occurrence.id)
        return told
