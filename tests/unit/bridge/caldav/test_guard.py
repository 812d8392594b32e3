"""No address that an agent types leads into an internal network."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import pytest
from aiohttp import web
from yarl import URL

from bridge.caldav.guard import CalendarNetworks
from bridge.caldav.servers import open_calendars
from bridge.errors import CalendarAddressRefused, CalendarError, CalendarUnreachable
from bridge.metrics import Metrics
from tests.doubles.clocks import SetClock
from tests.servers.ports import free_ports
from tests.unit.bridge.caldav.kit import LOGIN, NOW, Nowhere, Seen, serving

PUBLIC = CalendarNetworks(
    networks=(), hosts=frozenset(), ports=frozenset({443, 8443}), insecure=frozenset()
)
INTERNAL = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378::1",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_not_reached(address):
    assert not PUBLIC.reaches(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(OSError, match="internal address"):
        PUBLIC.socket((family, socket.SOCK_STREAM, 6, "", (address, 443)))


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "::ffff:9.9.9.9", "64:ff9b::9.9.9.9", "2620:fe::fe", "2002:909:909::1"]
)
def test_a_public_address_is_reached(address):
    assert PUBLIC.reaches(address)


def test_a_network_that_the_operator_lists_is_reached_in_both_spellings():
    listed = replace(PUBLIC, networks=(ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")))
    assert all(map(listed.reaches, ("10.1.9.9", "::ffff:10.1.9.9", "fd00:1::5")))
    assert not any(map(listed.reaches, ("10.2.0.1", "::ffff:10.2.0.1", "fd00:2::5")))


@pytest.mark.parametrize(
    "address",
    [
        "http://cal.example/",
        "http+unix://%2Frun%2Fdocker.sock/",
        "unix:/run/docker.sock",
        "file:///etc/passwd",
        "ftp://cal.example/",
        "gopher://cal.example/",
        "//cal.example/",
        "/dav/",
        "https:///dav/",
        "https://",
        "https://alice@cal.example/",
        "https://alice:word@cal.example/",
        "https://cal.example@[::1]/",
        "https://cal.example:22/",
        "https://cal.example:99999/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0/",
        "https://9.9.9.09/",
        "https://cal.example:0/",
        "https://cal.example\\@evil.example/",
        "https://cal.example/a\r\nHost: evil.example",
        "https://cal.example/\x00",
        "https://[::1",
        "https://" + "a" * 3000,
        "https://cal.example/" + "a" * 1600,
    ],
)
def test_an_address_that_is_no_https_url_of_a_server_is_refused(address):
    with pytest.raises(CalendarAddressRefused):
        PUBLIC.checked(address)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://Cal.Example", "https://cal.example/"),
        ("https://cal.example:443/dav/", "https://cal.example/dav/"),
        ("https://cal.example:8443/dav/é à/", "https://cal.example:8443/dav/%C3%A9%20%C3%A0/"),
        ("https://cal.example/dav/a%40b/#top", "https://cal.example/dav/a@b/"),
        ("https://cal.example/dav/%2e%2e/admin", "https://cal.example/admin"),
        ("https://cal.example/a%2Fb/?x=1", "https://cal.example/a%2Fb/"),
        ("https://élan.example/", "https://xn--lan-9la.example/"),
    ],
)
def test_a_url_is_brought_into_one_form(typed, sent):
    assert str(PUBLIC.checked(typed)) == sent


def test_only_hosts_that_the_operator_lists_are_asked():
    listed = replace(PUBLIC, hosts=frozenset({"cal.example"}))
    assert listed.checked("https://CAL.example./dav/")
    for other in ("https://evil.example/", "https://cal.example.evil.example/"):
        with pytest.raises(CalendarAddressRefused):
            listed.checked(other)


def test_only_an_insecure_host_is_asked_without_tls():
    listed = replace(PUBLIC, insecure=frozenset({"cal.example"}))
    assert str(listed.checked("http://cal.example/")) == "http://cal.example/"
    assert listed.checked("http://cal.example:8443/")
    for other in ("http://evil.example/", "http://cal.example:22/", "https://cal.example:80/"):
        with pytest.raises(CalendarAddressRefused):
            listed.checked(other)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://cal.example/",
        "https://cal.example:8443/",
        "https://cal.example.evil.example/",
        "http+unix://%2Frun%2Fdocker.sock/",
        "https://127.0.0.1/",
        "https://alice:word@cal.example/",
    ],
)
def test_a_redirect_to_another_server_is_refused(location):
    with pytest.raises(CalendarAddressRefused):
        PUBLIC.redirected(URL("https://cal.example/dav/"), location)


def test_a_redirect_on_the_same_server_is_followed():
    for location in ("/dav/alice/", "alice/", "https://cal.example/dav/alice/"):
        found = PUBLIC.redirected(URL("https://cal.example/dav/"), location)
        assert str(found) == "https://cal.example/dav/alice/"


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "127.000.000.001",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[64:ff9b::7f00:1]",
    "[::]",
]


@asynccontextmanager
async def tempted() -> AsyncIterator[int]:
    """Run a server on this machine that nobody may reach in the block; give its port."""
    reached: list[str] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(str(writer.get_extra_info("sockname")))
        writer.close()

    (port,) = free_ports(1)
    server = await asyncio.start_server(accept, host=["127.0.0.1", "::1"], port=port)
    try:
        yield port
        assert reached == []
        for host in ("127.0.0.1", "::1"):
            reader, writer = await asyncio.open_connection(host, port)
            await reader.read()
            writer.close()
        assert len(reached) == 2, "nobody could have reached it"
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("method", ["discover", "look", "create", "put", "prove"])
async def test_no_spelling_of_this_machine_reaches_it(method):
    async with tempted() as port:
        hosts = {one.strip("[]").lower() for one in SPELLINGS}
        # Even where the operator allows the names, their address is refused.
        networks = replace(PUBLIC, ports=frozenset({port}), insecure=frozenset(hosts))
        async with open_calendars(
            networks, clock=SetClock(NOW), metrics=Metrics(), lookup=Nowhere()
        ) as calendars:
            ask = {
                "discover": lambda url: calendars.discover(url, LOGIN),
                "look": lambda url: calendars.look(url, LOGIN),
                "create": lambda url: calendars.create(url, LOGIN, "x"),
                "put": lambda url: calendars.put(url, LOGIN, "/dav/1.ics", "x", '"1"'),
                "prove": lambda url: calendars.prove(url, LOGIN),
            }[method]
            for spelling in SPELLINGS:
                for scheme in ("http", "https"):
                    with pytest.raises((CalendarAddressRefused, CalendarUnreachable)):
                        await ask(f"{scheme}://{spelling}:{port}/dav/")


@pytest.mark.parametrize("spelling", ["127.0.0.1", "localhost", "[::1]"])
async def test_an_internal_address_is_told_as_such(spelling):
    networks = replace(PUBLIC, ports=frozenset({1}))
    async with open_calendars(
        networks, clock=SetClock(NOW), metrics=Metrics(), lookup=Nowhere()
    ) as calendars:
        with pytest.raises(CalendarAddressRefused, match="internal address"):
            await calendars.look(f"https://{spelling}:1/dav/", LOGIN)


async def test_a_name_that_changes_its_address_is_refused_when_it_does(monkeypatch):
    """A name may have a public address when it is typed, and lead inside when it is polled."""

    async def hello(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=404)

    async with serving(hello) as base:
        port = URL(base).port or 0
        networks = replace(PUBLIC, ports=frozenset({port}), insecure=frozenset({"rebinds.example"}))
        answers = iter(["9.9.9.9", "127.0.0.1"])

        def resolved(host, port, **_):
            found = (next(answers), port)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", found)]

        monkeypatch.setattr(socket, "getaddrinfo", resolved)
        assert networks.reaches(resolved("rebinds.example", port)[0][4][0])
        async with open_calendars(
            networks, clock=SetClock(NOW), metrics=Metrics(), lookup=Nowhere()
        ) as calendars:
            with pytest.raises(CalendarAddressRefused, match="internal address"):
                await calendars.look(f"http://rebinds.example:{port}/dav/", LOGIN)


async def test_a_listed_network_is_reached_by_a_poll():
    seen: list[Seen] = []

    async def hello(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=404)

    async with serving(hello, seen) as base:
        networks = CalendarNetworks(
            networks=(ip_network("127.0.0.0/8"),),
            hosts=frozenset(),
            ports=frozenset({URL(base).port or 0}),
            insecure=frozenset({"127.0.0.1"}),
        )
        async with open_calendars(
            networks, clock=SetClock(NOW), metrics=Metrics(), lookup=Nowhere()
        ) as calendars:
            with pytest.raises(CalendarError):
                await calendars.look(f"{base}/dav/", LOGIN)
    assert len(seen) == 1
