"""A partner's server that is slow, huge, redirects, or leads inside: it costs little, gains nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from bridge.errors import PartnerAway
from bridge.http import Timeouts
from bridge.partners.fetching import PartnerNetworks, PartnerRequests, open_requests
from tests.doubles.clocks import SetClock
from tests.federation.partner import PartnerInstance, served
from tests.services.house import START

PATH = "/.well-known/openid-federation"
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


async def huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(48):
        await response.write(b"x" * 65_536)
    return response


async def slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(1000):
        await response.write(b"x")
        await asyncio.sleep(0.05)
    return response


async def inwards(_: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/"})


async def busy(_: web.Request) -> web.StreamResponse:
    return web.Response(status=429)


Serves = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def asking(
    folder: Path, handler: Serves, *, networks: PartnerNetworks | None = None
) -> AsyncIterator[tuple[PartnerRequests, PartnerInstance]]:
    partner = PartnerInstance(SetClock(START), handler=handler)
    async with served(partner, folder) as certificate:
        port = URL(partner.issuer).port or 0
        reach = networks or PartnerNetworks(networks=LOOPBACK, ports=frozenset({port}))
        timeouts = Timeouts(connect=1.0, total=0.5)
        async with open_requests(reach, ca_file=certificate, timeouts=timeouts) as requests:
            yield requests, partner


@pytest.mark.parametrize("handler", [huge, slow, inwards, busy])
async def test_it_is_away(handler: Serves, tmp_path: Path):
    async with asking(tmp_path, handler) as (requests, partner):
        with pytest.raises(PartnerAway):
            await requests.get(f"{partner.issuer}{PATH}", accept="*/*")


async def test_a_name_that_leads_inside_gets_no_connection(tmp_path: Path):
    """So does a name that led elsewhere when somebody looked: each connection is checked."""
    reach = PartnerNetworks(networks=(), ports=frozenset(range(1, 65536)))
    async with asking(tmp_path, busy, networks=reach) as (requests, partner):
        port = URL(partner.issuer).port
        for host in ("localhost", "127.0.0.1", "[::1]"):
            with pytest.raises(PartnerAway, match="internal address"):
                await requests.get(f"https://{host}:{port}{PATH}", accept="*/*")
        assert partner.fetches == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://invites.b.example/x",
        "https://invites.b.example:22/x",
        "https://user@invites.b.example/x",
        "https:///x",
        "https://[/x",
    ],
)
async def test_an_address_that_is_never_asked(address: str):
    reach = PartnerNetworks(networks=LOOPBACK, ports=frozenset({443}))
    with pytest.raises(PartnerAway):
        reach.checked(address)
