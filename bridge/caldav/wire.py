"""One exchange with a calendar server: bounded in time and bytes, repeated only where it is safe.

What an answer means is left to the caller, except for what is alike everywhere: a login refused, a
pause asked for, a server out of order.
"""

import asyncio
import ssl
import time
from asyncio import Semaphore
from base64 import b64encode
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
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
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bridge.caldav.guard import REDIRECTS, CalendarNetworks, InternalAddress
from bridge.caldav.names import NameLookup
from bridge.clock import Clock
from bridge.domain.calendar import CalendarAuth, CalendarLogin
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

log = structlog.get_logger()

MAX_BODY = 8 << 20
MAX_FIRST_BODY = 64 << 20
"""Bytes of the first listing of a calendar."""
PER_HOST = 8
"""Connections to one host: some servers use a process for each."""
LONGEST_PAUSE = timedelta(hours=1)
DEFAULT_PAUSE = timedelta(minutes=1)
"""After a 429 that names none."""
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
_UNSENDABLE = set("\r\n\0")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much time and how many bytes one call may take, its repetitions included."""

    total: float
    """Seconds, until the last byte of the answer; waiting for our turn does not count."""
    silence: float
    """Seconds without a byte, after which it is tried again."""
    max_body: int


POLL = Limits(30, 12, MAX_BODY)
FIRST = Limits(120, 110, MAX_FIRST_BODY)


@dataclass(frozen=True, slots=True)
class DavRequest:
    """A request. Only an idempotent one is repeated after a lost answer, or a failure."""

    method: str
    url: URL
    login: CalendarLogin | None = None
    body: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    first: bool = False
    """Whether it may take as long as a whole calendar does."""

    @property
    def writes(self) -> bool:
        """Whether it may have had an effect if its answer is lost."""
        return self.method not in {"PROPFIND", "REPORT", "GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class DavReply:
    """An answer that has a meaning for its request."""

    status: int
    headers: CIMultiDictProxy[str] = field(repr=False)
    body: bytes = field(repr=False)
    url: URL
    """The URL that answered, wherever it moved."""


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
            data=ask.body.encode() if ask.body else None,
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


def authorization(login: CalendarLogin) -> str:
    """Return the header that signs in. Raises CalendarLoginRefused for what no header can hold."""
    secret = login.secret.get_secret_value()
    if login.auth is CalendarAuth.BEARER:
        if not secret.isascii() or not secret.isprintable() or " " in secret or not secret:
            raise CalendarLoginRefused("not a token")
        return f"Bearer {secret}"
    if ":" in login.user or _UNSENDABLE & set(login.user + secret):
        raise CalendarLoginRefused("not a name and a password")
    return "Basic " + b64encode(f"{login.user}:{secret}".encode()).decode("ascii")


def pause_of(retry_after: str | None, *, now: datetime) -> timedelta:
    """Read a Retry-After: seconds or a date (RFC 9110 §10.2.3); at most an hour."""
    if retry_after is None:
        return DEFAULT_PAUSE
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:9]), LONGEST_PAUSE.total_seconds()))
    try:
        pause = parsedate_to_datetime(retry_after) - now
    except (ValueError, TypeError, OverflowError):  # TypeError: a date without a zone
        return DEFAULT_PAUSE
    return min(max(pause, timedelta(0)), LONGEST_PAUSE)


def _lost(ask: DavRequest, why: str) -> CalendarError:
    """Return the error of a request that was sent, or may have been."""
    return CalendarUnconfirmed(why) if ask.writes else CalendarUnreachable(why)


def _remember(known: OrderedDict[str, float], host: str, value: float) -> None:
    known[host] = value
    known.move_to_end(host)
    if len(known) > _MOST_HOSTS:
        known.popitem(last=False)
