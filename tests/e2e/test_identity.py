"""Somebody opens the bot's account in Element: what one sees, and each way back."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.house import PATIENCE
from tests.e2e.worlds import Installed
from tests.peers.client import JsClient, missing
from tests.sandbox.world import World, world
from tests.servers.require import need
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@dataclass(slots=True)
class Desk:
    """An operator, and the bot's account in another client since before the first start."""

    made: World
    element: JsClient
    recovery_key: str

    async def degraded(self, *, wanted: bool) -> None:
        """Return once `/readyz` names the identity, or does not."""
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.made.parvis.admin}/readyz") as answer:
                    said = await answer.json()
                    assert answer.status == 200, "the bot goes on, and so does everything else"
                if ("identity" in said["degraded"]) is wanted:
                    return
                await asyncio.sleep(0.1)

    async def device(self) -> tuple[str, str]:
        """Return the finding of `parvis check` about the device, and its remedy."""
        _, said, _ = await self.made.parvis.run("check", "--json")
        [found] = [one for one in json.loads(said) if one["check"] == "device"]
        return found["found"], found["remedy"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(installed: Installed, synapse: Synapse) -> AsyncIterator[Desk]:
    """Parvis, started after somebody opened its account elsewhere; that it logs errors is tested."""
    need(not missing(), missing() or "")
    async with (
        world(
            program=installed.program,
            environment=installed.environment,
            forks=installed.forks,
            settings={"logs": {"format": "json"}},
            synapse=synapse,
        ) as made,
        JsClient(made.synapse.url, made.bot.user, made.bot.password) as element,
    ):
        key = await element.secure()
        await made.parvis.start()
        yield Desk(made, element, key)


async def test_what_one_sees(desk: Desk) -> None:
    await desk.degraded(wanted=True)
    found, remedy = await desk.device()
    assert found == "foreign"
    assert "parvis keys reset-identity" in remedy
    assert "parvis keys recover-identity" in remedy
    assert "matrix.identity_unknown" in desk.made.parvis.log()


async def test_the_recovery_key_takes_that_identity_up(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d\n")
    wanted = ("keys", "recover-identity", "--recovery-key-file", str(file))
    code, _, complaint = await desk.made.parvis.run(*wanted)
    assert code == 1
    assert "Traceback" not in complaint
    file.write_text(f"{desk.recovery_key}\n")
    code, said, complaint = await desk.made.parvis.run(*wanted)
    assert code == 0, complaint
    assert said
    await desk.degraded(wanted=False)
    assert (await desk.device())[0] == "ok"


async def test_a_reset_elsewhere_is_seen_and_undone(desk: Desk) -> None:
    """Alice's client neither gives keys to unsigned devices nor forgets who the bot was."""
    person = desk.made.agents["alice"]
    async with JsClient(desk.made.synapse.url, person.user, person.password) as alice:
        salon = await alice.create("Budget", invite=[desk.made.bot.user])
        await alice.joined(salon, desk.made.bot.user)
        await alice.say(salon, "!visio aide")
        await alice.reads("Voici ce que je sais faire", sender=desk.made.bot.user)

        await desk.element.reset_identity()
        await desk.degraded(wanted=True)
        code, said, complaint = await desk.made.parvis.run("keys", "reset-identity")
        assert code == 0, said + complaint
        await desk.degraded(wanted=False)
        ours = [one for one in await alice.devices(desk.made.bot.user) if one.signed_by_owner]
        assert ours
        assert all(one.needs_approval for one in ours), "people are told, as the guide says"
        await alice.say(salon, "!visio Retrouvée")
        card = await alice.reads("Retrouvée", sender=desk.made.bot.user)
        assert (card.failure, card.shield) == (None, "NONE")
