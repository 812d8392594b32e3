"""Answers about collections, as the members of a calendar or of a home."""

from collections.abc import Iterator
from http import HTTPStatus

from yarl import URL

from bridge.caldav.asked import DavReply, DavRequest
from bridge.caldav.multistatus import DavMember, MultiStatus, read_multistatus
from bridge.caldav.paths import PathRefused, is_in, normal, path_of
from bridge.caldav.wire import CalendarWire
from bridge.errors import (
    CalendarAddressRefused,
    CalendarForbidden,
    CalendarGone,
    CalendarUnreadable,
)

GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


def collection(wire: CalendarWire, url: str) -> URL:
    """Return the URL of a collection, which ends with a slash. Raises CalendarAddressRefused."""
    found = wire.networks.checked(url)
    return found if found.raw_path.endswith("/") else in_origin(found, f"{found.raw_path}/")


def in_origin(base: URL, path: str) -> URL:
    """Return the URL of a normal path of the same server."""
    return URL(f"{base.scheme}://{base.raw_authority}{path}", encoded=True)


def member_url(base: URL, href: str) -> URL:
    """Return the URL of an event of a calendar. Raises CalendarAddressRefused for another path."""
    return in_origin(base, member_path(base, href))


def member_path(base: URL, href: str) -> str:
    """Return the path of an event of a calendar. Raises CalendarAddressRefused for another one."""
    try:
        path = normal(href)
    except PathRefused as error:
        raise CalendarAddressRefused("no usable path") from error
    if not is_in(path, base.raw_path):
        raise CalendarAddressRefused("not in this calendar")
    return path


async def ask_for_many(wire: CalendarWire, ask: DavRequest) -> tuple[URL, MultiStatus]:
    """Return the URL that answered, and its answer about several resources.

    Raises CalendarGone, CalendarForbidden, CalendarUnreadable.
    """
    reply = await wire.ask(ask)
    demand_answer(reply)
    return reply.url, await read_multistatus(reply.body)


def demand_answer(reply: DavReply) -> None:
    """Raise the error of an answer that should be a multistatus, and is none."""
    if reply.status in GONE:
        raise CalendarGone(str(reply.status))
    if reply.status == HTTPStatus.FORBIDDEN:
        raise CalendarForbidden("403")
    if reply.status != HTTPStatus.MULTI_STATUS:
        raise CalendarUnreadable(f"answered {reply.status}")


def by_path(base: URL, answer: MultiStatus) -> Iterator[tuple[str, DavMember]]:
    """Give the members of an answer about `base`, by path.

    Raises CalendarUnreadable for paths of another host, and CalendarGone if `base` is not there.
    """
    for member in answer.members:
        try:
            path = path_of(member.href, base)
        except PathRefused as error:
            raise CalendarUnreadable("a member elsewhere") from error
        if member.status in GONE and path.rstrip("/") == base.raw_path.rstrip("/"):
            raise CalendarGone("404 inside")
        yield path, member
