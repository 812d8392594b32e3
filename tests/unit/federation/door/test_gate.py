"""Requests that the limits count together, and those they count apart."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bridge.domain.codes import LinkState
from federation.door.gate import HOOKS, Gate
from federation.door.settings import Rate
from tests.defaults import door_limits, door_options

SETTINGS = door_options(public_url="http://127.0.0.1:8080", visio_origin="https://visio.example")


@pytest.mark.parametrize("path", ["/j/", "/h/", "/calendar/"])
def test_forms_for_links_have_a_ceiling_that_no_request_of_another_kind_fills(path: str):
    gate = Gate(SETTINGS)
    page, form = (make_mocked_request(how, path + "A" * 22) for how in ("GET", "POST"))
    assert any(gate.asks(page) for _ in range(2_000))  # more than comes back meanwhile
    assert not any(gate.asks(form) for _ in range(6_000))
    assert any(gate.asks(form) for _ in range(20_000))


def test_cookies_that_were_checked_are_remembered_while_there_is_room():
    gate = Gate(SETTINGS)
    gate.holders.gave(f"visit-{'a' * 32}={'s' * 22}")
    cookies = {"Cookie": f"x=1; visit-{'a' * 32}={'s' * 22}"}
    known = make_mocked_request("GET", "/", headers=cookies)
    key = gate.holders.of(known)
    assert key is not None
    for n in range(SETTINGS.limits.networks):
        gate.holders.gave(f"visit-{n:032x}={'s' * 22}")
    assert gate.holders.of(known) is None
    gate.holders.checked(known, "a" * 32)
    assert gate.holders.of(known) == key


CODE = "A" * 22
NEIGHBOURS = [
    ("192.0.2.1", "192.0.2.254", "192.0.3.1"),
    ("2001:db8:1:200::1", "2001:db8:1:2ff::9", "2001:db8:1:300::1"),
]
"""Two addresses of one network, and one of the next: a /24 of IPv4, a /56 of IPv6."""
ONE = Rate(1, 600)


def request(peer: str, path: str = "/", how: str = "GET") -> web.Request:
    return make_mocked_request(how, path).clone(remote=peer)


def guess(gate: Gate, peer: str) -> float:
    """Send a form for a link that nobody has, unless the network must wait."""
    wait = gate.sends(request(peer), LinkState.UNKNOWN)
    if not wait:
        gate.missed(request(peer))
    return wait


LIMITS: dict[str, Callable[[Gate, str], float]] = {
    "pages": lambda gate, peer: gate.asks(request(peer)),
    "states": lambda gate, peer: gate.asks(request(peer, "/m/x/status")),
    "streams": lambda gate, peer: gate.asks(request(peer, "/m/x/events")),
    "forms": lambda gate, peer: gate.sends(request(peer), LinkState.KNOWN),
    "guesses": guess,
    "a page's forms": lambda gate, peer: gate.repeats(request(peer), "a" * 32),
    "a link's forms": lambda gate, peer: gate.enters(request(peer), CODE),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize(("one", "neighbour", "other"), NEIGHBOURS, ids=["ipv4", "ipv6"])
def test_what_one_network_used_up_is_left_to_every_other(
    limit: Callable[[Gate, str], float], one: str, neighbour: str, other: str
):
    rates = door_limits(requests=ONE, entries=ONE, per_code=ONE, misses=ONE)
    gate = Gate(replace(SETTINGS, limits=rates))
    assert limit(gate, one) == 0
    assert limit(gate, neighbour) > 0
    assert limit(gate, other) == 0
    assert limit(gate, other) > 0


@pytest.mark.parametrize("how", ["hooks", "links"])
def test_what_has_a_high_ceiling_is_counted_by_network_too(how: str):
    gate = Gate(SETTINGS)
    path = HOOKS if how == "hooks" else f"/j/{CODE}"
    one, other = (request(peer, path, "POST") for peer in ("192.0.2.1", "192.0.3.1"))
    assert any(gate.asks(one) for _ in range(20_000))
    assert gate.asks(other) == 0


def test_two_links_and_two_pages_of_one_network_share_no_limit():
    rates = door_limits(entries=ONE, per_code=ONE)
    gate = Gate(replace(SETTINGS, limits=rates))
    guest = request("192.0.2.1")
    for key in ("a", "b"):
        assert gate.enters(guest, key * 22) == 0
        assert gate.enters(guest, key * 22) > 0
        assert gate.repeats(guest, key * 32) == 0
        assert gate.repeats(guest, key * 32) > 0
