"""The DNS, on a name server of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from bridge.caldav.lookup import CalendarService, DnsLookup

NAME = "_caldavs._tcp.example.org."
Zone = Mapping[tuple[str, str], Sequence[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from a zone; NXDOMAIN for what is not in it; nothing at all if it is silent."""

    def __init__(self, zone: Zone, *, silent: bool) -> None:
        self.zone, self.silent = zone, silent
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.silent:
            return
        query = dns.message.from_wire(data)
        (asked,) = query.question
        kind = dns.rdatatype.to_text(asked.rdtype)
        answer = dns.message.make_response(query)
        found = self.zone.get((asked.name.to_text(), kind))
        if found is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *found))
        assert self.transport is not None
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def serving(zone: Zone, monkeypatch, *, silent: bool = False) -> AsyncIterator[DnsLookup]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: NameServer(zone, silent=silent), local_addr=("127.0.0.1", 0)
    )

    class Ours(dns.asyncresolver.Resolver):
        def __init__(self) -> None:
            super().__init__(configure=False)
            self.port = transport.get_extra_info("sockname")[1]
            self.nameservers = ["127.0.0.1"]

    monkeypatch.setattr(dns.asyncresolver, "Resolver", Ours)
    try:
        yield DnsLookup(seconds=0.3)
    finally:
        transport.close()


async def test_services_come_in_the_order_of_their_weight_with_their_path(monkeypatch):
    zone = {
        (NAME, "SRV"): [
            "10 1 443 c.example.org.",
            "0 1 443 b.example.org.",
            "0 9 8443 a.example.org.",
        ],
        (NAME, "TXT"): ['"x=1" "path=/dav/"'],
    }
    async with serving(zone, monkeypatch) as lookup:
        assert await lookup.services("example.org") == [
            CalendarService("a.example.org", 8443, "/dav/"),
            CalendarService("b.example.org", 443, "/dav/"),
            CalendarService("c.example.org", 443, "/dav/"),
        ]


async def test_a_service_may_have_no_path(monkeypatch):
    async with serving({(NAME, "SRV"): ["0 1 443 a.example.org."]}, monkeypatch) as lookup:
        assert await lookup.services("example.org") == [CalendarService("a.example.org", 443)]


async def test_a_domain_may_say_that_it_has_no_service(monkeypatch):
    async with serving({(NAME, "SRV"): ["0 0 0 ."]}, monkeypatch) as lookup:
        assert list(await lookup.services("example.org")) == []


@pytest.mark.parametrize("silent", [False, True])
async def test_a_domain_may_say_nothing(monkeypatch, silent):
    async with serving({}, monkeypatch, silent=silent) as lookup:
        assert list(await lookup.services("example.org")) == []


async def test_a_machine_may_have_no_name_servers(monkeypatch):
    class Unconfigured(dns.asyncresolver.Resolver):
        def __init__(self) -> None:
            raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.asyncresolver, "Resolver", Unconfigured)
    assert list(await DnsLookup().services("example.org")) == []


@pytest.mark.parametrize("domain", ["a" * 70 + ".org", "..", "a..b"])
async def test_a_name_that_can_not_be_is_nobody_s(domain):
    assert list(await DnsLookup().services(domain)) == []
