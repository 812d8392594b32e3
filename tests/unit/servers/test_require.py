import pytest

from tests.servers.require import need


def test_what_is_there_is_no_reason_to_stop() -> None:
    need(available=True, reason="never said")


def test_a_laptop_skips_what_it_lacks() -> None:
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        need(available=None, reason="no browser", required=False)


def test_ci_fails_on_what_it_lacks() -> None:
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        need(available="", reason="no browser", required=True)
