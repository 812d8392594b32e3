"""Which network a request counts for."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from federation.door.networks import Networks

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def of(peer: str, *forwarded: str, hops: int = 1) -> str:
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
        ("10.1.2.3", ("unknown",), "10.1.2.0/24"),
        ("10.1.2.3", ("198.51.100.1, é",), "10.1.2.0/24"),
    ],
)
def test_the_network_of_a_request(peer, forwarded, network):
    assert of(peer, *forwarded) == network


def test_behind_two_proxies_the_client_is_the_second_from_the_right():
    assert of("10.1.2.3", "203.0.113.9, 198.51.100.1, 10.9.9.9", hops=2) == "198.51.100.0/24"
    assert of("10.1.2.3", "198.51.100.1", hops=2) == "10.1.2.0/24"
