"""The events of a calendar by their ETags: all of them, or those of some time.

An event that the server names but does not show us (403 or 5xx inside of an answer) is listed
without an ETag. Left out, it would look deleted.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

from yarl import URL

from bridge.caldav.asked import DavRequest
from bridge.caldav.asking import GONE, by_path, collection, demand_answer
from bridge.caldav.bodies import ETAGS, propfind, time_range
from bridge.caldav.multistatus import ASIDE, CALDAV, DAV, DavMember, MultiStatus, parse
from bridge.caldav.paths import is_in
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin
from bridge.errors import CalendarForbidden, CalendarUnreadable

_KIND = f"{DAV}resourcetype"


async def listing(wire: CalendarWire, url: str, login: CalendarLogin) -> Mapping[str, str]:
    """Return the ETags of all events, by path."""
    ask = DavRequest(
        "PROPFIND",
        collection(wire, url),
        login,
        propfind(ETAGS),
        headers={"Depth": "1"},
        first=True,
    )
    return await _told(wire, ask, _whole)


async def window(
    wire: CalendarWire, url: str, login: CalendarLogin, since: datetime, before: datetime
) -> Mapping[str, str]:
    """Return the ETags of the events of some time, by path."""
    ask = DavRequest(
        "REPORT",
        collection(wire, url),
        login,
        time_range(since, before),
        headers={"Depth": "1"},
        first=True,
    )
    return await _told(wire, ask, etags)


async def _told(
    wire: CalendarWire, ask: DavRequest, read: Callable[[URL, MultiStatus], dict[str, str]]
) -> dict[str, str]:
    """Ask, and read the answer in a thread if it is large: its paths take longer than its XML."""
    reply = await wire.ask(ask)
    demand_answer(reply)

    def found() -> dict[str, str]:
        return read(reply.url, parse(reply.body))

    return await asyncio.to_thread(found) if len(reply.body) > ASIDE else found()


def _whole(base: URL, answer: MultiStatus) -> dict[str, str]:
    if not answer.members:
        # Every listing names the calendar itself: this one says nothing of its events.
        raise CalendarUnreadable("an empty listing")
    return etags(base, answer)


def etags(base: URL, answer: MultiStatus) -> dict[str, str]:
    """Return the ETags in an answer, by path; an empty one where there is no strong one.

    Raises CalendarUnreadable for an answer that is not whole, and CalendarForbidden if the server
    shows nothing at all of the events that it names.
    """
    found: dict[str, str] = {}
    shown = False
    for path, member in by_path(base, answer):
        if member.status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise CalendarUnreadable("a part of the events")
        if is_event(path, member, base) and member.status not in GONE:
            found[path] = member.etag
            shown = shown or not is_hidden(member)
    if found and not shown:
        raise CalendarForbidden("no event is shown")
    return found


def is_event(path: str, member: DavMember, base: URL) -> bool:
    """Tell whether a member is an event of the calendar, not the calendar or a folder in it."""
    folder = member.has(_KIND, f"{DAV}collection") or member.has(_KIND, f"{CALDAV}calendar")
    return is_in(path, base.raw_path) and not folder


def is_hidden(member: DavMember) -> bool:
    """Tell whether the server names an event without showing it."""
    return member.refused is not None or (
        member.status is not None and member.status >= HTTPStatus.BAD_REQUEST
    )
