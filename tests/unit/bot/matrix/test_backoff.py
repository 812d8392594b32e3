"""Waiting grows, never beyond its limit, and never less than what was asked for."""

from dataclasses import replace
from pathlib import Path

import nio
import pytest
from pydantic import SecretStr

from bot.matrix.backoff import LONGEST_AWAY, Backoff, is_away, persist
from bot.matrix.errors import Busy, LoggedOut, MatrixTrouble, Refusal, Unreachable, Unsent
from bot.matrix.settings import MatrixOptions
from bot.matrix.wire import MatrixWire
from bridge.ids import UserId
from tests.servers.ports import free_ports

SETTINGS = MatrixOptions(
    homeserver="http://a.test",
    user=UserId("@parvis:a.test"),
    store=Path("unused"),
    pickle_secret=SecretStr("x"),
    device_name="Parvis",
    backoff_first=1.0,
    backoff_longest=8.0,
)


def test_the_delay_doubles_with_jitter_up_to_a_limit() -> None:
    backoff = Backoff(SETTINGS)
    for ceiling in (1.0, 2.0, 4.0, 8.0, 8.0):
        assert ceiling / 2 <= backoff.delay() <= ceiling
    for _ in range(2_000):
        assert backoff.delay() <= 8.0
    backoff.succeeded()
    assert backoff.delay() <= 1.0


AWAY = [Unsent("refused"), Refusal(502, "M_UNKNOWN", {})]
BADLY = [
    Unreachable("too late"),
    Refusal(500, "M_UNKNOWN", {}),
    Refusal(503, "M_X", {"errcode": "M_X"}),
]


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("badly", BADLY)
def test_where_nobody_listens_somebody_may_soon(away: MatrixTrouble, badly: MatrixTrouble) -> None:
    backoff = Backoff(replace(SETTINGS, backoff_longest=60.0))
    for _ in range(20):
        assert backoff.delay(away) <= LONGEST_AWAY
    assert backoff.delay(badly) <= 1.0, "it is there again, and had too much to do once only"
    for _ in range(20):
        last = backoff.delay(badly)
    assert last >= 30.0
    assert backoff.delay(away) <= 1.0, "it is being started"


def test_a_limit_is_respected() -> None:
    assert Backoff(SETTINGS).delay(Busy(120.0)) == 120.0


async def test_passing_trouble_is_lived_through_and_lasting_trouble_told() -> None:
    quick = MatrixOptions(
        homeserver="http://a.test",
        user=UserId("@parvis:a.test"),
        store=Path("unused"),
        pickle_secret=SecretStr("x"),
        device_name="Parvis",
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


async def test_what_refuses_the_connection_is_away() -> None:
    [port] = free_ports(1)
    client = nio.AsyncClient(f"http://127.0.0.1:{port}", SETTINGS.user)
    with pytest.raises(Unsent) as caught:
        await MatrixWire(client, timeout=5.0).get("/_matrix/client/versions")
    assert is_away(caught.value)
    await client.close()
