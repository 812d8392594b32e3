"""The changes of a calendar since a sync token (RFC 6578)."""

from http import HTTPStatus

from yarl import URL

from bridge.caldav.asked import DavReply, DavRequest
from bridge.caldav.asking import GONE, by_path, collection
from bridge.caldav.bodies import sync_collection
from bridge.caldav.listing import is_event, is_hidden
from bridge.caldav.multistatus import (
    DAV,
    MOST_MEMBERS,
    MultiStatus,
    condition,
    read_multistatus,
)
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin
from bridge.errors import (
    CalendarForbidden,
    CalendarGone,
    CalendarUnreadable,
    SyncTokenRefused,
    SyncUnsupported,
)
from bridge.ports.calendar_servers import ObjectChanges

MOST_PAGES = 100
_STALE = f"{DAV}valid-sync-token"
_UNKNOWN = (f"{DAV}supported-report", f"{DAV}sync-traversal-supported")
_TOKEN_FAULTS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.IM_A_TEAPOT,
)
"""Other answers to a token that a server knows no more, besides 403 with `valid-sync-token`."""


async def changes(wire: CalendarWire, url: str, login: CalendarLogin, token: str) -> ObjectChanges:
    """Return the changes since a token, since an empty one all events; page by page if need be.

    Raises SyncTokenRefused, SyncUnsupported.
    """
    changed: dict[str, str] = {}
    gone: set[str] = set()
    hidden = 0
    for _ in range(MOST_PAGES):
        base, page = await _page(wire, collection(wire, url), login, token)
        more = False
        for path, member in by_path(base, page):
            if member.status == HTTPStatus.INSUFFICIENT_STORAGE:
                more = True
            elif not is_event(path, member, base):
                continue
            elif member.status in GONE:
                gone.add(path)
                changed.pop(path, None)
            else:
                gone.discard(path)
                changed[path] = member.etag
                hidden += is_hidden(member)
        if len(changed) + len(gone) > MOST_MEMBERS:
            raise CalendarUnreadable("too many events")
        if not more:
            if changed and hidden >= len(changed):
                raise CalendarForbidden("no event is shown")
            return ObjectChanges(changed=changed, gone=frozenset(gone), token=page.token)
        if page.token == token:
            break
        token = page.token
    raise CalendarUnreadable("pages without an end")


async def _page(
    wire: CalendarWire, url: URL, login: CalendarLogin, token: str
) -> tuple[URL, MultiStatus]:
    ask = DavRequest(
        "REPORT",
        url,
        login,
        sync_collection(token),
        headers={"Depth": "0"},
        first=not token,
    )
    reply = await wire.ask(ask)
    if reply.status != HTTPStatus.MULTI_STATUS:
        raise _refusal(reply, token)
    page = await read_multistatus(reply.body)
    if not page.token:
        raise SyncUnsupported("no sync token")
    return reply.url, page


def _refusal(reply: DavReply, token: str) -> Exception:
    """Return the error that an answer other than a multistatus means."""
    why = str(reply.status)
    if reply.status in GONE:
        return CalendarGone(why)
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return CalendarUnreadable(f"answered {why}")
    named = condition(reply.body)
    if token and (named == _STALE or reply.status in _TOKEN_FAULTS):
        return SyncTokenRefused(why)
    if reply.status == HTTPStatus.FORBIDDEN and named not in _UNKNOWN:
        return CalendarForbidden(why)
    return SyncUnsupported(why)
