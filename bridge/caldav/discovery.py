"""From what an agent types to their calendars (RFC 6764): a mail address, a domain or a URL.

Credentials go only to the host that was typed, and to those that its domain names in the DNS: one
of the domain itself, or one that the operator lists. A redirect to another host is refused.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from http import HTTPStatus

import structlog
from yarl import URL

from bridge.caldav.asked import DavRequest
from bridge.caldav.asking import ask_for_many, collection, in_origin
from bridge.caldav.bodies import ACCOUNT, propfind
from bridge.caldav.homes import is_calendar, look
from bridge.caldav.lookup import ServiceLookup
from bridge.caldav.multistatus import CALDAV, DAV, DavMember
from bridge.caldav.paths import PathRefused, path_of
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin
from bridge.errors import (
    CalendarAddressRefused,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarUnreachable,
    CalendarUnreadable,
)
from bridge.ports.calendar_servers import FoundAccount

log = structlog.get_logger()

LONGEST = 60.0
"""Seconds for all requests together: an agent waits."""
WELL_KNOWN = "/.well-known/caldav"
PLACES = ("/SOGo/dav/", "/remote.php/dav/", "/dav/", "/caldav/", "/caldav.php/")
"""The places of SOGo, Nextcloud, Zimbra and Cyrus, Open-Xchange and DAViCal: not every operator
sets up the well-known one, and agents type the address of a web page."""
SCHEDULES = "calendar-auto-schedule"
LONGEST_ADDRESS = 2000
"""Characters of what is typed."""
MOST_ADDRESSES = 20
_NOT_THERE = (CalendarGone, CalendarForbidden, CalendarUnreadable)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")
_HOMES, _PRINCIPAL, _ADDRESSES = (
    f"{CALDAV}calendar-home-set",
    f"{DAV}current-user-principal",
    f"{CALDAV}calendar-user-address-set",
)


async def discover(
    wire: CalendarWire, lookup: ServiceLookup, address: str, login: CalendarLogin
) -> FoundAccount:
    """Return the account to which an address leads, within a minute.

    Raises CalendarAddressRefused if no calendars are there, CalendarUnreachable if they may be, but
    a server did not answer. A login that one of the servers refuses is not tried at another.
    """
    try:
        async with asyncio.timeout(LONGEST):
            return await _discovered(wire, lookup, address, login)
    except TimeoutError as error:
        raise CalendarUnreachable("too slow in all") from error


async def _discovered(
    wire: CalendarWire, lookup: ServiceLookup, address: str, login: CalendarLogin
) -> FoundAccount:
    away: CalendarUnreachable | None = None
    refused: CalendarAddressRefused | None = None
    url = ""
    async for url in _candidates(wire, lookup, address.strip()):
        try:
            return await _account(wire, wire.networks.checked(url), login)
        except CalendarUnreachable as error:
            away = error
        except CalendarAddressRefused as error:
            refused = error
        except _NOT_THERE as error:
            log.info("calendar.not_there", why=error.code)
    found = None if away is not None else await _elsewhere(wire, URL(url, encoded=True), login)
    if found is None:
        raise away or refused or CalendarAddressRefused("no calendar there")
    return found


async def _elsewhere(wire: CalendarWire, url: URL, login: CalendarLogin) -> FoundAccount | None:
    """Return the account at one of the places where servers have calendars, of the same host."""
    for path in PLACES:
        with suppress(*_NOT_THERE, CalendarAddressRefused):
            return await _account(wire, wire.networks.checked(str(in_origin(url, path))), login)
    return None


async def _candidates(
    wire: CalendarWire, lookup: ServiceLookup, address: str
) -> AsyncIterator[str]:
    """Give the URLs at which the calendars may be found, the likeliest first."""
    if "://" in address:
        for url in _at(wire.networks.checked(address)):
            yield url
        return
    domain = address.rpartition("@")[2].rstrip(".").lower()
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    if not _DOMAIN.fullmatch(domain):
        if "@" in address:
            raise CalendarAddressRefused("no address")
        for url in _at(wire.networks.checked(f"https://{address}")):
            yield url
        return
    for one in await lookup.services(domain):
        if one.host == domain or one.host.endswith(f".{domain}") or one.host in wire.networks.hosts:
            yield f"https://{one.host}:{one.port}{one.path or WELL_KNOWN}"
    yield f"https://{domain}{WELL_KNOWN}"
    yield f"https://{domain}/"


def _at(url: URL) -> Iterator[str]:
    yield str(url)
    if url.raw_path != WELL_KNOWN:
        yield str(in_origin(url, WELL_KNOWN))
    if url.raw_path != "/":
        yield str(in_origin(url, "/"))


async def _account(wire: CalendarWire, url: URL, login: CalendarLogin) -> FoundAccount:
    """Return the account that a URL leads to: of a server, a principal, a home or a calendar."""
    base, here = await _resource(wire, url, login)
    principal = here
    if not here.hrefs(_HOMES) and here.hrefs(_PRINCIPAL):
        at = in_origin(base, _path(here.hrefs(_PRINCIPAL)[0], base))
        _, principal = await _resource(wire, at, login)
    home = collection(wire, str(in_origin(base, _home(base, here, principal))))
    calendars = await look(wire, str(home), login)
    if not calendars and not principal.hrefs(_HOMES):
        raise CalendarUnreadable("neither calendars nor a home of any")
    return FoundAccount(
        home=str(home),
        calendars=calendars,
        addresses=_mailboxes(principal),
        schedules=await _schedules(wire, home, login),
    )


async def _resource(wire: CalendarWire, url: URL, login: CalendarLogin) -> tuple[URL, DavMember]:
    ask = DavRequest("PROPFIND", url, login, propfind(ACCOUNT), headers={"Depth": "0"})
    base, answer = await ask_for_many(wire, ask)
    member = next(iter(answer.members), None)
    if member is None or not member.found:
        raise CalendarUnreadable("nothing is said of it")
    return base, member


def _home(base: URL, here: DavMember, principal: DavMember) -> str:
    """Return the path of the account's home: as the server says it, or what holds a calendar."""
    if principal.hrefs(_HOMES):
        return _path(principal.hrefs(_HOMES)[0], base)
    if is_calendar(here):
        return base.raw_path.rstrip("/").rpartition("/")[0] + "/"
    return base.raw_path


def _path(href: str, base: URL) -> str:
    try:
        return path_of(href, base)
    except PathRefused as error:
        raise CalendarUnreadable("the account is elsewhere") from error


def _mailboxes(principal: DavMember) -> tuple[str, ...]:
    found = (one.lower() for one in principal.hrefs(_ADDRESSES))
    mails = [one.removeprefix("mailto:") for one in found if one.startswith("mailto:")]
    return tuple(dict.fromkeys(mails))[:MOST_ADDRESSES]


async def _schedules(wire: CalendarWire, home: URL, login: CalendarLogin) -> bool:
    """Tell whether the server invites attendees by itself; not if it does not say so."""
    try:
        reply = await wire.ask(DavRequest("OPTIONS", home, login))
    except CalendarError:
        return False
    if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
        return False
    # Cyrus and DAViCal send the header several times.
    said = ",".join(reply.headers.getall("DAV", ()))
    return SCHEDULES in {one.strip().lower() for one in said.split(",")}
