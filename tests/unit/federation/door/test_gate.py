"""What is counted together, and what apart."""

import pytest
from aiohttp.test_utils import make_mocked_request

from federation.door.gate import Gate
from federation.door.settings import DoorOptions

SETTINGS = DoorOptions(public_url="http://127.0.0.1:8080", visio_origin="https://visio.example")


@pytest.mark.parametrize("path", ["/j/", "/h/"])
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
