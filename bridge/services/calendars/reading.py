"""Reads what changed in a calendar since it was read last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarObject
from bridge.domain.calendar_change import CalendarChange
from bridge.ids import CalendarObjectId
from bridge.ports.calendar_servers import CalendarServers, EventTexts, FoundCalendar, ObjectText
from bridge.services.calendars.comparing import (
    Comparing,
    Differences,
    known_of,
    must_be_read,
    suspicious,
)
from bridge.services.calendars.fetching import fetched, parts
from bridge.services.calendars.findings import ChangeFinding
from bridge.services.calendars.sifting import rows_at, sifted
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRead:
    """The findings of a look at a calendar, to be stored as a whole."""

    calendar: AgentCalendar
    objects: Sequence[CalendarObject] = ()
    dropped: Collection[CalendarObjectId] = ()
    changes: Sequence[CalendarChange] = ()
    missed: Sequence[CalendarObjectId] = ()
    """Copies that are not there any more: in a while we see whether they were moved elsewhere."""
    suspects: bool = False
    """So many events are missing that we believe none of it."""
    first: bool = False
    """The calendar had not been read before."""


@dataclass(frozen=True, slots=True)
class CalendarReading:
    """Reads calendars."""

    tools: Tools
    servers: CalendarServers
    texts: EventTexts

    @property
    def _comparing(self) -> Comparing:
        return Comparing(self.tools, self.servers)

    @property
    def _findings(self) -> ChangeFinding:
        return ChangeFinding(self.tools, self.servers, self.texts)

    def changed(self, calendar: AgentCalendar, found: FoundCalendar) -> bool:
        """Tell whether a calendar must be read: its server says so, or cannot say."""
        return must_be_read(calendar, found, self.tools.now())

    async def read(
        self, account: CalendarAccount, calendar: AgentCalendar, found: FoundCalendar
    ) -> CalendarRead:
        """Return the changes of a calendar. Raises CalendarError, and then nothing is stored."""
        differs = await self._comparing.differences(account, calendar, found)
        texts, twins = await self._sifted(account, calendar, differs, differs.changed)
        gone = {*differs.gone, *(one for one in differs.changed if one not in texts)}
        gone &= {href for href, one in differs.known.items() if one.gone_at is None}
        copies = {href for href in gone if differs.known[href].meeting is not None}
        there = await fetched(self.servers, account, calendar, copies)  # a deletion is confirmed
        gone -= there.keys()
        texts |= there
        copies -= there.keys()
        if copies and suspicious(await known_of(self.tools, calendar), gone, copies):
            since = calendar.suspect_since or self.tools.now()
            log.warning("calendar.suspect", calendar=str(calendar.id), missing=len(copies))
            return CalendarRead(calendar=replace(calendar, suspect_since=since), suspects=True)
        full = await rows_at(self.tools, calendar, {*texts, *copies})
        late = [
            href
            for href, one in full.items()
            if one.meeting is not None and href in texts and not texts[href].text
        ]
        texts |= await fetched(
            self.servers, account, calendar, late
        )  # they became copies meanwhile
        twins -= full.keys()
        events = await self._findings.events({href: one for href, one in texts.items() if one.text})
        objects, changes = await self._findings.compared(calendar, texts, events, full, twins)
        now = self.tools.now()
        missed = [replace(full[href], gone_at=now) for href in sorted(copies)]
        return CalendarRead(
            calendar=replace(differs.calendar, suspect_since=None),
            objects=[*objects, *missed],
            dropped=[differs.known[href].id for href in gone if href not in copies],
            changes=await self._findings.ordered(account, calendar, changes, events, full),
            missed=[one.id for one in missed],
            first=calendar.reconciled_at is None,
        )

    async def _sifted(
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        differs: Differences,
        hrefs: Collection[str],
    ) -> tuple[dict[str, ObjectText], frozenset[str]]:
        """Return events, with the texts of those that may concern us, and the paths of twins."""
        found: dict[str, ObjectText] = {}
        twins: frozenset[str] = frozenset()
        for part in parts(hrefs):
            texts = await self.servers.fetch(calendar.url, account.login, part)
            kept, ours = await sifted(self.tools, calendar, texts, differs.known)
            found |= kept
            twins |= ours
        return found, twins
