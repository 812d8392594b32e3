"""A server on loopback that answers as a test says, and our client in front of it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from pydantic import SecretStr

from bridge.caldav.asked import Limits
from bridge.caldav.lookup import CalendarService
from bridge.caldav.servers import DavCalendars
from bridge.caldav.wire import CalendarWire, open_wire
from bridge.domain.calendar import CalendarLogin
from bridge.metrics import Metrics
from tests.doubles.clocks import SetClock
from tests.servers.calendars import on_loopback

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LOGIN = CalendarLogin(user="alice", secret=SecretStr("alice's own word"))
HOME, CALENDAR = "/dav/alice/", "/dav/alice/work/"
QUICK = (Limits(0.4, 0.15, 200_000), Limits(0.5, 0.2, 400_000))
"""The limits of polls and of first reads, short enough for tests."""
TLS = ssl.create_default_context()
TEXT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Nowhere:
    """A DNS in which domains have the services that a test gives them."""

    known: dict[str, Sequence[CalendarService]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def services(self, domain: str) -> Sequence[CalendarService]:
        self.asked.append(domain)
        return self.known.get(domain, ())


@dataclass(slots=True)
class Bench:
    """Our client, its server's address, and the requests that came there."""

    calendars: DavCalendars
    wire: CalendarWire
    base: str
    seen: list[Seen]
    metrics: Metrics
    dns: Nowhere

    @property
    def home(self) -> str:
        return f"{self.base}{HOME}"

    @property
    def url(self) -> str:
        return f"{self.base}{CALENDAR}"

    @property
    def methods(self) -> list[str]:
        return [one.method for one in self.seen]

    def counted(self, method: str, outcome: str) -> float:
        name, labels = "parvis_calendar_requests_total", {"method": method, "outcome": outcome}
        return self.metrics.registry.get_sample_value(name, labels) or 0


@asynccontextmanager
async def serving(answer: Answer, seen: list[Seen] | None = None) -> AsyncIterator[str]:
    """Run a server until the block ends; give its address."""

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        if seen is not None:
            body = (await request.read()).decode(errors="replace")
            seen.append(Seen(request.method, request.path_qs, dict(request.headers), body))
        return await answer(request)

    runner = web.ServerRunner(web.Server(note, handler_cancellation=True), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bench(answer: Answer, limits: tuple[Limits, Limits] = QUICK) -> AsyncIterator[Bench]:
    """Run a server that answers so, and open our client for it."""
    seen: list[Seen] = []
    metrics, dns = Metrics(), Nowhere()
    async with (
        serving(answer, seen) as base,
        open_wire(
            on_loopback(base), clock=SetClock(NOW), metrics=metrics, tls=TLS, limits=limits
        ) as wire,
    ):
        yield Bench(DavCalendars(wire, dns), wire, base, seen, metrics, dns)


def says(*answers: web.Response | Callable[[], web.Response]) -> Answer:
    """Return a handler that gives these answers, one after the other, the last one for ever."""
    left = list(answers)

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        one = left.pop(0) if len(left) > 1 else left[0]
        found = one() if callable(one) else one
        return web.Response(body=found.body, status=found.status, headers=found.headers)

    return answer


def by_method(**answers: Answer) -> Answer:
    """Return a handler that gives each method's own answers; 404 to the others."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        found = answers.get(request.method)
        return web.Response(status=404) if found is None else await found(request)

    return answer


def multistatus(*members: str, token: str = "") -> web.Response:
    """Return an answer of these members."""
    tail = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    return web.Response(
        status=207,
        content_type="application/xml",
        text='<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
        f' xmlns:s="http://calendarserver.org/ns/">{"".join(members)}{tail}</d:multistatus>',
    )


def member(href: str, *props: str, status: str = "200 OK") -> str:
    """Return a member with properties that have a status."""
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{''.join(props)}</d:prop>"
        f"<d:status>HTTP/1.1 {status}</d:status></d:propstat></d:response>"
    )


def whole(href: str, status: str) -> str:
    """Return a member with a status of its own."""
    return f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"


def etag(value: str) -> str:
    return f"<d:getetag>{value}</d:getetag>"


def data(text: str = TEXT) -> str:
    return f"<c:calendar-data>{text}</c:calendar-data>"


def refusing(status: int, condition: str = "", *, wordy: bool = False) -> web.Response:
    """Return a refusal that names a condition, such as `d:valid-sync-token`.

    A wordy one says more before it, in names of its server's own, as SabreDAV does.
    """
    words = "<s:exception>InvalidSyncToken</s:exception><s:message>no</s:message>" if wordy else ""
    names = (
        'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://sabredav.org/ns"'
    )
    text = f"<d:error {names}>{words}<{condition}/></d:error>" if condition else ""
    return web.Response(status=status, text=text, content_type="application/xml")


ITSELF = member(CALENDAR, "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>")
"""The calendar in its own listing."""
