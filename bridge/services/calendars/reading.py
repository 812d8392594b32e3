"""Reads what changed in a calendar since it was read last."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

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

_NOTED_AT_ONCE = 500
"""Events that one transaction notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRead:
    """The findings of a look at a calendar, to be stored as a whole."""

    calendar: AgentCalendar
    noted: Mapping[str, str] = field(default_factory=dict)
    """The ETags of events that concern no meeting, by path."""
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
class _Sifted:
    """The events that changed: the texts of those that may concern us, of the others the ETags."""

    texts: dict[str, ObjectText] = field(default_factory=dict)
    twins: set[str] = field(default_factory=set)
    """The paths of events without a meeting that are meetings of ours by their UIDs."""
    others: dict[str, str] = field(default_factory=dict)
    """ETags, by path."""
    unnoted: dict[str, str] = field(default_factory=dict)
    """Those of `others` that no transaction stored yet: the last ones."""


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
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        found: FoundCalendar,
        told: Callable[[], Awaitable[None]] | None = None,
    ) -> CalendarRead:
        """Return the changes of a calendar; call `told` after each part of many events.

        Raises CalendarError; then nothing is stored but ETags of events that don't concern us.
        """
        differs = await self._comparing.differences(account, calendar, found)
        read = await self._sifted(account, calendar, differs, told)
        texts, twins = read.texts, read.twins
        gone = {*differs.gone, *(differs.changed.keys() - texts.keys() - read.others.keys())}
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
        late = await self._late(calendar, read.others)
        texts |= await fetched(self.servers, account, calendar, late)
        full = await rows_at(self.tools, calendar, {*texts, *copies})
        twins -= {href for href, one in full.items() if one.meeting is not None}
        events = await self._findings.events({href: one for href, one in texts.items() if one.text})
        objects, changes = await self._findings.compared(calendar, texts, events, full, twins)
        now = self.tools.now()
        missed = [replace(full[href], gone_at=now) for href in sorted(copies)]
        return CalendarRead(
            calendar=replace(differs.calendar, suspect_since=None),
            noted=read.unnoted,
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
        told: Callable[[], Awaitable[None]] | None,
    ) -> _Sifted:
        """Read the events that changed, part by part.

        Most concern no meeting. They are noted at once, part by part: a look that is cut off goes
        on where it was.
        """
        found = _Sifted()
        for part in parts(differs.changed):
            texts = await self.servers.fetch(calendar.url, account.login, part)
            kept, twins = await sifted(self.tools, calendar, texts, differs.known)
            found.texts.update(kept)
            found.twins.update(twins)
            others = {href: one.etag for href, one in texts.items() if href not in kept}
            found.unnoted.update(others)
            found.others.update(others)
            if len(found.unnoted) >= _NOTED_AT_ONCE:
                await self._note(calendar, found.unnoted)
            if told is not None:
                await told()
        return found

    async def _note(self, calendar: AgentCalendar, etags: dict[str, str]) -> None:
        async with self.tools.works() as work:
            await work.calendars.note_events(calendar.id, etags)
        etags.clear()

    async def _late(self, calendar: AgentCalendar, others: Collection[str]) -> Collection[str]:
        """Return the paths of these events that became copies meanwhile."""
        if not others:
            return ()
        async with self.tools.works.reading() as work:
            copies = await work.calendars.paths_of_copies(calendar.id)
        return copies.intersection(others)
