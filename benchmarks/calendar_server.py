"""A canned calendar server: `python -m benchmarks.calendar_server EVENTS`.

It costs next to nothing: a protocol on asyncio's streams, without a framework, whose answers are
made before. Every home has three calendars that never change, except the home `grand`: its one
calendar has so many events, and each PUT there changes one of them.
"""

import asyncio
import re
import sys
from dataclasses import dataclass, field

from benchmarks.machine import pin

LARGE = "grand"
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" '
    'xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/">'
)
_TAIL = "</d:multistatus>"
_OK = "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
_RIGHTS = "".join(
    f"<d:privilege><d:{one}/></d:privilege>"
    for one in ("read", "write", "write-properties", "write-content", "bind", "unbind")
)
_REPORTS = "".join(
    f"<d:supported-report><d:report><{one}/></d:report></d:supported-report>"
    for one in ("d:sync-collection", "c:calendar-multiget", "c:calendar-query")
)
_NAMES = ("Personnel", "Équipe", "Absences")
_HREF = re.compile(rb"<href>[^<]*/(\d+)\.ics</href>")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ORGANIZER = "ORGANIZER;CN=Camille Durand:mailto:camille.durand@agents.example\r\n"
_ATTENDEES = "".join(
    f"ATTENDEE;CN=Agent {n};PARTSTAT=NEEDS-ACTION:mailto:agent{n}@agents.example\r\n"
    for n in range(4)
)


def calendar(path: str, name: str, state: int) -> str:
    """Return the part of a home's answer about a calendar."""
    return (
        f"<d:response><d:href>{path}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>"
        f"<c:calendar/></d:resourcetype><d:displayname>{name}</d:displayname>"
        f"<d:sync-token>http://sabre.io/ns/sync/{state}</d:sync-token>"
        f"<d:current-user-privilege-set>{_RIGHTS}</d:current-user-privilege-set>"
        f"<d:supported-report-set>{_REPORTS}</d:supported-report-set>"
        f"<s:getctag>http://sabre.io/ns/sync/{state}</s:getctag>"
        '<c:supported-calendar-component-set><c:comp name="VEVENT"/>'
        f"</c:supported-calendar-component-set></d:prop>{_OK}"
    )


def home(path: str, state: int | None = None) -> bytes:
    """Return the answer about a home; `state` is that of the one large calendar."""
    itself = (
        f"<d:response><d:href>{path}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>"
        f"</d:resourcetype></d:prop>{_OK}"
    )
    if state is not None:
        inside = calendar(f"{path}0/", "Tout", state)
    else:
        inside = "".join(calendar(f"{path}{n}/", one, 7) for n, one in enumerate(_NAMES))
    return f"{_HEAD}{itself}{inside}{_TAIL}".encode()


def text(number: int) -> str:
    """Return an event of some 1 KB: half of them invite people, one in a hundred names Visio."""
    day, tag = 1 + number % 28, " #visio" if number % 100 == 0 else ""
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//FR\r\nBEGIN:VEVENT\r\n"
        f"UID:{number:08}-5d41402abc4b2a76b9719d911017c592@agents.example\r\n"
        "DTSTAMP:20250101T000000Z\r\n"
        f"DTSTART;TZID=Europe/Paris:202503{day:02}T090000\r\n"
        f"DTEND;TZID=Europe/Paris:202503{day:02}T100000\r\n"
        f"SUMMARY:Point d’étape numéro {number}{tag}\r\nLOCATION:Salle {number % 40}\r\n"
        + (_ORGANIZER + _ATTENDEES if number % 2 else "")
        + f"DESCRIPTION:{'Ordre du jour et documents. ' * 2}\r\n {'Suite des échanges. ' * 2}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@dataclass(slots=True)
class Large:
    """The calendar with many events, and its changes."""

    events: int
    state: int = 1
    listed: bytes = b""
    versions: dict[int, int] = field(default_factory=dict)

    def path(self, number: int) -> str:
        """Return an event's path."""
        return f"/dav/{LARGE}/0/{number}.ics"

    def etag(self, number: int) -> str:
        """Return the ETag of its present version."""
        return f'"{number:x}-{self.versions.get(number, 1)}"'

    def change(self) -> None:
        """Give one event a new version."""
        self.state += 1
        number = self.state % self.events
        self.versions[number] = self.state
        self.listed = b""

    def member(self, number: int, *, full: bool = False) -> str:
        """Return an event's part of an answer."""
        data = f"<c:calendar-data>{text(number)}</c:calendar-data>" if full else ""
        return (
            f"<d:response><d:href>{self.path(number)}</d:href><d:propstat><d:prop>"
            f"<d:getetag>{self.etag(number).replace(chr(34), '&quot;')}</d:getetag>{data}"
            f"</d:prop>{_OK}"
        )

    def listing(self) -> bytes:
        """Return all events with their ETags."""
        if not self.listed:
            itself = (
                f"<d:response><d:href>/dav/{LARGE}/0/</d:href><d:propstat><d:prop><d:resourcetype>"
                f"<d:collection/><c:calendar/></d:resourcetype></d:prop>{_OK}"
            )
            members = "".join(self.member(number) for number in range(self.events))
            self.listed = f"{_HEAD}{itself}{members}{_TAIL}".encode()
        return self.listed

    def report(self, asked: bytes) -> bytes:
        """Return the events asked for, or the last change."""
        if b"sync-collection" in asked:
            token = f"<d:sync-token>http://sabre.io/ns/sync/{self.state}</d:sync-token>"
            return f"{_HEAD}{self.member(self.state % self.events)}{token}{_TAIL}".encode()
        numbers = [int(one) for one in _HREF.findall(asked)]
        inside = "".join(self.member(number, full=True) for number in numbers)
        return f"{_HEAD}{inside}{_TAIL}".encode()


class Canned(asyncio.Protocol):
    """One connection; it takes whole requests, one after the other."""

    def __init__(self, large: Large) -> None:
        """Share the large calendar."""
        self._large = large
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is there as a whole."""
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._got, 0, end)
            last = end + 4 + (int(found[1]) if found else 0)
            if len(self._got) < last:
                return
            line, body = self._got[: self._got.index(b"\r\n")], self._got[end + 4 : last]
            self._got = self._got[last:]
            answer = self._answer(line.split(b" ")[0], line.split(b" ")[1].decode(), body)
            self._transport.write(
                b"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml; charset=utf-8\r\n"
                b"DAV: 1, 3, calendar-access\r\nServer: canned\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
            )

    def _answer(self, method: bytes, path: str, body: bytes) -> bytes:
        large = path.startswith(f"/dav/{LARGE}/")
        if method == b"PUT":
            self._large.change()
            return b""
        if method == b"REPORT":
            return self._large.report(body)
        if large and path.count("/") > 3:
            return self._large.listing()
        return home(path, self._large.state if large else None)


async def main(events: int) -> None:
    """Serve until the process is ended."""
    large = Large(events)
    large.listing()
    server = await asyncio.get_running_loop().create_server(lambda: Canned(large), "127.0.0.1", 0)
    print(f"READY {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    pin(1)
    asyncio.run(main(int(sys.argv[1])))
