"""Fetching gaps on a homeserver that is slow, wrong, or endless."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nio
import pytest
from pydantic import SecretStr

from bot.matrix.errors import AccountExpired
from bot.matrix.gaps import Gaps
from bot.matrix.lags import Lags
from bot.matrix.settings import MatrixOptions
from bot.matrix.store import Gap
from bot.matrix.wire import MatrixWire
from bridge.ids import UserId, server_of
from tests.doubles.clocks import SetClock
from tests.servers.faults import Faults, faults

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
US = UserId("@parvis:a.test")
GAP = Gap("!salon", "start", "since")
MESSAGES = "GET .*/messages"


@pytest.fixture
async def homeserver() -> AsyncIterator[Faults]:
    """A homeserver of which only the rules exist."""
    async with faults("http://127.0.0.1:1") as running:
        yield running


@pytest.fixture
async def gaps(homeserver: Faults, tmp_path: Path) -> AsyncIterator[Gaps]:
    """Return gaps on the homeserver of rules."""
    client = nio.AsyncClient(homeserver.url, US)
    settings = MatrixOptions(
        homeserver=homeserver.url,
        user=US,
        store=tmp_path,
        pickle_secret=SecretStr("secret"),
        device_name="Parvis",
        gap_pages=3,
    )
    yield Gaps(MatrixWire(client, timeout=5.0), settings, Lags(server_of(US)), SetClock(NOW))
    await client.close()


def line(number: int, age: timedelta = timedelta(0), **more: Any) -> dict[str, Any]:
    """Return an event of some age."""
    stamp = int((NOW - age).timestamp() * 1000)
    event = {"event_id": f"${number}", "origin_server_ts": stamp, "type": "m.room.message"}
    return {**event, "sender": f"@alice:{server_of(US)}", **more}


def page(*events: dict[str, Any], end: str = "") -> dict[str, Any]:
    """Return one answer of /messages, latest first."""
    return {"chunk": list(events), **({"end": end} if end else {})}


def ids(events: list[Any]) -> list[str]:
    """Return the events' ids."""
    return [each["event_id"] for each in events]


async def test_pages_are_put_together_oldest_first(homeserver: Faults, gaps: Gaps) -> None:
    homeserver.answer(MESSAGES, 200, page(line(4), line(3), end="t1"))
    homeserver.answer(MESSAGES, 200, page(line(2), line(1)))
    assert ids(await gaps.events(GAP)) == ["$1", "$2", "$3", "$4"]
    asked = [each.line for each in homeserver.requests(MESSAGES)]
    assert ["from=start" in asked[0], "from=t1" in asked[1]] == [True, True]
    assert all("to=since" in each for each in asked)


async def test_a_line_that_says_it_is_old_hides_none_before_it(
    homeserver: Faults, gaps: Gaps
) -> None:
    """Its author sets its date: a bridge that brings history, or any homeserver."""
    old = timedelta(hours=48)
    homeserver.answer(MESSAGES, 200, page(line(5), line(4, old), line(3), end="t1"))
    homeserver.answer(MESSAGES, 200, page(line(2), line(1, old, state_key="")))
    assert ids(await gaps.events(GAP)) == ["$1", "$2", "$3", "$5"]


async def test_a_line_of_a_clock_that_nobody_knows_is_read(homeserver: Faults, gaps: Gaps) -> None:
    there = line(1, timedelta(hours=48), sender="@bob:far.example")
    homeserver.answer(MESSAGES, 200, page(there))
    assert ids(await gaps.events(GAP)) == ["$1"]


async def test_an_endless_gap_is_cut(homeserver: Faults, gaps: Gaps) -> None:
    homeserver.answer(MESSAGES, 200, page(line(1), end="again"), times=-1)
    assert len(await gaps.events(GAP)) == 3


async def test_what_needs_a_person_is_told(homeserver: Faults, gaps: Gaps) -> None:
    homeserver.answer(MESSAGES, 403, {"errcode": "ORG_MATRIX_EXPIRED_ACCOUNT"})
    with pytest.raises(AccountExpired):
        await gaps.events(GAP)
