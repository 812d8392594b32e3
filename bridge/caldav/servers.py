"""Agents' calendars at their servers; implements `CalendarServers`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from math import inf
from pathlib import Path

from bridge.caldav import (
    changes,
    discovery,
    fetching,
    homes,
    library,
    listing,
    proving,
    writing,
)
from bridge.caldav.guard import CalendarNetworks
from bridge.caldav.lookup import DnsLookup, ServiceLookup
from bridge.caldav.wire import CalendarWire, open_wire
from bridge.clock import Clock
from bridge.domain.calendar import CalendarLogin
from bridge.http import tls_context
from bridge.metrics import Metrics
from bridge.ports.calendar_servers import (
    FoundAccount,
    FoundCalendar,
    HomeNews,
    ObjectChanges,
    ObjectText,
)


class DavCalendars:
    """Reads and writes agents' calendars by CalDAV (RFC 4791)."""

    def __init__(self, wire: CalendarWire, lookup: ServiceLookup) -> None:
        self._wire = wire
        self._lookup = lookup

    async def discover(self, address: str, login: CalendarLogin) -> FoundAccount:
        """Return the calendars to which an e-mail address, a domain or a URL leads."""
        return await discovery.discover(self._wire, self._lookup, address, login)

    async def create(self, home: str, login: CalendarLogin, name: str) -> FoundCalendar:
        """Make a calendar."""
        return await library.create(self._wire, home, login, name)

    async def prove(self, url: str, login: CalendarLogin) -> None:
        """Write an event into a calendar, read it, and delete it."""
        await proving.prove(self._wire, url, login)

    async def look(self, home: str, login: CalendarLogin) -> Sequence[FoundCalendar]:
        """Return all calendars of an account with their present states."""
        return await homes.look(self._wire, home, login)

    async def news(self, home: str, login: CalendarLogin, known: bytes) -> HomeNews:
        """Do as `look`, but read no answer whose mark is known already."""
        return await homes.news(self._wire, home, login, known)

    async def changes(self, url: str, login: CalendarLogin, token: str) -> ObjectChanges:
        """Return the changes since a token; since an empty one: all events."""
        return await changes.changes(self._wire, url, login, token)

    async def listing(self, url: str, login: CalendarLogin) -> Mapping[str, str]:
        """Return the ETags of all events, by path."""
        return await listing.listing(self._wire, url, login)

    async def window(
        self, url: str, login: CalendarLogin, since: datetime, before: datetime
    ) -> Mapping[str, str]:
        """Return the ETags of the events of some time, by path."""
        return await listing.window(self._wire, url, login, since, before)

    async def fetch(
        self, url: str, login: CalendarLogin, hrefs: Sequence[str]
    ) -> Mapping[str, ObjectText]:
        """Return events by path."""
        return await fetching.fetch(self._wire, url, login, hrefs)

    async def put(
        self, url: str, login: CalendarLogin, href: str, text: str, etag: str | None
    ) -> str | None:
        """Write an event over the version with this ETag, or a new one."""
        return await writing.put(self._wire, url, login, href, text, etag=etag)

    async def delete(self, url: str, login: CalendarLogin, href: str, etag: str) -> None:
        """Delete the version of an event with this ETag."""
        await writing.delete(self._wire, url, login, href, etag)


@asynccontextmanager
async def open_calendars(
    networks: CalendarNetworks,
    *,
    clock: Clock,
    metrics: Metrics,
    rate: float = inf,
    lookup: ServiceLookup | None = None,
    ca_file: Path | None = None,
) -> AsyncIterator[DavCalendars]:
    """Open the connections to calendar servers for the block.

    `rate`: the most requests a second to one host, on average. `ca_file` has certificate
    authorities (PEM) beside the system's.
    """
    tls = tls_context(ca_file)
    async with open_wire(networks, clock=clock, metrics=metrics, tls=tls, rate=rate) as wire:
        yield DavCalendars(wire, lookup or DnsLookup())
