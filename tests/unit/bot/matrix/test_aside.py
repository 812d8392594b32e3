"""Salons read beside the sync: each waits for itself alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import nio
import pytest
from nio.crypto import OlmAccount
from pydantic import SecretStr

from bot.matrix.aside import Aside, SalonPart
from bot.matrix.direct import Directs
from bot.matrix.directmaking import MakingDirects
from bot.matrix.gaps import Gaps
from bot.matrix.lags import Lags
from bot.matrix.lines import Lines
from bot.matrix.settings import MatrixOptions
from bot.matrix.state import Rooms
from bot.matrix.store import CryptoStore, Gap
from bot.matrix.vault import EventVault
from bot.matrix.wire import MatrixWire
from bridge.clock import SystemClock
from bridge.ids import UserId, server_of
from tests.bot.fakes import MemoryJournal
from tests.servers.faults import Faults, faults

US, ALICE = UserId("@parvis:a.test"), "@alice:a.test"
UNUSED = cast("Any", None)
PATIENCE = 10.0


class Lab:
    """Salons aside on a homeserver of which only the rules exist."""

    def __init__(self, homeserver: Faults, folder: Path) -> None:
        self.homeserver = homeserver
        self.client = nio.AsyncClient(homeserver.url, US)
        self.store = CryptoStore(US, "DEVICE", str(folder), "secret", "keys.db")
        self.store.save_account(OlmAccount())
        self.journal = MemoryJournal()
        self.came = asyncio.Event()
        self.settings = MatrixOptions(
            homeserver=homeserver.url,
            user=US,
            store=folder,
            pickle_secret=SecretStr("secret"),
            device_name="Parvis",
            gap_timeout=0.3,
            backoff_first=0.05,
            backoff_longest=0.1,
        )

    def aside(self) -> Aside:
        """Return the result of a start."""
        clock = SystemClock()
        wire = MatrixWire(self.client, timeout=30.0)
        rooms = Rooms(wire, self.store)
        lines = Lines(
            UNUSED,
            rooms,
            UNUSED,
            addressed=lambda message: message.body.startswith("!"),
            outside=lambda _: False,
            lags=(lags := Lags(server_of(US))),
            user=US,
            clock=clock,
        )
        return Aside(
            Gaps(wire, self.settings, lags, clock),
            Directs(wire, rooms, US, MakingDirects(wire, rooms, self.store, clock)),
            lines,
            store=self.store,
            journal=self.journal,
            vault=EventVault(UNUSED, self.journal, self.settings, clock),
            settings=self.settings,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Aside]:
        """Run for a block."""
        aside = self.aside()
        task = asyncio.create_task(aside.run(self.came.set))
        yield aside
        task.cancel()
        await asyncio.wait([task])

    async def until(self, ready: Callable[[], bool]) -> None:
        """Return once what was read makes `ready` true."""
        async with asyncio.timeout(PATIENCE):
            while not ready():
                self.came.clear()
                await self.came.wait()

    async def hears(self, *bodies: str) -> None:
        """Return once these lines are in the journal."""
        await self.until(lambda: set(bodies) <= set(self.bodies()))

    def bodies(self) -> list[str]:
        """Return the lines in the journal, as they came."""
        return [each.body for each in self.journal.messages()]

    def misses(self, room: str, body: str) -> None:
        """Have a line in a salon's gap."""
        self.homeserver.answer(
            f"GET .*rooms/.{name(room)}.*/messages", 200, {"chunk": [line(body)]}
        )


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """Return salons on a homeserver where the account has no direct message."""
    async with faults("http://127.0.0.1:1") as homeserver:
        homeserver.answer("GET .*/m.direct", 404, {"errcode": "M_NOT_FOUND"}, times=-1)
        made = Lab(homeserver, tmp_path)
        yield made
        made.store.close()
        await made.client.close()


def name(room: str) -> str:
    """Return the part of a room's id that paths do not escape."""
    return room[1:].partition(":")[0]


def line(body: str) -> dict[str, Any]:
    """Return a line."""
    content = {"msgtype": "m.text", "body": body}
    return {"event_id": f"${body}", "sender": ALICE, "type": "m.room.message", "content": content}


