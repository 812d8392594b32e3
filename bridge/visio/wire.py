"""One exchange with Visio: sent or not, answered or not; callers decide what it means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientSession,
    ConnectionTimeoutError,
)

from bridge.broken import parameters_of
from bridge.errors import VisioUnconfirmed, VisioUnreachable
from bridge.http import Timeouts

HEADERS: Mapping[str, str] = {
    "Accept": "application/json",
    "Accept-Language": "en",
    "Content-Type": "application/json",
}
"""JSON only: Visio refuses form bodies up to 1.27. The language is fixed so that nothing varies."""

NEVER_SENT = (ClientConnectorError, ConnectionTimeoutError, ClientHttpProxyError)
"""Errors that aiohttp raises before the first byte of a request reaches its server: name lookup,
connection, TLS and proxy failures."""

EXTERNAL_API = "/external-api/v1.0"


@dataclass(frozen=True, slots=True)
class VisioAnswer:
    """An answer. `status` decides; `data` only tells two meanings of one status apart."""

    status: int
    body: bytes
    retry_after: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def broken(self) -> bool:
        """Whether the status says that Visio's side failed, or gave up waiting."""
        return (
            self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or self.status == HTTPStatus.REQUEST_TIMEOUT
        )

    @property
    def data(self) -> dict[str, object] | None:
        """The JSON object in the body; None for HTML pages and everything else."""
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) else None


class VisioWire:
    """The external API's address, and how long to wait for it."""

    def __init__(self, session: ClientSession, base_url: str, timeouts: Timeouts) -> None:
        self._session = session
        self._root = base_url.rstrip("/") + EXTERNAL_API
        self._timeout = timeouts.for_aiohttp()

    async def ask(
        self, method: str, path: str, *, json: object = None, bearer: str | None = None
    ) -> VisioAnswer:
        """Send one request, once, and read its answer.

        Raise VisioUnreachable if it certainly never left, VisioUnconfirmed if it may have.
        """
        headers = dict(HEADERS)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        try:
            async with self._session.request(
                method,
                self._root + path,
                json=json,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                return VisioAnswer(
                    answer.status, await answer.read(), answer.headers.get("Retry-After")
                )
        except NEVER_SENT as error:
            name = type(error).__name__
            raise VisioUnreachable(f"not sent: {name}", **parameters_of(error)) from error
        except (ClientError, TimeoutError, OSError) as error:
            name = type(error).__name__
            raise VisioUnconfirmed(f"no answer: {name}", **parameters_of(error)) from error
