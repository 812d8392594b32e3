"""The proof that a calendar can be written and read: an event far ahead, which is deleted again."""

import secrets
from contextlib import suppress

from bridge.caldav.asking import collection
from bridge.caldav.fetching import fetch
from bridge.caldav.wire import CalendarWire
from bridge.caldav.writing import delete, put
from bridge.domain.calendar import CalendarLogin
from bridge.errors import (
    CalendarForbidden,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    EventOvertaken,
    EventRefused,
    ParvisError,
)

_EVENT = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Parvis//Parvis//FR",
    "BEGIN:VEVENT",
    "UID:{uid}",
    "DTSTAMP:20200101T000000Z",
    "DTSTART:20370103T030000Z",
    "DTEND:20370103T030100Z",
    "SUMMARY:Parvis",
    "TRANSP:TRANSPARENT",
    "CLASS:PRIVATE",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
)
"""A minute of a night in 2037, which all servers take; without attendees, so nobody is mailed."""


async def prove(wire: CalendarWire, url: str, login: CalendarLogin) -> None:
    """Write an event, read it, delete it. Raises CalendarForbidden if that can't be done."""
    uid = f"parvis-{secrets.token_hex(16)}"
    href = f"{collection(wire, url).raw_path}{uid}.ics"
    text = "\r\n".join(_EVENT).format(uid=uid)
    try:
        await put(wire, url, login, href, text, etag=None)
        await _read_and_delete(wire, url, login, href)
    except (EventRefused, EventOvertaken) as error:
        raise CalendarForbidden("no event can be written") from error
    except CalendarUnconfirmed as error:
        await _withdraw(wire, url, login, href)
        raise CalendarUnreachable("not confirmed") from error
    except (CalendarUnreachable, CalendarUnreadable):
        await _withdraw(wire, url, login, href)
        raise


async def _read_and_delete(wire: CalendarWire, url: str, login: CalendarLogin, href: str) -> None:
    found = (await fetch(wire, url, login, [href])).get(href)
    if found is None or not found.text or not found.etag:
        raise CalendarUnreadable("the event can't be read")
    await delete(wire, url, login, href, found.etag)


async def _withdraw(wire: CalendarWire, url: str, login: CalendarLogin, href: str) -> None:
    """Delete the event if it was written after all, and can be deleted; nobody else has it."""
    with suppress(ParvisError):
        found = (await fetch(wire, url, login, [href])).get(href)
        if found is not None and found.etag:
            await delete(wire, url, login, href, found.etag)
