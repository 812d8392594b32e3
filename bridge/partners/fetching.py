"""Requests to partners' servers: never inwards, never redirected, small and short."""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientError, ClientSession
from yarl import URL

from bridge.errors import PartnerAway
from bridge.http import Timeouts, open_session
from bridge.reachable import InternalAddress, ReachableNetworks

MAX_BODY = 64 * 1024
TIMEOUTS = Timeouts(connect=3.0, total=10.0)
_SERVER_ERROR = 500
_BUSY = 429
_LONGEST_PAUSE = 600
"""Seconds: no partner has us wait longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerNetworks(ReachableNetworks):
    """The places of partners' servers: any public address, over TLS, at some ports."""

    ports: frozenset[int]

    def checked(self, address: str) -> URL:
        """Return a URL that may be asked. Raises PartnerAway.

        The addresses of its host are checked when a connection is made (`socket`).
        """
        try:
            url = URL(address)
            port = url.port
        except ValueError:
            raise PartnerAway("no address") from None
        if url.scheme != "https" or not url.host or url.user is not None:
            raise PartnerAway("no https address")
        if port not in self.ports:
            raise PartnerAway("port not allowed")
        return url


@dataclass(frozen=True, slots=True)
class Fetched:
    """A partner's answer."""

    status: int
    body: bytes

    def document(self) -> Mapping[str, object]:
        """Return the JSON object that it holds; empty if it holds none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class PartnerRequests:
    """Asks partners' servers; every failure to get an answer is PartnerAway, with one word."""

    session: ClientSession
    networks: PartnerNetworks

    async def get(self, address: str, *, accept: str, bearer: str | None = None) -> Fetched:
        """Return an answer to GET. Raises PartnerAway."""
        known = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        return await self._ask("GET", address, headers={"Accept": accept, **known})

    async def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
        """Return an answer to POST, which was sent at most once. Raises PartnerAway."""
        return await self._ask("POST", address, body=body, headers=headers)

    async def _ask(
        self, method: str, address: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Fetched:
        url = self.networks.checked(address)
        try:
            async with self.session.request(method, url, data=body, headers=headers) as answer:
                fetched = Fetched(answer.status, await answer.read())
                after = _pause(answer.headers.get("Retry-After", ""))
        except (ClientError, TimeoutError, OSError) as error:
            raise PartnerAway(_word(error)) from error
        if fetched.status >= _SERVER_ERROR or fetched.status == _BUSY:
            raise PartnerAway(f"status {fetched.status}", after=after)
        return fetched


def _pause(header: str) -> float:
    """Return the seconds of a Retry-After (RFC 9110 §10.2.3); a date in it is not read."""
    return min(int(header), _LONGEST_PAUSE) if header.isascii() and header.isdigit() else 0


def _word(error: BaseException) -> str:
    inside = getattr(error, "os_error", error)
    if isinstance(inside, InternalAddress):
        return "internal address"
    return "timeout" if isinstance(error, TimeoutError) else type(error).__name__


@asynccontextmanager
async def open_requests(
    networks: PartnerNetworks,
    *,
    ca_file: Path | None = None,
    tls: ssl.SSLContext | None = None,
    timeouts: Timeouts = TIMEOUTS,
) -> AsyncIterator[PartnerRequests]:
    """Open the client of partners' servers; names are looked up anew for each connection."""
    opening = open_session(
        timeouts,
        max_body=MAX_BODY,
        reuse=False,
        ca_file=ca_file,
        tls=tls,
        socket_factory=networks.socket,
        once=True,
    )
    async with opening as session:
        yield PartnerRequests(session, networks)
