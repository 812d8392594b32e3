"""Outgoing HTTP: sessions that can't hang, wander, remember or swallow too much."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from aiohttp import (
    BasicAuth,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    StreamReader,
    TCPConnector,
    TraceConfig,
    TraceRequestRedirectParams,
)
from pydantic import SecretStr
from yarl import URL

MAX_BODY = 1 << 20
"""Bytes of an answer, once decompressed, unless the caller sets another cap."""


class RedirectRefused(ClientError):
    """The other side wants us elsewhere: correct the address in the settings."""


class BodyTooLarge(ClientError):
    """The answer is larger than anything this service has to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one request may take, in seconds."""

    connect: float = 3.0
    """Until connected, name lookup and TLS included. Nothing has been sent before that."""
    total: float = 10.0
    """Until the last byte of the answer, however slowly it drips."""

    def for_aiohttp(self) -> ClientTimeout:
        """Return the same limits as aiohttp takes them."""
        return ClientTimeout(total=self.total, connect=self.connect)


@asynccontextmanager
async def open_session(
    timeouts: Timeouts | None = None,
    *,
    max_body: int = MAX_BODY,
    reuse: bool = True,
    proxy: SecretStr | None = None,
    ca_file: Path | None = None,
) -> AsyncIterator[ClientSession]:
    """Open a session with neither cookies, nor redirects, nor the environment's proxies.

    `reuse=False` opens a connection for each request: a server may close a kept one just when
    a POST leaves on it, and then nobody knows whether it acted. `proxy` may hold a user and a
    password. `ca_file` adds authorities (PEM) to the system's.
    """
    address, auth = _proxy(proxy)
    connector = TCPConnector(ssl=tls_context(ca_file), force_close=not reuse)
    async with ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": "Parvis"},
        proxy=address,
        proxy_auth=auth,
        response_class=_capped(max_body),
        timeout=(timeouts or Timeouts()).for_aiohttp(),
        trace_configs=[_no_redirects()],
        trust_env=False,
    ) as session:
        yield session


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return the system's trust, and `ca_file`'s (PEM) beside it."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _proxy(proxy: SecretStr | None) -> tuple[URL | None, BasicAuth | None]:
    """Take the password out of the address, which aiohttp repeats in its errors."""
    if proxy is None:
        return None, None
    url = URL(proxy.get_secret_value())
    auth = BasicAuth(url.user, url.password or "") if url.user else None
    return url.with_user(None), auth


def _capped(limit: int) -> type[ClientResponse]:
    """Return aiohttp's response, except that read(), text() and json() give up at `limit`."""

    class Capped(ClientResponse):
        async def read(self) -> bytes:
            if self._body is None:
                try:
                    self._body = await _at_most(limit, self.content)
                except BaseException:  # as aiohttp's own read() does: nobody reads the rest
                    self.close()
                    raise
            return await super().read()

    return Capped


async def _at_most(limit: int, content: StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge
    return bytes(body)


def _no_redirects() -> TraceConfig:
    """Make following a redirect an error; `allow_redirects=False` shows the 3xx to its caller."""
    trace = TraceConfig()

    async def refuse(
        _session: ClientSession, _context: SimpleNamespace, params: TraceRequestRedirectParams
    ) -> None:
        params.response.close()
        raise RedirectRefused

    trace.on_request_redirect.append(refuse)
    return trace
