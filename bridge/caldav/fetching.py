"""Events with their texts.

One that a server names but does not show us has an empty text; one that is left out of an answer is
asked for by itself: only the server's 404 makes it gone (SabreDAV and DAViCal leave those out). One
that is too large, or that makes the XML around it broken, spoils no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from yarl import URL

from bridge.caldav.asked import DavRequest
from bridge.caldav.asking import GONE, by_path, collection, demand_answer, in_origin, member_path
from bridge.caldav.bodies import multiget
from bridge.caldav.listing import is_hidden
from bridge.caldav.multistatus import CALDAV, DavMember, read_multistatus, strong
from bridge.caldav.wire import CalendarWire
from bridge.domain.calendar import CalendarLogin
from bridge.errors import CalendarUnreadable
from bridge.ports.calendar_servers import ObjectText

AT_ONCE = 100
"""Events of one request."""
MOST_SPOILED = 25
"""Answers of one call that are too large or broken, before we give up: three events or so."""
_DATA = f"{CALDAV}calendar-data"
_NO_MULTIGET = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.NOT_IMPLEMENTED,
)
_BEGIN = b"BEGIN:VCALENDAR"
_HIDDEN = ObjectText("", "")


class _Spoiled(Exception):
    """An answer that is too large, or broken: it may be so for one of its events alone."""


async def fetch(
    wire: CalendarWire, url: str, login: CalendarLogin, hrefs: Sequence[str]
) -> Mapping[str, ObjectText]:
    """Return events by the paths with which they are asked for."""
    base = collection(wire, url)
    paths = {href: member_path(base, href) for href in hrefs}
    reading = _Reading(wire, base, login)
    found: dict[str, ObjectText] = {}
    for some in _in_parts(list(paths)):
        told = await reading.told([paths[href] for href in some])
        for href in some:
            path = paths[href]
            one = told[path] if path in told else await read(wire, in_origin(base, path), login)
            if one is not None:
                found[href] = one
    return found


async def read(wire: CalendarWire, url: URL, login: CalendarLogin) -> ObjectText | None:
    """Return one event; `None` if it is not there."""
    try:
        reply = await wire.ask(DavRequest("GET", url, login))
    except CalendarUnreadable as error:
        if error.parameters.get("large"):
            return _HIDDEN
        raise
    if reply.status in GONE:
        return None
    if reply.status == HTTPStatus.FORBIDDEN:
        return _HIDDEN
    if reply.status != HTTPStatus.OK or not reply.body.lstrip(b"\xef\xbb\xbf\r\n ").startswith(
        _BEGIN
    ):
        raise CalendarUnreadable(f"answered {reply.status}, no event")
    # A letter that a fold cuts in two stays in its two pieces (`EventTexts.read`).
    text = reply.body.decode("utf-8-sig", errors="surrogateescape")
    return ObjectText(strong(reply.headers.get("ETag")), text)


@dataclass(slots=True)
class _Reading:
    """The reading of some events of a calendar."""

    wire: CalendarWire
    base: URL
    login: CalendarLogin
    left: int = MOST_SPOILED

    async def told(self, paths: Sequence[str]) -> Mapping[str, ObjectText | None]:
        """Return the events of which a request learns something, by halves if one spoils it.

        None if the server knows no such requests, or if the one event can't be read in this way.
        """
        try:
            return await self._multiget(paths)
        except _Spoiled as error:
            self.left -= 1
            if self.left < 0:
                raise CalendarUnreadable("nothing but broken answers") from error
            if len(paths) == 1:
                return {}
        half = len(paths) // 2
        return {**await self.told(paths[:half]), **await self.told(paths[half:])}

    async def _multiget(self, paths: Sequence[str]) -> Mapping[str, ObjectText | None]:
        body = multiget(paths)
        ask = DavRequest("REPORT", self.base, self.login, body, headers={"Depth": "1"})
        try:
            reply = await self.wire.ask(ask)
        except CalendarUnreadable as error:
            if error.parameters.get("large"):
                raise _Spoiled from error
            raise
        if reply.status in _NO_MULTIGET:
            return {}
        demand_answer(reply)
        try:
            answer = await read_multistatus(reply.body)
        except CalendarUnreadable as error:
            raise _Spoiled from error
        return {
            path: _text(member)
            for path, member in by_path(reply.url, answer)
            if _DATA in member.found or member.status in GONE or is_hidden(member)
        }


def _text(member: DavMember) -> ObjectText | None:
    if member.status in GONE:
        return None
    return ObjectText(member.etag, member.text(_DATA))


def _in_parts(hrefs: Sequence[str]) -> Iterator[Sequence[str]]:
    return (hrefs[first : first + AT_ONCE] for first in range(0, len(hrefs), AT_ONCE))
