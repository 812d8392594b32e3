"""Requests to the homeserver: one timeout each, every failure a MatrixTrouble.

matrix-nio's transport is used for its strengths (sessions, proxies, TLS). Its retries are not: they
sleep inside the caller, for ever by default (docs/interop/matrix.md).
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import nio
import structlog

from bot.matrix.errors import AccountExpired, Busy, Refusal, Unreachable, Unsent
from bot.matrix.raw import as_number, tables, text
from bot.matrix.settings import MatrixOptions
from bridge.http import tls_context

log = structlog.get_logger()

EXPIRED = "ORG_MATRIX_EXPIRED_ACCOUNT"
TOKEN_ERRORS = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})
RETRY_WITHOUT_ADVICE = 5.0
NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
"""Errors that aiohttp raises before the first byte of a request reaches its server."""

Renew = Callable[[str, bool], Awaitable[None]]
"""Takes the refused token and whether the logout is soft; gets another or raises."""

Allowed = Callable[[], Awaitable[None]]
"""Returns when this process may speak for the account."""


async def at_once() -> None:
    """Let every request go at once."""


def client_of(settings: MatrixOptions) -> nio.AsyncClient:
    """Return the client for an account's requests; the caller closes it."""
    # nio logs data that it can't read, decrypted lines and keys included; peewee logs its
    # parameters.
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    logging.getLogger("peewee").setLevel(logging.WARNING)
    return nio.AsyncClient(
        settings.homeserver.rstrip("/"),
        settings.user,
        ssl=tls_context(settings.ca_file),
        proxy=settings.proxy,
    )


class MatrixWire:
    """One account's requests; a refused access token is renewed and the request repeated."""

    def __init__(
        self, client: nio.AsyncClient, *, timeout: float, allowed: Allowed = at_once
    ) -> None:
        self._client = client
        self._allowed = allowed
        self._timeout = timeout
        self.renew: Renew | None = None

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Make a GET request."""
        return await self.call("GET", path, query=query)

    async def items(self, path: str) -> list[Mapping[str, Any]]:
        """Make a GET request whose answer is a list of objects."""
        return tables(await self.call("GET", path), "items")

    async def post(
        self, path: str, body: Mapping[str, object] | None = None, **query: str
    ) -> dict[str, Any]:
        """Make a POST request."""
        return await self.call("POST", path, body or {}, query=query)

    async def put(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Make a PUT request, which is safe to repeat."""
        return await self.call("PUT", path, body)

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - aiohttp cancels the request itself
    ) -> dict[str, Any]:
        """Make a request and return the answer's JSON. Raises MatrixTrouble."""
        token = self._client.access_token
        try:
            return await self.once(method, path, body, query=query, timeout=timeout)
        except Refusal as refusal:
            if refusal.errcode not in TOKEN_ERRORS or self.renew is None:
                raise
            await self.renew(token, refusal.answer.get("soft_logout") is True)
        return await self.once(method, path, body, query=query, timeout=timeout)

    async def once(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - aiohttp cancels the request itself
    ) -> dict[str, Any]:
        """Make a request without renewing the token."""
        await self._allowed()
        if query:
            path = f"{path}?{urlencode(query)}"
        headers = {"Content-Type": "application/json"}
        if self._client.access_token:
            headers["Authorization"] = f"Bearer {self._client.access_token}"
        data = None if body is None else json.dumps(body)
        limit = self._timeout if timeout is None else timeout
        try:
            response = await self._client.send(method, path, data, headers, timeout=limit)
            async with response:
                return _read(response.status, await response.read(), response.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            kind = Unsent if isinstance(error, NEVER_SENT) else Unreachable
            raise kind(f"{method} {path.partition('?')[0]}: {type(error).__name__}") from error


def _read(status: int, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    answer = _parsed(body)
    if status < 300:  # noqa: PLR2004 - HTTP
        if answer is None:
            raise Unreachable("something that is no homeserver answered")
        return answer
    answer = answer or {}
    errcode = text(answer, "errcode", "M_UNKNOWN")
    if status == 429 or errcode == "M_LIMIT_EXCEEDED":  # noqa: PLR2004 - HTTP
        raise Busy(_delay(answer, headers))
    if errcode == EXPIRED:
        raise AccountExpired(errcode)
    raise Refusal(status, errcode, answer)


def _parsed(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object of an answer; a list comes under `items`."""
    try:
        answer = json.loads(body or b"{}")
    except ValueError:
        return None
    if isinstance(answer, list):
        return {"items": answer}
    return answer if isinstance(answer, dict) else None


def _delay(answer: Mapping[str, object], headers: Mapping[str, str]) -> float:
    """Return the seconds to wait: the body's `retry_after_ms`, or the header that replaced it."""
    millis = as_number(answer.get("retry_after_ms"), -1)
    if millis >= 0:
        return millis / 1000
    seconds = as_number(headers.get("Retry-After"), -1)
    return float(seconds) if seconds >= 0 else RETRY_WITHOUT_ADVICE
