"""Waiting grows, never beyond its limit, and never less than what was asked for."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.matrix.backoff import Backoff, persist
from bot.matrix.errors import Busy, LoggedOut, Refusal, Unreachable
from bot.matrix.settings import MatrixSettings
from bridge.ids import UserId

SETTINGS = MatrixSettings(
    homeserver="http://a.test",
    user=UserId("@parvis:a.test"),
    store=Path("unused"),
    pickle_secret=SecretStr("x"),
    backoff_first=1.0,
    backoff_longest=8.0,
)


def test_the_delay_doubles_with_jitter_up_to_a_limit() -> None:
    backoff = Backoff(SETTINGS)
    for ceiling in (1.0, 2.0, 4.0, 8.0, 8.0):
        assert ceiling / 2 <= backoff.delay() <= ceiling
    backoff.failures = 10_000
    assert backoff.delay() <= 8.0
    backoff.succeeded()
    assert backoff.delay() <= 1.0


def test_a_limit_is_respected() -> None:
    assert Backoff(SETTINGS).delay(Busy(120.0)) == 120.0


async def test_passing_trouble_is_lived_through_and_lasting_trouble_told() -> None:
    quick = MatrixSettings(
        homeserver="http://a.test",
        user=UserId("@parvis:a.test"),
        store=Path("unused"),
        pickle_secret=SecretStr("x"),
        backoff_first=0.001,
    )
    troubles: list[Exception] = [Unreachable("x"), Refusal(502, "M_UNKNOWN", {}), Busy(0.0)]

    async def act() -> str:
        if troubles:
            raise troubles.pop(0)
        return "done"

    assert await persist(act, quick, "test") == "done"
    for last in (LoggedOut("x"), Refusal(403, "M_FORBIDDEN", {"errcode": "M_FORBIDDEN"})):
        troubles.append(last)
        with pytest.raises(type(last)):
            await persist(act, quick, "test")
