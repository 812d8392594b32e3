"""Outgoing HTTP: sessions that never hang, follow redirects, keep cookies or read too much."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientMiddlewareType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DigestAuthMiddleware,
    DummyCookieJar,
    ServerDisconnectedError,
    SocketFactoryType,
    StreamReader,
    TCPConnector,
    TraceConfig,
    TraceRequestRedirectParams,
    encode_basic_auth,
    hdrs,
)
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from pydantic import SecretStr
from yarl import URL

MAX_BODY = 1 << 20
"""Bytes of an answer, once decompressed, unless the caller sets another cap."""


class RedirectRefused(ClientError):
    """The server redirects us: correct the address in the settings."""


class BodyTooLarge(ClientError):
    """The answer is larger than any that this service gives."""


class AnswerLost(ClientError):
    """The connection ended after the request was sent, or while it was."""


def system_error(error: BaseException) -> OSError | None:
    """Return the system's error if no server was reached: it holds nothing of the request."""
    found = getattr(error, "os_error", error)
    return found if isinstance(found, OSError) and not isinstance(found, ClientError) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one request may take, in seconds."""

    connect: float = 3.0
    """Until connected, name lookup and TLS included. Nothing is sent before."""
    total: float = 10.0
    """Until the last byte of the answer, however slowly it drips."""

    def for_aiohttp(self) -> ClientTimeout:
        """Return the same limits in aiohttp's form."""
        return ClientTimeout(total=self.total, connect=self.connect)


@asynccontextmanager
async def open_session(
    timeouts: Timeouts | None = None,
    *,
    max_body: int = MAX_BODY,
    reuse: bool = True,
    proxy: SecretStr | None = None,
    ca_file: Path | None = None,
    tls: ssl.SSLContext | None = None,
    per_host: int = 0,
    socket_factory: SocketFactoryType | None = None,
    resolver: AbstractResolver | None = None,
    once: bool = False,
) -> AsyncIterator[ClientSession]:
    """Open a session with neither cookies, nor redirects, nor the environment's proxies.

    `reuse=False` opens a connection for each request: a server may close a kept one just when a
    POST is sent on it, and then nobody knows whether it acted. `proxy` may hold a user and a
    password. `ca_file` adds authorities (PEM) to the system's; `tls` takes their place, for several
    sessions that share it. `per_host` is the most connections to one server, without a limit for
    all together; with 0 all servers share 100. `socket_factory` makes each socket, and raises
    OSError for an address, resolved by then, that may not be reached; `resolver`, which the caller
    closes, looks names up. With `once` a lost connection is AnswerLost; without it aiohttp sends a
    GET, PUT or DELETE a second time.
    """
    address, introductions = _proxy(proxy)
    connector = TCPConnector(
        ssl=tls or tls_context(ca_file),
        force_close=not reuse,
        limit=0 if per_host else 100,
        limit_per_host=per_host,
        resolver=resolver,
        socket_factory=socket_factory,
    )
    async with ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": "Parvis"},
        middlewares=(*introductions, _sent_once) if once else introductions,
        proxy=address,
        response_class=_capped(max_body),
        timeout=(timeouts or Timeouts()).for_aiohttp(),
        trace_configs=[_no_redirects()],
        trust_env=False,
    ) as session:
        yield session


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and those of `ca_file` (PEM)."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _proxy(proxy: SecretStr | None) -> tuple[URL | None, tuple[ClientMiddlewareType, ...]]:
    """Separate the password from the address, which aiohttp repeats in its errors."""
    if proxy is None:
        return None, ()
    url = URL(proxy.get_secret_value())
    if url.user is None:
        return url, ()
    word = SecretStr(encode_basic_auth(url.user, url.password or ""))
    return url.with_user(None), (_introduction(word),)


def _introduction(word: SecretStr) -> ClientMiddlewareType:
    """Authenticate to the proxy: in the request's headers, or in those that open a tunnel."""

    async def introduce(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        header = {hdrs.PROXY_AUTHORIZATION: word.get_secret_value()}
        if request.is_ssl():
            request.proxy_headers = CIMultiDict(header)
        else:
            request.headers.update(header)
        return await handler(request)

    return introduce


async def _sent_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Turn a lost connection into an error after which aiohttp does not send again."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise AnswerLost(type(error).__name__) from error


def digesting(user: str, secret: SecretStr) -> Sequence[ClientMiddlewareType]:
    """Return the middlewares of one request that signs in by Digest (RFC 7616).

    They stand for those of a session that sends `once`. The request goes without credentials
    first, then once with them, whatever is answered. A challenge that they can't answer is a
    ClientError of no subclass.
    """
    known = DigestAuthMiddleware(user, secret.get_secret_value(), preemptive=False)
    return known, _challenge_read, _sent_once


async def _challenge_read(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Read a refusal to its end: its connection is needed for the same request once more."""
    response = await handler(request)
    if response.status == HTTPStatus.UNAUTHORIZED:
        await response.read()
    return response


def _capped(limit: int) -> type[ClientResponse]:
    """Return aiohttp's response, except that read(), text() and json() give up at `limit`."""

    class Capped(ClientResponse):
        async def read(self) -> bytes:
            if self._body is None:
                try:
                    self._body = await read_at_most(limit, self.content)
                except BaseException:  # as in aiohttp's own read(): nobody reads the rest
                    self.close()
                    raise
            return await super().read()

    return Capped


async def read_at_most(limit: int, content: StreamReader) -> bytes:
    """Return a body. Raises BodyTooLarge as soon as more than `limit` bytes have come."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge
    return bytes(body)


def _no_redirects() -> TraceConfig:
    """Make following a redirect an error; `allow_redirects=False` shows the 3xx to the caller."""
    trace = TraceConfig()

    async def refuse(
        _session: ClientSession, _context: SimpleNamespace, params: TraceRequestRedirectParams
    ) -> None:
        params.response.close()
        raise RedirectRefused

    trace.on_request_redirect.append(refuse)
    return trace
