"""Derives what is planned anew when the rules of zones change: 9:00 stays 9:00."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.wall import moment_of
from bridge.ids import OccurrenceId
from bridge.services.cards import arm_cards, refresh_card
from bridge.services.news import tell_guests
from bridge.services.series.carrying import Zones
from bridge.services.timebox import arm
from bridge.services.tools import Tools

log = structlog.get_logger()

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """Compares what is planned with the present rules of zones."""

    tools: Tools
    version: str
    """Of these rules, as their publisher names it: `2026c`."""
    zones: Zones = ZoneInfo
    page: int = _AT_ONCE
    """Occurrences that one transaction reads."""

    async def look(self, now: datetime) -> None:
        """Derive everything anew, once for each version of the rules."""
        name = f"zones:{self.version}"
        async with self.tools.works.reading() as work:
            if await work.once.last(name) is not None:
                return
        moved = await self.derive(now)
        async with self.tools.works() as work:
            await work.once.claim(name, now, unless_after=now)
        log.info("zones.rules-changed", version=self.version, moved=moved)

    async def derive(self, now: datetime) -> int:
        """Move each planned occurrence whose wall time means another moment by now; count them."""
        moved, since, after = 0, now, None
        while True:
            async with self.tools.works.reading() as work:
                found = await work.meetings.to_come(since=since, after=after, most=self.page)
            for one in found:
                moved += self._derived(one) is not None and await self._move(one.id, now)
            if len(found) < self.page:
                return moved
            since, after = found[-1].start, found[-1].id

    def _derived(self, occurrence: Occurrence) -> Occurrence | None:
        """Return an occurrence as it is by the present rules; `None` if nothing changes."""
        start = moment_of(occurrence.wall_start, self.zones(occurrence.zone))
        if start == occurrence.start or occurrence.state is not OccurrenceState.PLANNED:
            return None
        end = start + (occurrence.end - occurrence.start)
        return replace(occurrence.moved(start, end), wall=occurrence.wall_start)

    async def _move(self, known: OccurrenceId, now: datetime) -> bool:
        async with self.tools.works() as work:
            both = await work.meetings.both(known)
            derived = None if both is None else self._derived(both[1])
            if derived is None:
                return False
            await work.meetings.save_occurrence(derived)
            await arm(work, derived, self.tools.policy, now)
            await tell_guests(work, derived, now)
            await refresh_card(work, derived.id)
            if derived.original is not None:
                await arm_cards(work, derived.meeting, now)
        return True
