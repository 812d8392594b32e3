"""What a machine lacks: a laptop skips the tests that need it, CI fails on it."""

import os

import pytest


def need(available: object, reason: str) -> None:
    """Skip the test with `reason` unless `available`; with PARVIS_REQUIRE=all, fail it instead."""
    if available:
        return
    if os.environ.get("PARVIS_REQUIRE") == "all":
        pytest.fail(f"PARVIS_REQUIRE=all, but {reason}", pytrace=False)
    pytest.skip(reason)
