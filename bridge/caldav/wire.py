"""One exchange with a calendar server: bounded in time and bytes, repeated only where it is safe.

What an answer means is left to the caller, except for what is alike everywhere: a login refused, a
pause asked for, a server out of order.
"""

import asyncio
import ssl
import time
from asyncio import Semaphore
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from weakref import WeakValueDictionary

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    InvalidURL,
)
from multidict import CIMultiDict

from bridge.caldav.asked import FIRST, POLL, DavReply, DavRequest, Limits, authorization, pause_of
from bridge.caldav.guard import REDIRECTS, CalendarNetworks
from bridge.caldav.names import NameLookup
from bridge.clock import Clock
from bridge.errors import (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarError,
    CalendarLoginRefused,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    ParvisError,
)
from bridge.http import AnswerLost, BodyTooLarge, open_session, read_at_most, system_error
from bridge.metrics import Metrics
from bridge.reachable import InternalAddress

log = structlog.get_logger()

PER_HOST = 8
"""Connections to one host: some servers use a process for each."""
_TRIES = 3
_MOST_REDIRECTS = 3
_MOST_HOSTS = 1000
"""Hosts of which something is remembered."""
_CONNECT = 5.0
_CLOSES_FOR = 3600.0
"""Seconds during which no connection is kept to a host that closed one."""
_NEVER_SENT = (ClientConnectorError, ConnectionTimeoutError)
_HEADERS: Mapping[str, str] = {
    "Accept-Encoding": "identity",
    "Content-Type": 'application/xml; charset="utf-8"',
}
"""Without compression ETags stay strong, and a small answer can't become a huge one."""


