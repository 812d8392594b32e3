"""Finds the events of a calendar that differ from what we know, without reading them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bridge.domain.calendar import AgentCalendar, CalendarAccount, SyncMode
from bridge.errors import CalendarUnreadable, SyncTokenRefused, SyncUnsupported
from bridge.ports.agent_calendars import KnownCalendar, KnownObject
from bridge.ports.calendar_servers import CalendarServers, FoundCalendar, ObjectChanges
from bridge.services.tools import Tools

log = structlog.get_logger()

_RECONCILED = timedelta(days=1)
"""How often all events are compared by ETag: some servers lose changes silently."""
_SINCE, _BEFORE = timedelta(days=1), timedelta(days=90)
"""The window of a calendar that is too large to list."""
_FEW = 5
_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Differences:
    """The paths of a calendar that differ from what we know."""

    changed: Mapping[str, str]
    gone: frozenset[str]
    calendar: AgentCalendar
    known: Mapping[str, KnownObject]


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


def suspicious(known: Mapping[str, KnownObject], gone: set[str], copies: set[str]) -> bool:
    """Tell whether so much is missing at once that nothing of it may be believed."""
    there = [one for one in known.values() if one.gone_at is None and one.etag]
    ours = [one for one in there if one.meeting is not None]
    emptied = len(gone) == len(there) > 1
    many = len(copies) > _FEW and len(copies) > _SHARE * len(ours)
    return bool(copies) and (emptied or many)


async def known_of(
    tools: Tools, calendar: AgentCalendar, hrefs: Collection[str] | None = None
) -> dict[str, KnownObject]:
    """Return the events that we know of a calendar, by path: those at some paths, or all."""
    async with tools.works.reading() as work:
        rows = await work.calendars.objects_of(calendar.id, hrefs)
    return {one.href: one for one in rows}


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares calendars with what we know of them, by ETags alone."""

    tools: Tools
    servers: CalendarServers

    async def differences(
        self, account: CalendarAccount, calendar: AgentCalendar, found: FoundCalendar
    ) -> Differences:
        """Return the paths that differ. Raises CalendarError."""
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
                if _says_nothing(said, calendar, found):
                    log.info("calendar.token-echoed", calendar=str(calendar.id))
                    return await self._listed(account, calendar, read)
                known = await known_of(self.tools, calendar, {*said.changed, *said.gone})
                read = replace(read, token=said.token)
                return Differences(_fresh(said.changed, known), said.gone, read, known)
        return await self._listed(account, calendar, read)

    async def _listed(
        self, account: CalendarAccount, calendar: AgentCalendar, read: AgentCalendar
    ) -> Differences:
        """Compare all events by ETag; those near now, if the calendar can't be listed."""
        now, known = self.tools.now(), await known_of(self.tools, calendar)
        try:
            listed = await self.servers.listing(calendar.url, account.login)
        except CalendarUnreadable:
            return await self._near(account, replace(read, mode=SyncMode.WINDOW), known)
        fresh = _fresh(listed, known)
        read = replace(read, reconciled_at=now)
        gone = frozenset(href for href, one in known.items() if one.etag and href not in listed)
        return Differences(fresh, gone, read, known)

    async def _near(
        self, account: CalendarAccount, read: AgentCalendar, known: Mapping[str, KnownObject]
    ) -> Differences:
        """Compare the events near now alone; what is missing there may only be far away."""
        now = self.tools.now()
        listed = await self.servers.window(read.url, account.login, now - _SINCE, now + _BEFORE)
        fresh = _fresh(listed, known)
        copies = {href for href, one in known.items() if one.meeting is not None and one.etag}
        read = replace(read, reconciled_at=now)
        return Differences(fresh, frozenset(copies - listed.keys()), read, known)


def _says_nothing(said: ObjectChanges, calendar: AgentCalendar, found: FoundCalendar) -> bool:
    """Tell whether a server gives a token back, without a change, although there is one.

    A SabreDAV that was restored from a backup does so with tokens of its future. Where the token
    is the calendar's present one, the change was read with an earlier look already.
    """
    moved = bool(found.ctag) and found.ctag != calendar.ctag and found.token != calendar.token
    return moved and not said.changed and not said.gone and said.token == calendar.token


def _fresh(listed: Mapping[str, str], known: Mapping[str, KnownObject]) -> dict[str, str]:
    """Return the events that are new, or have another ETag."""
    return {
        href: etag for href, etag in listed.items() if href not in known or known[href].etag != etag
    }
