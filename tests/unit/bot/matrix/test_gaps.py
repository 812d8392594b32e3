"""Filling gaps on a homeserver that is slow, wrong, or endless."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nio
import pytest
from pydantic import SecretStr

from bot.matrix.errors import AccountExpired
from bot.matrix.gaps import Gaps
from bot.matrix.settings import MatrixSettings
from bot.matrix.store import CryptoStore, Gap
from bot.matrix.wire import Wire
from bridge.ids import UserId
from tests.servers.faults import Faults, faults

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
US = UserId("@parvis:a.test")
GAP = Gap("!salon", "start", "since")
MESSAGES = "GET .*/messages"


class StoppedClock:
    """Shows the time it was set to."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        """Return it."""
        return self.time


@pytest.fixture
async def homeserver() -> AsyncIterator[Faults]:
    """A homeserver of which only the rules exist."""
    async with faults("http://127.0.0.1:1") as running:
        yield running


class Lab:
    """Gaps and what they need."""

    def __init__(self, url: str, folder: Path) -> None:
        self.clock = StoppedClock()
        self.client = nio.AsyncClient(url, US)
        self.store = CryptoStore(US, "DEVICE", str(folder), "secret", "keys.db")
        settings = MatrixSettings(
            homeserver=url,
            user=US,
            store=folder,
            pickle_secret=SecretStr("secret"),
            gap_timeout=0.2,
            gap_pages=3,
            backoff_first=10.0,
        )
        self.gaps = Gaps(
            Wire(self.client, timeout=5.0),
            self.store,
            settings,
            self.clock,
            monotonic=lambda: self.clock.now().timestamp(),
        )

    def open(self) -> list[Gap]:
        """Return the gaps that were kept."""
        return self.store.gaps()


@pytest.fixture
async def lab(homeserver: Faults, tmp_path: Path) -> AsyncIterator[Lab]:
    """Return gaps on the homeserver of rules."""
    made = Lab(homeserver.url, tmp_path)
    yield made
    made.store.close()
    await made.client.close()


def line(number: int, age: timedelta = timedelta(0)) -> dict[str, Any]:
    """Return an event of some age."""
    stamp = int((NOW - age).timestamp() * 1000)
    return {"event_id": f"${number}", "origin_server_ts": stamp, "type": "m.room.message"}


def page(*events: dict[str, Any], end: str = "") -> dict[str, Any]:
    """Return one answer of /messages, latest first."""
    return {"chunk": list(events), **({"end": end} if end else {})}


def ids(events: list[Any]) -> list[str]:
    """Return the events' ids."""
    return [each["event_id"] for each in events]


async def test_pages_are_put_together_oldest_first(homeserver: Faults, lab: Lab) -> None:
    homeserver.answer(MESSAGES, 200, page(line(4), line(3), end="t1"))
    homeserver.answer(MESSAGES, 200, page(line(2), line(1)))
    assert ids(await lab.gaps.fill(GAP)) == ["$1", "$2", "$3", "$4"]
    asked = [each.line for each in homeserver.requests(MESSAGES)]
    assert ["from=start" in asked[0], "from=t1" in asked[1]] == [True, True]
    assert all("to=since" in each for each in asked)


async def test_what_is_too_old_is_left(homeserver: Faults, lab: Lab) -> None:
    old = line(1, timedelta(hours=25))
    homeserver.answer(MESSAGES, 200, page(line(3), line(2), old, line(0), end="t1"))
    assert ids(await lab.gaps.fill(GAP)) == ["$2", "$3"]


async def test_an_endless_gap_is_cut(homeserver: Faults, lab: Lab) -> None:
    homeserver.answer(MESSAGES, 200, page(line(1), end="again"), times=-1)
    assert len(await lab.gaps.fill(GAP)) == 3


async def test_a_slow_gap_is_kept_and_read_later(homeserver: Faults, lab: Lab) -> None:
    never = asyncio.Event()
    slow = homeserver.hold(MESSAGES, never)
    assert await lab.gaps.fill(GAP) == []
    assert lab.open() == [GAP]
    assert await lab.gaps.late() == {}, "it was asked again at once"
    slow.stop()
    homeserver.answer(MESSAGES, 200, page(line(1)))
    lab.clock.time += timedelta(minutes=2)
    assert {salon: ids(events) for salon, events in (await lab.gaps.late()).items()} == {
        "!salon": ["$1"]
    }
    assert lab.open() == [GAP], "forgotten before it was recorded"
    lab.gaps.settle()
    assert lab.open() == []
    never.set()


async def test_while_one_gap_fails_the_others_are_not_asked_for(
    homeserver: Faults, lab: Lab
) -> None:
    homeserver.cut(MESSAGES, times=-1)
    await lab.gaps.fill(GAP)
    lab.store.gap(Gap("!other", "start", "since"))
    for _ in range(3):
        lab.clock.time += timedelta(minutes=2)
        assert await lab.gaps.late() == {}
        lab.gaps.settle()
    assert not homeserver.requests("other")
    assert len(lab.open()) == 2


async def test_a_salon_we_were_thrown_out_of_has_no_gap(homeserver: Faults, lab: Lab) -> None:
    homeserver.answer(MESSAGES, 403, {"errcode": "M_FORBIDDEN"})
    assert await lab.gaps.fill(GAP) == []
    assert lab.open() == []


async def test_what_needs_a_person_is_not_swallowed(homeserver: Faults, lab: Lab) -> None:
    homeserver.answer(MESSAGES, 403, {"errcode": "ORG_MATRIX_EXPIRED_ACCOUNT"})
    with pytest.raises(AccountExpired):
        await lab.gaps.fill(GAP)