def limited(room: str, *bodies: str, until: str = "s2") -> SalonPart:
    """Return a sync's data of a salon with a gap."""
    events = [line(body) for body in bodies]
    return SalonPart(Gap(room, until, "s1"), Gap(room, f"before-{until}", "s1"), events)


def whole(room: str, body: str, until: str) -> SalonPart:
    """Return a later sync's data of a salon, without a gap."""
    return SalonPart(Gap(room, until, "s2"), None, [line(body)])


async def test_what_was_missed_comes_before_what_came_after(lab: Lab) -> None:
    healed = asyncio.Event()
    lab.homeserver.hold("GET .*/messages", healed)
    lab.misses("!r:a.test", "!one")
    async with lab.running() as aside:
        assert aside.take(limited("!r:a.test", "!two"))
        aside.poke()
        assert aside.holds("!r:a.test")
        assert aside.take(whole("!r:a.test", "!three", "s3"))
        healed.set()
        await lab.hears("!three")
        assert lab.bodies() == ["!one", "!two", "!three"]
        assert not aside.holds("!r:a.test")
    assert lab.store.gaps() == []


async def test_a_salon_that_hangs_keeps_neither_others_waiting_nor_its_own_latest_lines(
    lab: Lab,
) -> None:
    never = asyncio.Event()
    hanging = lab.homeserver.hold("GET .*hangs.*/messages", never, times=-1)
    lab.misses("!well:a.test", "!missed")
    async with lab.running() as aside:
        aside.take(limited("!hangs:a.test", "!latest"))
        aside.take(limited("!well:a.test"))
        aside.poke()
        await lab.hears("!missed")
        assert "!latest" not in lab.bodies(), "it waits for what came before it"
        await lab.hears("!latest")
        assert not aside.take(whole("!hangs:a.test", "!later", "s3")), "it waits no more"
        hanging.stop()
        lab.misses("!hangs:a.test", "!early")
        await lab.hears("!early")
    never.set()


async def test_a_gap_that_stays_broken_hides_no_other(lab: Lab) -> None:
    lab.homeserver.answer("GET .*broken.*/messages", 500, {"errcode": "M_UNKNOWN"}, times=-1)
    lab.homeserver.answer("GET .*heals.*/messages", 500, {"errcode": "M_UNKNOWN"})
    lab.misses("!heals:a.test", "!missed")
    async with lab.running() as aside:
        aside.take(limited("!broken:a.test"))
        aside.take(limited("!heals:a.test"))
        aside.poke()
        await lab.hears("!missed")
    assert [gap.room for gap in lab.store.gaps()] == ["!broken:a.test"]


async def test_a_homeserver_that_hangs_takes_its_share_of_the_requests_only(lab: Lab) -> None:
    never = asyncio.Event()
    lab.homeserver.hold("GET .*hangs.*/messages", never, times=-1)
    lab.misses("!well:b.test", "!missed")
    lab.settings = replace(lab.settings, gap_timeout=PATIENCE)
    async with lab.running() as aside:
        for number in range(60):
            aside.take(limited(f"!hangs{number}:a.test"))
        aside.take(limited("!well:b.test"))
        aside.poke()
        await lab.hears("!missed")
    never.set()


async def test_what_was_not_read_before_a_crash_is_read_after_it(lab: Lab) -> None:
    lab.aside().take(limited("!r:a.test", "!in hand"))
    pattern = "GET .*r.a.test.*/messages.*from=s2.*to=s1"
    lab.homeserver.answer(pattern, 200, {"chunk": [line("!in hand"), line("!missed")]})
    async with lab.running():
        await lab.hears("!in hand")
    assert lab.bodies() == ["!missed", "!in hand"]
    assert lab.store.gaps() == []


async def test_a_salon_we_were_thrown_out_of_has_no_gap(lab: Lab) -> None:
    lab.homeserver.answer("GET .*/messages", 403, {"errcode": "M_FORBIDDEN"})
    async with lab.running() as aside:
        aside.take(limited("!r:a.test", "!before"))
        aside.poke()
        await lab.hears("!before")
        await lab.homeserver.seen("/messages")
    assert lab.store.gaps() == []
