"""The library `caldav` makes calendars: it knows how servers want that done.

It opens no connection of its own: our guarded exchange stands in for its HTTP session, and it never
has the credentials, so it can neither follow a redirect, nor sign in again, nor take another way.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from multidict import CIMultiDictProxy
from yarl import URL

from bridge.caldav.asked import DavRequest
from bridge.caldav.asking import collection
from bridge.caldav.homes import look
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin
from bridge.errors import (
    CalendarAddressRefused,
    CalendarForbidden,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    ParvisError,
)
from bridge.ports.calendar_servers import FoundCalendar

_NOT_OFFERED = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
)
"""Answers to MKCALENDAR where a server does not know it, or forbids it: old Baïkals want MKCOL."""


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer, with the names that the library uses."""

    status_code: int
    headers: CIMultiDictProxy[str]
    content: bytes = field(repr=False)
    url: str
    reason: str = ""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")


@dataclass(slots=True)
class GuardedSession:
    """The library's HTTP session (niquests' `AsyncSession`), by our exchange, for one host."""

    wire: CalendarWire
    home: URL
    login: CalendarLogin
    status: int = 0
    """Of the last answer."""
    trouble: ParvisError | None = None
    """The first error of an exchange, which the library may hide."""

    async def request(
        self,
        method: str,
        url: str,
        data: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Response:
        """Ask the home's server alone; everything else that the library wants is ignored."""
        try:
            target = self.wire.networks.checked(url)
            if target.origin() != self.home.origin():
                raise CalendarAddressRefused("another server")
            body = data.decode() if isinstance(data, bytes) else data or ""
            kept = {
                name: (headers or {})[name]
                for name in ("Depth", "Content-Type")
                if name in (headers or {})
            }
            reply = await self.wire.ask(DavRequest(method, target, self.login, body, kept))
        except ParvisError as error:
            self.trouble = self.trouble or error
            raise
        self.status = reply.status
        return _Response(reply.status, reply.headers, reply.body, str(reply.url))

    async def close(self) -> None:
        """Leave our sessions open: they are others' too."""


async def create(wire: CalendarWire, home: str, login: CalendarLogin, name: str) -> FoundCalendar:
    """Make a calendar for events, and return it as its home shows it then.

    Some servers give it another URL than the one asked for: then it is the one that is new.
    """
    base = collection(wire, home)
    before = {one.url for one in await look(wire, home, login)}
    ident = f"parvis-{secrets.token_hex(8)}"
    session = GuardedSession(wire, base, login)
    await _made(session, name, ident)
    new = [one for one in await look(wire, home, login) if one.url not in before]
    found = next((one for one in new if one.url.endswith(f"/{ident}/")), None)
    if found is None and len(new) == 1:
        found = new[0]
    if found is None:
        raise CalendarUnreachable("no new calendar to be seen")
    return found


async def _made(session: GuardedSession, name: str, ident: str) -> None:
    """Make it, by MKCALENDAR, or by MKCOL if the server refuses that."""
    calendars = await _calendars(session)
    for method in ("mkcalendar", "mkcol"):
        try:
            await calendars.make_calendar(
                name=name, cal_id=ident, supported_calendar_component_set=["VEVENT"], method=method
            )
        except CalendarUnconfirmed:
            return  # the home shows it, or not
        except ParvisError:
            raise
        except Exception as error:  # some of the library's errors are no DAVError
            if session.status not in _NOT_OFFERED or method == "mkcol":
                raise _refusal(session) from error
        else:
            return


async def _calendars(session: GuardedSession) -> Any:
    """Return the library's view of a home, on our session."""
    new_client, new_set = await asyncio.to_thread(_library)
    client: Any = new_client(url=str(session.home), enable_rfc6764=False, rate_limit_handle=False)
    theirs, client.session = client.session, session
    with suppress(Exception):
        await theirs.close()  # it never opened a connection: whatever fails concerns nobody
    return new_set(client=client, url=str(session.home))


def _library() -> tuple[Any, Any]:
    """Return the library's client and its home, imported when first needed: that takes a second."""
    from caldav.aio import AsyncDAVClient  # noqa: PLC0415
    from caldav.collection import CalendarSet  # noqa: PLC0415
    from caldav.lib import error  # noqa: PLC0415

    error.debug_dump_communication = False
    return AsyncDAVClient, CalendarSet


def _refusal(session: GuardedSession) -> ParvisError:
    """Return the error that the library's failure means."""
    if session.trouble is not None and not isinstance(session.trouble, CalendarUnconfirmed):
        return session.trouble
    if session.status in _NOT_OFFERED:
        return CalendarForbidden(str(session.status))
    return CalendarUnreadable(f"no calendar was made: {session.status}")
