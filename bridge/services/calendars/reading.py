"""Reads what changed in a calendar since it was read last."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarObject, SyncMode
from bridge.domain.calendar_change import CalendarChange
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.event import instant
from bridge.domain.rules import until_of
from bridge.errors import CalendarUnreadable, EventUnreadable, SyncTokenRefused, SyncUnsupported
from bridge.ids import CalendarObjectId, uuid7
from bridge.ports.agent_calendars import KnownCalendar, KnownObject
from bridge.ports.calendar_servers import CalendarServers, EventTexts, FoundCalendar, ObjectText
from bridge.services.calendars.sifting import in_turns, rows_at, sifted
from bridge.services.tools import Tools

log = structlog.get_logger()

_AT_ONCE = 100
"""Events that one request fetches."""
_NOTED_AT_ONCE = 500
"""Events that one transaction notes."""
_RECONCILED = timedelta(days=1)
"""How often all events are compared by ETag: some servers lose changes silently."""
_SINCE, _BEFORE = timedelta(days=1), timedelta(days=90)
"""The window of a calendar that is too large to list."""
_FEW = 5
_SHARE = 0.3


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
class _Differences:
    """The paths of a calendar that differ from what we know."""

    changed: Mapping[str, str]
    gone: frozenset[str]
    calendar: AgentCalendar
    known: Mapping[str, KnownObject]


@dataclass(frozen=True, slots=True)
class _Sifted:
    """The events that changed: the texts of those that may concern us, of the others the ETags."""

    texts: dict[str, ObjectText] = field(default_factory=dict)
    twins: set[str] = field(default_factory=set)
    """The paths of new events that are meetings of ours by their UIDs."""
    others: dict[str, str] = field(default_factory=dict)
    """ETags, by path."""
    unnoted: dict[str, str] = field(default_factory=dict)
    """Those of `others` that no transaction stored yet: the last ones."""


def must_be_read(
    calendar: AgentCalendar | KnownCalendar, found: FoundCalendar, now: datetime
) -> bool:
    """Tell whether a calendar must be read: its server says so, or cannot say."""
    if is_to_be_reconciled(calendar, now):
        return True
    if found.ctag:
        return found.ctag != calendar.ctag
    return not found.token or found.token != calendar.token


def is_to_be_reconciled(calendar: AgentCalendar | KnownCalendar, now: datetime) -> bool:
    """Tell whether all its events are to be compared by ETag again."""
    return calendar.reconciled_at is None or now - calendar.reconciled_at >= _RECONCILED


@dataclass(frozen=True, slots=True)
class CalendarReading:
    """Reads calendars."""

    tools: Tools
    servers: CalendarServers
    texts: EventTexts

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
        differs = await self._differences(account, calendar, found)
        sifted = await self._sifted(account, calendar, differs, told)
        texts, twins = sifted.texts, sifted.twins
        gone = {*differs.gone, *(differs.changed.keys() - texts.keys() - sifted.others.keys())}
        gone &= {href for href, one in differs.known.items() if one.gone_at is None}
        copies = {href for href in gone if differs.known[href].meeting is not None}
        there = await self._fetch(account, calendar, copies)  # a deletion is confirmed
        gone -= there.keys()
        texts |= there
        copies -= there.keys()
        if copies and self._suspicious(await self._known(calendar), gone, copies):
            since = calendar.suspect_since or self.tools.now()
            log.warning("calendar.suspect", calendar=str(calendar.id), missing=len(copies))
            return CalendarRead(calendar=replace(calendar, suspect_since=since), suspects=True)
        late = await self._late(calendar, sifted.others)
        texts |= await self._fetch(account, calendar, late)
        full = await rows_at(self.tools, calendar, {*texts, *copies})
        twins -= full.keys()
        events = await self._events({href: one for href, one in texts.items() if one.text})
        objects, changes = await self._compared(calendar, texts, events, full, twins)
        now = self.tools.now()
        missed = [replace(full[href], gone_at=now) for href in sorted(copies)]
        return CalendarRead(
            calendar=replace(differs.calendar, suspect_since=None),
            noted=sifted.unnoted,
            objects=[*objects, *missed],
            dropped=[differs.known[href].id for href in gone if href not in copies],
            changes=await self._ordered(account, calendar, changes, events, full),
            missed=[one.id for one in missed],
            first=calendar.reconciled_at is None,
        )

    # --- what differs -----------------------------------------------------------------------

    async def _differences(
        self, account: CalendarAccount, calendar: AgentCalendar, found: FoundCalendar
    ) -> _Differences:
        now = self.tools.now()
        anew = is_to_be_reconciled(calendar, now)
        read = replace(calendar, ctag=found.ctag, token=found.token, name=found.name)
        if calendar.mode is SyncMode.SYNC and calendar.token and not anew:
            try:
                said = await self.servers.changes(calendar.url, account.login, calendar.token)
            except SyncTokenRefused:
                log.info("calendar.token-refused", calendar=str(calendar.id))
            except SyncUnsupported:
                read = replace(read, mode=SyncMode.LISTING)
            else:
                known = await self._known(calendar, {*said.changed, *said.gone})
                fresh = {
                    href: etag
                    for href, etag in said.changed.items()
                    if href not in known or known[href].etag != etag
                }
                read = replace(read, token=said.token)
                return _Differences(fresh, said.gone, read, known)
        known = await self._known(calendar)
        try:
            listed = await self.servers.listing(calendar.url, account.login)
        except CalendarUnreadable:
            return await self._near(account, replace(read, mode=SyncMode.WINDOW), known)
        fresh = {
            href: etag
            for href, etag in listed.items()
            if href not in known or known[href].etag != etag
        }
        read = replace(read, reconciled_at=now)
        gone = frozenset(href for href, one in known.items() if one.etag and href not in listed)
        return _Differences(fresh, gone, read, known)

    async def _near(
        self, account: CalendarAccount, read: AgentCalendar, known: Mapping[str, KnownObject]
    ) -> _Differences:
        """Compare the events near now alone; what is missing there may only be far away."""
        now = self.tools.now()
        listed = await self.servers.window(read.url, account.login, now - _SINCE, now + _BEFORE)
        fresh = {
            href: etag
            for href, etag in listed.items()
            if href not in known or known[href].etag != etag
        }
        copies = {href for href, one in known.items() if one.meeting is not None and one.etag}
        read = replace(read, reconciled_at=now)
        return _Differences(fresh, frozenset(copies - listed.keys()), read, known)

    async def _fetch(
        self, account: CalendarAccount, calendar: AgentCalendar, hrefs: Collection[str]
    ) -> dict[str, ObjectText]:
        found: dict[str, ObjectText] = {}
        wanted = sorted(hrefs)
        for first in range(0, len(wanted), _AT_ONCE):
            part = wanted[first : first + _AT_ONCE]
            found |= await self.servers.fetch(calendar.url, account.login, part)
        return found

    async def _known(
        self, calendar: AgentCalendar, hrefs: Collection[str] | None = None
    ) -> dict[str, KnownObject]:
        """Return the events that we know of a calendar, by path: those at some paths, or all."""
        async with self.tools.works.reading() as work:
            rows = await work.calendars.objects_of(calendar.id, hrefs)
        return {one.href: one for one in rows}

    async def _sifted(
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        differs: _Differences,
        told: Callable[[], Awaitable[None]] | None,
    ) -> _Sifted:
        """Read the events that changed, part by part.

        Most concern no meeting. They are noted at once, part by part: a look that is cut off goes
        on where it was.
        """
        found = _Sifted()
        wanted = sorted(differs.changed)
        for first in range(0, len(wanted), _AT_ONCE):
            part = wanted[first : first + _AT_ONCE]
            texts = await self._fetch(account, calendar, part)
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

    def _suspicious(
        self, known: Mapping[str, KnownObject], gone: set[str], copies: set[str]
    ) -> bool:
        """Tell whether so much is missing at once that nothing of it may be believed."""
        there = [one for one in known.values() if one.gone_at is None and one.etag]
        ours = [one for one in there if one.meeting is not None]
        emptied = len(gone) == len(there) > 1
        many = len(copies) > _FEW and len(copies) > _SHARE * len(ours)
        return bool(copies) and (emptied or many)

    # --- what it means ----------------------------------------------------------------------

    async def _events(self, texts: Mapping[str, ObjectText]) -> dict[str, CalendarEvent]:
        events = {}
        for href, one in texts.items():
            await asyncio.sleep(0)  # a short text is read in the loop itself
            try:
                events[href] = await self.texts.read(one.text)
            except EventUnreadable as error:
                log.info("calendar.event-unreadable", why=error.why)
        return events

    async def _compared(
        self,
        calendar: AgentCalendar,
        texts: Mapping[str, ObjectText],
        events: Mapping[str, CalendarEvent],
        full: Mapping[str, CalendarObject],
        twins: Collection[str],
    ) -> tuple[list[CalendarObject], list[CalendarChange]]:
        """Return the events to store, and those that concern a meeting or ask for one."""
        objects, changes = list[CalendarObject](), list[CalendarChange]()
        async for some in in_turns(list(texts.items())):
            for href, text in some:
                known, event = full.get(href), events.get(href)
                if known is None and event is None:
                    objects.append(self._new(calendar, href, text.etag))
                    continue
                known = known or self._new(calendar, href)
                if event is not None and (
                    event.fields() != known.base
                    if known.meeting is not None
                    else event.meeting is not None
                    or href in twins
                    or self._asks(calendar, href, event, full)
                ):
                    changes.append(CalendarChange(known.id, event, text.etag))
                    objects.append(replace(known, gone_at=None))
                else:
                    objects.append(replace(known, etag=text.etag, gone_at=None))
        return objects, changes

    def _new(self, calendar: AgentCalendar, href: str, etag: str = "") -> CalendarObject:
        identity = CalendarObjectId(uuid7(self.tools.now()))
        return CalendarObject(id=identity, calendar=calendar.id, href=href, etag=etag)

    def _asks(
        self,
        calendar: AgentCalendar,
        href: str,
        event: CalendarEvent,
        full: Mapping[str, CalendarObject],
    ) -> bool:
        """Tell whether an event asks for a meeting: by its tag, or as a new one for a salon."""
        if _past(event, self.tools.now()):
            return False
        if event.tagged:
            return True
        first = calendar.reconciled_at is None
        return calendar.salon is not None and not first and href not in full

    async def _ordered(
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        changes: Sequence[CalendarChange],
        events: Mapping[str, CalendarEvent],
        full: Mapping[str, CalendarObject],
    ) -> list[CalendarChange]:
        """Put events that go on for another one before that one, and mark them.

        The other one is as it is now, whether it changed just now or at an earlier look.
        """
        known = {one.id for one in full.values() if one.meeting is not None}
        first, then = list[CalendarChange](), list[CalendarChange]()
        for one in changes:
            event = one.event
            if event is None or event.meeting is None or one.object in known:
                then.append(one)
                continue
            ends = await self._ends(account, calendar, event, events)
            earlier = [end for end in ends if end is not None and end < event.start]
            first.append(replace(one, after=max(earlier, default=None)))
        return [*first, *then]

    async def _ends(
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        event: CalendarEvent,
        events: Mapping[str, CalendarEvent],
    ) -> list[datetime | None]:
        """Return the ends of the meeting's other events in this calendar, as they are now."""
        assert event.meeting is not None
        async with self.tools.works.reading() as work:
            copies = await work.calendars.copies_of(event.meeting)
        others = [one for one in copies if one.calendar == calendar.id and one.gone_at is None]
        unread = [one.href for one in others if one.href not in events and one.etag]
        there = {**events, **await self._events(await self._fetch(account, calendar, unread))}
        found = [there[one.href] for one in others if one.href in there]
        return [_end(one) for one in found if one.uid != event.uid]


def _end(event: CalendarEvent) -> datetime | None:
    """Return the last moment of a series, naive; `None` if it has no end."""
    return None if event.recurrence is None else until_of(event.recurrence.rule)


def _past(event: CalendarEvent, now: datetime) -> bool:
    end = _end(event)
    if event.recurrence is not None:
        return end is not None and instant(end, event.zone) < now
    return instant(event.start, event.zone) + event.length <= now
