"""Requirements of tests: where the machine lacks one, a laptop skips the test, CI fails it."""

import pytest

everything = False
"""Whether PARVIS_REQUIRE=all was set (tests/conftest.py)."""


def need(available: object, reason: str, *, required: bool | None = None) -> None:
    """Skip the test with `reason` unless `available`; fail it if `required`, as in CI."""
    if available:
        return
    if everything if required is None else required:
        pytest.fail(f"PARVIS_REQUIRE=all, but {reason}", pytrace=False)
    pytest.skip(reason)
