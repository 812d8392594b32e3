"""Addresses to which we may send people."""

import pytest

from bridge.visio import VisioAccess
from bridge.visio.answers import is_public_url
from tests.unit.bridge.visio.kit import access


@pytest.mark.parametrize(
    "url",
    [
        "https://visio.test",
        "https://visio.test/abc-defg-hij",
        "https://visio.test:8443/meet/abc-defg-hij?silentLogin=false",
        "https://192.0.2.7/",
        "http://localhost:8071/abc-defg-hij",
        "http://127.0.0.1:8071",
        "http://[::1]:8071",
    ],
)
def test_addresses_people_may_be_sent_to(url: str) -> None:
    assert is_public_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "visio.test",
        "//visio.test",
        "http://visio.test",
        "http://192.0.2.7",
        "http://127.0.0.1.visio.test",
        "https://a@visio.test",
        "https://:b@visio.test",
        "https://visio.test/a b",
        "https://visio.test/a\nb",
        "https://visio.test/é",
        "ftp://localhost",
        "https://[]@",
        "https://[]@visio.test/",
        "https://[a@]n[@visio.test",
        None,
    ],
)
def test_addresses_people_may_not_be_sent_to(url: object) -> None:
    assert not is_public_url(url)


@pytest.mark.parametrize(
    ("base", "public", "wrong"),
    [
        ("visio.test", "https://visio.test", "base_url"),
        ("https://visio.test", "http://visio.test", "public_url"),
    ],
)
def test_settings_that_can_t_work_are_refused(base: str, public: str, wrong: str) -> None:
    secret = access("https://visio.test").client_secret
    with pytest.raises(ValueError, match=wrong):
        VisioAccess(base_url=base, public_url=public, client_id="parvis", client_secret=secret)


def test_the_secret_does_not_show() -> None:
    assert "swordfish" not in repr(access("https://visio.test"))
