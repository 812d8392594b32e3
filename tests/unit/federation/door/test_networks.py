"""Which network a request counts for."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from federation.door.networks import Doubt, Networks, RequestOrigin

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def of(peer: str, *forwarded: str, hops: int = 1) -> str:
    return whence(peer, *forwarded, hops=hops).network


def whence(peer: str, *forwarded: str, hops: int = 1) -> RequestOrigin:
    headers = [("X-Forwarded-For", value) for value in forwarded]
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    return Networks(TRUSTED, hops).of(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("192.0.2.77", (), "192.0.2.0/24"),
        ("2001:db8:1:2ff::1", (), "2001:db8:1:200::/56"),
        ("::ffff:192.0.2.77", (), "192.0.2.0/24"),
        ("fe80::1%eth0", (), "fe80::/56"),
        ("", (), "unknown"),
        ("192.0.2.77", ("198.51.100.1",), "192.0.2.0/24"),
        ("10.1.2.3", ("198.51.100.1",), "198.51.100.0/24"),
        ("10.1.2.3", ("203.0.113.9, 198.51.100.1",), "198.51.100.0/24"),
        ("10.1.2.3", ("203.0.113.9", "198.51.100.1"), "198.51.100.0/24"),
        ("fd00::1", ("[2001:db8::1]",), "2001:db8::/56"),
        ("10.1.2.3", (), "10.1.2.0/24"),
        ("10.1.2.3", ("",), "10.1.2.0/24"),
        ("10.1.2.3", ("unknown",), "unknown"),
        ("10.1.2.3", ("198.51.100.1, é",), "unknown"),
        ("10.1.2.3", ("203.0.113.1:50000",), "203.0.113.0/24"),
        ("10.1.2.3", ("192.0.2.1, 203.0.113.1:443",), "203.0.113.0/24"),
        ("10.1.2.3", ("[2001:db8:1:2ff::1]:443",), "2001:db8:1:200::/56"),
        ("10.1.2.3", ('"[2001:db8::1]:443"',), "2001:db8::/56"),
        ("10.1.2.3", ("2001:db8::1",), "2001:db8::/56"),
        ("10.1.2.3", ("[::ffff:192.0.2.7]:80",), "192.0.2.0/24"),
        ("10.1.2.3", ("[fe80::1%eth0]",), "fe80::/56"),
        ("10.1.2.3", ("203.0.113.1:",), "unknown"),
        ("10.1.2.3", ("[203.0.113.1",), "unknown"),
        ("10.1.2.3", ("203.0.113.1:99999999",), "unknown"),
    ],
)
def test_the_network_of_a_request(peer, forwarded, network):
    assert of(peer, *forwarded) == network


def test_behind_two_proxies_the_client_is_the_second_from_the_right():
    assert of("10.1.2.3", "203.0.113.9, 198.51.100.1, 10.9.9.9", hops=2) == "198.51.100.0/24"
    assert of("10.1.2.3", "198.51.100.1", hops=2) == "10.1.2.0/24"


@pytest.mark.parametrize(
    ("peer", "forwarded", "doubt"),
    [
        ("192.0.2.77", (), None),
        ("192.0.2.77", ("198.51.100.1",), Doubt.UNDECLARED),
        ("10.1.2.3", ("198.51.100.1",), None),
        ("10.1.2.3", (), Doubt.SILENT),
        ("10.1.2.3", (" ",), Doubt.SILENT),
        ("10.1.2.3", ("unknown",), Doubt.UNREADABLE),
    ],
)
def test_what_makes_us_doubt_who_asks(peer, forwarded, doubt):
    assert whence(peer, *forwarded).doubt is doubt


def test_fewer_proxies_than_declared_are_silent():
    assert whence("10.1.2.3", "198.51.100.1", hops=2).doubt is Doubt.SILENT


def test_what_cannot_be_read_never_counts_for_the_proxy_itself():
    assert of("10.1.2.3", "_hidden") != of("10.1.2.3")
