"""Coming into salons: what one homeserver holds up is its own affair."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import nio
import pytest
from nio.crypto import OlmAccount
from pydantic import SecretStr

from bot.matrix.membership import TRIES, MembershipActions
from bot.matrix.settings import MatrixOptions
from bot.matrix.store import CryptoStore
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId, server_of
from tests.servers.faults import Faults, faults

US, ALICE = UserId("@parvis:a.test"), "@alice:a.test"
UNUSED = cast("Any", None)


class Lab:
    """The membership of an account that agents of a.test and b.test may invite."""

    def __init__(self, homeserver: Faults, folder: Path) -> None:
        self.homeserver = homeserver
        self.client = nio.AsyncClient(homeserver.url, US)
        self.store = CryptoStore(US, "DEVICE", str(folder), "secret", "keys.db")
        self.store.save_account(OlmAccount())
        self.settings = MatrixOptions(
            homeserver=homeserver.url,
            user=US,
            store=folder,
            pickle_secret=SecretStr("secret"),
            device_name="Parvis",
            backoff_first=0.001,
            backoff_longest=0.001,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[MembershipActions]:
        """Run for a block."""
        membership = MembershipActions(
            MatrixWire(self.client, timeout=30.0),
            self.store,
            UNUSED,
            UNUSED,
            upgrades=UNUSED,
            may_join=lambda inviter, _: server_of(inviter) in ("a.test", "b.test"),
            settings=self.settings,
        )
        task = asyncio.create_task(membership.run())
        yield membership
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """Return a membership on a homeserver of rules."""
    async with faults("http://127.0.0.1:1") as homeserver:
        made = Lab(homeserver, tmp_path)
        yield made
        made.store.close()
        await made.client.close()


def invite(membership: MembershipActions, salon: str, by: str) -> None:
    """Have the account invited, as a sync tells it."""
    event = {
        "type": "m.room.member",
        "state_key": US,
        "sender": by,
        "content": {"membership": "invite"},
    }
    membership.invited(SalonId(salon), {"events": [event]})
    membership.poke()


async def test_strangers_and_agents_of_servers_that_hang_delay_no_other_invitation(
    lab: Lab,
) -> None:
    never = asyncio.Event()
    declines = lab.homeserver.hold("POST .*/leave", never, times=-1)
    joins = lab.homeserver.hold("POST .*/join/.*hangs", never, times=-1)
    lab.homeserver.answer("POST .*/join/.*local", 200, {}, times=-1)
    async with lab.running() as membership:
        for number in range(60):
            invite(membership, f"!spam{number}:c.test", f"@eve:c{number}.test")
        for number in range(60):
            invite(membership, f"!hangs{number}:b.test", "@bob:b.test")
        await asyncio.sleep(0)
        invite(membership, "!local:a.test", ALICE)
        await lab.homeserver.seen("POST .*/join/.*local", timeout=10)
        assert 0 < declines.hits + joins.hits < 60, "what hangs has a share of the slots alone"
    never.set()


async def test_an_invitation_after_one_that_was_given_up_is_acted_on(lab: Lab) -> None:
    broken = lab.homeserver.answer("POST .*/join/", 502, "Bad gateway", times=-1)
    async with lab.running() as membership:
        invite(membership, "!salon:a.test", ALICE)
        await lab.homeserver.seen("POST .*/join/", TRIES + 1, timeout=10)
        async with asyncio.timeout(10):
            while membership._acting:
                await asyncio.sleep(0)
        assert len(lab.homeserver.requests("POST .*/join/")) == TRIES + 1, "it was given up"
        broken.stop()
        joined = lab.homeserver.answer("POST .*/join/", 200, {}, times=-1)
        invite(membership, "!salon:a.test", ALICE)
        await lab.homeserver.seen("POST .*/join/", TRIES + 2, timeout=10)
        assert joined.hits == 1


async def test_an_invitation_does_not_wait_for_the_retry_of_another(lab: Lab) -> None:
    lab.settings = replace(lab.settings, backoff_first=600.0, backoff_longest=600.0)
    lab.homeserver.answer("POST .*/leave", 502, "Bad gateway", times=-1)
    lab.homeserver.answer("POST .*/join/", 200, {}, times=-1)
    async with lab.running() as membership:
        invite(membership, "!salon:a.test", "@eve:c.test")
        await lab.homeserver.seen("POST .*/leave", timeout=10)
        invite(membership, "!salon:a.test", ALICE)
        await lab.homeserver.seen("POST .*/join/", timeout=10)
    assert len(lab.homeserver.requests("POST .*/leave")) == 1
