"""Writing an event, on the condition that nobody else wrote it meanwhile.

A write is sent once. SOGo and Zimbra ignore If-None-Match, and SOGo a stale If-Match of a DELETE:
so the event's present ETag is read before both (docs/interop/caldav.md).
"""

from http import HTTPStatus

from yarl import URL

from bridge.caldav.asked import DavReply, DavRequest
from bridge.caldav.asking import GONE, ask_for_many, collection, member_url
from bridge.caldav.bodies import ETAG, propfind
from bridge.caldav.multistatus import CALDAV, condition, strong
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin
from bridge.errors import (
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarUnconfirmed,
    CalendarUnreadable,
    EventElsewhere,
    EventOvertaken,
    EventRefused,
)

_OVERTAKEN = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT)
_PAGE = "text/html"
_SAME_UID = ("no-uid-conflict", "unique-scheduling-object-resource")


async def put(
    wire: CalendarWire, url: str, login: CalendarLogin, href: str, text: str, *, etag: str | None
) -> str | None:
    """Write an event over the version with this ETag, or a new one."""
    base = collection(wire, url)
    target = member_url(base, href)
    if etag is None:
        if await present(wire, target, login) is not None:
            raise EventOvertaken("it is there")
        headers = {"If-None-Match": "*"}
    else:
        headers = {"If-Match": _usable(etag)}
    headers["Content-Type"] = "text/calendar; charset=utf-8"
    reply = await wire.ask(DavRequest("PUT", target, login, text, headers))
    _demand_done(reply)
    return strong(reply.headers.get("ETag")) or None


async def delete(wire: CalendarWire, url: str, login: CalendarLogin, href: str, etag: str) -> None:
    """Delete the version of an event with this ETag."""
    target = member_url(collection(wire, url), href)
    # Schedule-Reply: we delete no event for its owner, so its organizer reads no refusal of theirs.
    headers = {"If-Match": _usable(etag), "Schedule-Reply": "F"}
    now = await present(wire, target, login)
    if now is None:
        raise CalendarGone("it is not there")
    if now not in {"", etag}:
        raise EventOvertaken("it has another ETag")
    _demand_done(await wire.ask(DavRequest("DELETE", target, login, headers=headers)))


async def present(wire: CalendarWire, target: URL, login: CalendarLogin) -> str | None:
    """Return the ETag of an event, an empty one if it has no strong one; `None`: it isn't there."""
    ask = DavRequest("PROPFIND", target, login, propfind(ETAG), headers={"Depth": "0"})
    try:
        _, answer = await ask_for_many(wire, ask)
    except CalendarGone:
        return None
    # Its path is not compared: Xandikos encodes that of an event that is not there twice.
    member = next(iter(answer.members), None)
    if member is None:
        raise CalendarUnreadable("an empty answer")
    return None if member.status in GONE else member.etag


def _usable(etag: str) -> str:
    """Return an ETag that may be a condition; without one we would overwrite anything."""
    if not strong(etag):
        raise EventRefused("no strong ETag")
    return etag


def _demand_done(reply: DavReply) -> None:
    """Raise the error that the answer to a write means, unless it was done."""
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTI_STATUS:
        if reply.status == HTTPStatus.OK and _PAGE in reply.headers.get("Content-Type", ""):
            raise CalendarUnconfirmed("a page for people")  # a proxy's, that asks to sign in
        return
    raise _refusal(reply)


def _refusal(reply: DavReply) -> CalendarError:
    why = str(reply.status)
    if reply.status in GONE:
        return CalendarGone(why)
    named = condition(reply.body)
    if reply.status in (*_OVERTAKEN, HTTPStatus.FORBIDDEN) and named.endswith(_SAME_UID):
        return EventElsewhere(named)
    if reply.status in _OVERTAKEN:
        return EventOvertaken(why)
    if reply.status == HTTPStatus.FORBIDDEN and not named.startswith(CALDAV):
        return CalendarForbidden(named or why)
    return EventRefused(why)
