"""From a mail address over the DNS to a server, encrypted."""

import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bridge.caldav.lookup import CalendarService
from bridge.caldav.servers import open_calendars
from bridge.errors import CalendarAddressRefused, CalendarUnreachable
from bridge.metrics import Metrics
from tests.doubles.clocks import SetClock
from tests.servers.calendars import on_loopback
from tests.servers.certificates import write_self_signed
from tests.unit.bridge.caldav.kit import HOME, LOGIN, NOW, Nowhere, member, multistatus
from tests.unit.bridge.caldav.test_discovery import MOVED, WHO, site


@pytest.fixture
async def port(tmp_path: Path, monkeypatch) -> AsyncIterator[int]:
    """The port of a server with a certificate for cal.example.org; all names lead to it."""
    write_self_signed(tmp_path / "cert.pem", tmp_path / "key.pem", "cal.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = web.Server(site(root=multistatus(member("/", WHO)), well_known=MOVED))
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()

    def resolved(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    yield runner.addresses[0][1]
    await runner.cleanup()


async def found_at(
    port: int, name: str, ca_file: Path | None, *, allowed: frozenset[str] = frozenset()
) -> str:
    """Return the home to which a mail address leads whose domain names `name` in the DNS."""
    dns = Nowhere({"example.org": [CalendarService(name, port)]})
    networks = replace(on_loopback(f"https://127.0.0.1:{port}"), hosts=allowed)
    async with open_calendars(
        networks, clock=SetClock(NOW), metrics=Metrics(), lookup=dns, ca_file=ca_file
    ) as calendars:
        return (await calendars.discover("alice@example.org", LOGIN)).home


async def test_a_mail_address_leads_to_the_server_that_its_domain_names(port, tmp_path):
    home = await found_at(port, "cal.example.org", tmp_path / "cert.pem")
    assert home == f"https://cal.example.org:{port}{HOME}"


async def test_a_server_with_another_name_or_authority_gets_no_credentials(port, tmp_path):
    for name, authority in (
        ("other.example.org", tmp_path / "cert.pem"),
        ("cal.example.org", None),
    ):
        with pytest.raises((CalendarUnreachable, CalendarAddressRefused)):
            await found_at(port, name, authority)


async def test_a_server_elsewhere_is_asked_only_if_the_operator_lists_it(port, tmp_path):
    ca_file = tmp_path / "cert.pem"
    with pytest.raises(CalendarAddressRefused):
        await found_at(port, "localhost", ca_file)
    home = await found_at(port, "localhost", ca_file, allowed=frozenset({"localhost"}))
    assert home == f"https://localhost:{port}{HOME}"
