"""The calendars of an account, as its home shows them in one answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from types import MappingProxyType

from yarl import URL

from bridge.caldav.asked import DavReply, DavRequest
from bridge.caldav.asking import by_path, collection, demand_answer, in_origin
from bridge.caldav.bodies import CALENDARS, propfind
from bridge.caldav.multistatus import (
    CALDAV,
    DAV,
    SERVER,
    DavMember,
    MultiStatus,
    read_multistatus,
)
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin, SyncMode
from bridge.ports.calendar_servers import FoundCalendar, HomeNews

MARK = 16
"""Bytes of an answer's mark."""
LONGEST_NAME = 200
"""Characters."""
_SECONDS = re.compile(r"[0-9]{10}")
"""A state that is a time, in seconds."""
_SETTLES = 2
"""Seconds."""
_PERSON = b"parvis.home"
_BODY = propfind(CALENDARS)
_DEPTH: Mapping[str, str] = MappingProxyType({"Depth": "1"})
_TRASH = "{http://nextcloud.com/ns}deleted-calendar"
_WRITES = (f"{DAV}write", f"{DAV}write-content", f"{DAV}all", f"{DAV}bind")
_KIND, _COMPONENTS, _RIGHTS, _REPORTS = (
    f"{DAV}resourcetype",
    f"{CALDAV}supported-calendar-component-set",
    f"{DAV}current-user-privilege-set",
    f"{DAV}supported-report-set",
)


async def look(wire: CalendarWire, home: str, login: CalendarLogin) -> Sequence[FoundCalendar]:
    """Return the calendars of a home."""
    return await _read(await _asked(wire, home, login))


async def news(wire: CalendarWire, home: str, login: CalendarLogin, known: bytes) -> HomeNews:
    """Return the calendars of a home, if its answer is not the one with this mark."""
    reply = await _asked(wire, home, login)
    mark = blake2b(reply.body, digest_size=MARK, person=_PERSON).digest()
    return HomeNews(mark, None if mark == known else await _read(reply))


async def _asked(wire: CalendarWire, home: str, login: CalendarLogin) -> DavReply:
    reply = await wire.ask(DavRequest("PROPFIND", collection(wire, home), login, _BODY, _DEPTH))
    demand_answer(reply)
    return reply


async def _read(reply: DavReply) -> Sequence[FoundCalendar]:
    """Return the calendars in an answer, without the states that may change unseen."""
    found = _calendars_in(reply.url, await read_multistatus(reply.body))
    now = _date_of(reply)
    return [replace(one, ctag="", token="") if _is_unsettled(one, now) else one for one in found]


def _date_of(reply: DavReply) -> datetime | None:
    """Return when an answer was given, by its server's own clock."""
    try:
        return parsedate_to_datetime(reply.headers.get("Date", ""))
    except ValueError:
        return None


def _is_unsettled(found: FoundCalendar, now: datetime | None) -> bool:
    """Tell whether a state is the present second: SOGo's stays the same until the next one."""
    if now is None or not _SECONDS.fullmatch(found.ctag):
        return False
    return int(found.ctag) > now.timestamp() - _SETTLES


def _calendars_in(base: URL, answer: MultiStatus) -> Iterator[FoundCalendar]:
    for path, member in by_path(base, answer):
        if is_calendar(member):
            yield _found(in_origin(base, path if path.endswith("/") else f"{path}/"), member)


def is_calendar(member: DavMember) -> bool:
    """Tell whether a resource is a calendar for events, and not a deleted one."""
    kinds = member.found.get(_COMPONENTS)
    return (
        member.has(_KIND, f"{CALDAV}calendar")
        and not member.has(_KIND, _TRASH)
        and (kinds is None or not kinds.tags or member.has(_COMPONENTS, "VEVENT"))
    )


def _found(url: URL, member: DavMember) -> FoundCalendar:
    token = member.text(f"{DAV}sync-token")
    syncs = _REPORTS not in member.found or member.has(_REPORTS, f"{DAV}sync-collection")
    rights = member.found.get(_RIGHTS)
    return FoundCalendar(
        url=str(url),
        name=member.text(f"{DAV}displayname")[:LONGEST_NAME],
        ctag=member.text(f"{SERVER}getctag"),
        token=token if syncs else "",
        writable=rights is None or any(one in rights.tags for one in _WRITES),
        mode=SyncMode.SYNC if token and syncs else SyncMode.LISTING,
    )