class CalendarWire:
    """Asks calendar servers, each host through a few connections, and pauses where one asks so."""

    def __init__(
        self,
        kept: ClientSession,
        fresh: ClientSession,
        networks: CalendarNetworks,
        *,
        clock: Clock,
        metrics: Metrics,
        limits: tuple[Limits, Limits] = (POLL, FIRST),
    ) -> None:
        """Take a session that keeps connections, and one that opens one for each request."""
        self._poll, self._first = limits
        self.networks = networks
        self._kept, self._fresh = kept, fresh
        self._clock = clock
        self._metrics = metrics
        self._turns: WeakValueDictionary[str, Semaphore] = WeakValueDictionary()
        self._paused: OrderedDict[str, float] = OrderedDict()
        self._closing: OrderedDict[str, float] = OrderedDict()

    async def ask(self, ask: DavRequest) -> DavReply:
        """Return the answer. Raises CalendarError, or CalendarAddressRefused.

        Raises CalendarUnconfirmed only for a request that writes, CalendarBusy for all those that
        come while its host pauses, and CalendarUnreadable, with the parameter `large`, for an
        answer beyond our limits.
        """
        host = ask.url.host or ""
        began = time.monotonic()
        try:
            self._demand_no_pause(host)
            turn = self._turns.setdefault(host, Semaphore(PER_HOST))
            async with turn:
                began = time.monotonic()
                reply = await self._bounded(ask)
        except ParvisError as error:
            self._note(ask, error.code, time.monotonic() - began)
            raise
        self._note(ask, f"{reply.status // 100}xx", time.monotonic() - began)
        return reply

    async def _bounded(self, ask: DavRequest) -> DavReply:
        try:
            async with asyncio.timeout(self._limits(ask).total):
                return await self._redirected(ask)
        except TimeoutError as error:
            raise _lost(ask, "too slow") from error

    async def _redirected(self, ask: DavRequest) -> DavReply:
        """Ask, and again where the same host says that it moved."""
        for _ in range(_MOST_REDIRECTS + 1):
            reply = await self._patiently(ask)
            if reply.status not in REDIRECTS or "Location" not in reply.headers:
                return self._judged(ask, reply)
            ask = replace(ask, url=self.networks.redirected(ask.url, reply.headers["Location"]))
        raise CalendarAddressRefused("redirected too often")

    async def _patiently(self, ask: DavRequest) -> DavReply:
        """Ask, and at once again if the answer is lost or the server fails, if that is safe."""
        tries = 1 if ask.writes else _TRIES
        for left in reversed(range(tries)):
            try:
                reply = await self._once(ask)
            except CalendarUnreachable:
                if not left:
                    raise
                continue
            broken = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and reply.status not in {
                HTTPStatus.NOT_IMPLEMENTED,
                HTTPStatus.INSUFFICIENT_STORAGE,
            }
            if not broken or not left or "Retry-After" in reply.headers:
                return reply
        raise AssertionError("unreachable")

    async def _once(self, ask: DavRequest) -> DavReply:
        host = ask.url.host or ""
        closes = self._closing.get(host, 0.0) > time.monotonic()
        session = self._fresh if ask.writes or closes else self._kept
        try:
            async with self._sent(session, ask) as response:
                body = await read_at_most(self._limits(ask).max_body, response.content)
                return DavReply(response.status, response.headers, body, ask.url)
        except BodyTooLarge as error:
            raise CalendarUnreadable("too large", large=True) from error
        except InvalidURL as error:
            raise CalendarAddressRefused("not a URL") from error
        except _NEVER_SENT as error:
            if isinstance(system_error(error), InternalAddress):
                raise CalendarAddressRefused("internal address") from error
            raise CalendarUnreachable(f"not sent: {type(error).__name__}") from error
        except AnswerLost as error:
            # SOGo closes connections that it said it would keep (docs/interop/caldav.md).
            _remember(self._closing, host, time.monotonic() + _CLOSES_FOR)
            raise _lost(ask, "closed") from error
        except (ClientError, OSError, ValueError) as error:
            # ValueError: aiohttp on headers that it can't read; TimeoutError is an OSError.
            raise _lost(ask, type(error).__name__) from error

    @asynccontextmanager
    async def _sent(self, session: ClientSession, ask: DavRequest) -> AsyncIterator[ClientResponse]:
        headers = CIMultiDict({**_HEADERS, **ask.headers})
        if ask.login is not None:
            headers["Authorization"] = authorization(ask.login)
        silence = self._limits(ask).silence
        limits = ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=silence)
        async with session.request(
            ask.method,
            ask.url,
            data=ask.body.encode(errors="surrogateescape") if ask.body else None,
            headers=headers,
            allow_redirects=False,
            timeout=limits,
        ) as response:
            yield response

    def _limits(self, ask: DavRequest) -> Limits:
        return self._first if ask.first else self._poll

    def _judged(self, ask: DavRequest, reply: DavReply) -> DavReply:
        """Return an answer about what was asked; raise the errors that are alike everywhere."""
        match reply.status:
            case HTTPStatus.UNAUTHORIZED:
                raise CalendarLoginRefused("401")
            case HTTPStatus.TOO_MANY_REQUESTS:
                raise self._pausing(ask, reply)
            case HTTPStatus.SERVICE_UNAVAILABLE if "Retry-After" in reply.headers:
                raise self._pausing(ask, reply)
            case HTTPStatus.NOT_IMPLEMENTED | HTTPStatus.INSUFFICIENT_STORAGE:
                return reply
            case HTTPStatus.LOCKED:
                raise CalendarUnreachable("423")
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _lost(ask, str(reply.status))
        if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
            raise CalendarAddressRefused(f"redirected: {reply.status}")
        return reply

    def _pausing(self, ask: DavRequest, reply: DavReply) -> CalendarBusy:
        pause = pause_of(reply.headers.get("Retry-After"), now=self._clock.now())
        host = ask.url.host or ""
        _remember(self._paused, host, time.monotonic() + pause.total_seconds())
        return CalendarBusy(pause)

    def _demand_no_pause(self, host: str) -> None:
        left = self._paused.get(host, 0.0) - time.monotonic()
        if left > 0:
            raise CalendarBusy(timedelta(seconds=left))
        self._paused.pop(host, None)

    def _note(self, ask: DavRequest, outcome: str, seconds: float) -> None:
        """Count and log an exchange: with its host, never with its path, which may name people."""
        self._metrics.calendar(ask.method, outcome, seconds)
        log.debug("calendar.asked", host=ask.url.host, method=ask.method, outcome=outcome)


@asynccontextmanager
async def open_wire(
    networks: CalendarNetworks,
    *,
    clock: Clock,
    metrics: Metrics,
    tls: ssl.SSLContext,
    limits: tuple[Limits, Limits] = (POLL, FIRST),
) -> AsyncIterator[CalendarWire]:
    """Open the sessions of a wire for the block; `limits` are those of polls and first reads."""
    names = NameLookup()
    guarded = partial(
        open_session,
        per_host=PER_HOST,
        socket_factory=networks.socket,
        resolver=names,
        tls=tls,
        once=True,
    )
    try:
        async with guarded() as kept, guarded(reuse=False) as fresh:
            yield CalendarWire(kept, fresh, networks, clock=clock, metrics=metrics, limits=limits)
    finally:
        await names.close()


def _lost(ask: DavRequest, why: str) -> CalendarError:
    """Return the error of a request that was sent, or may have been."""
    return CalendarUnconfirmed(why) if ask.writes else CalendarUnreachable(why)


def _remember(known: OrderedDict[str, float], host: str, value: float) -> None:
    known[host] = value
    known.move_to_end(host)
    if len(known) > _MOST_HOSTS:
        known.popitem(last=False)
