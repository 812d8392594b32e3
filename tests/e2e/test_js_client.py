"""The other client library: matrix-js-sdk with its Rust cryptography, as Element has it.

Both sides of a test in one library agree even where both are wrong; this one is not ours.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.e2e.worlds import Installed, open_world
from tests.peers.client import JsClient, Seen, missing
from tests.sandbox.world import World
from tests.servers.require import need
from tests.servers.synapse import Person, Synapse

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@dataclass(slots=True)
class Desk:
    """Alice at her own client, that neither gives keys to unsigned devices nor shows their lines."""

    world: World
    alice: JsClient

    @property
    def bot(self) -> str:
        """Parvis's user id."""
        return self.world.bot.user

    async def card(self, title: str) -> Seen:
        """Return a meeting's card."""
        return await self.alice.wait_for(
            lambda one: one.sender == self.bot and title in one.body and "Rejoindre" in one.body
        )


def client(world: World, person: Person, *, isolate: bool = True) -> JsClient:
    return JsClient(world.synapse.url, person.user, person.password, isolate=isolate)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(installed: Installed, synapse: Synapse) -> AsyncIterator[Desk]:
    """Parvis, and Alice who isolates unsigned devices."""
    need(not missing(), missing() or "")
    async with open_world(installed, synapse) as world:
        await world.parvis.start()
        async with client(world, world.agents["alice"]) as alice:
            yield Desk(world, alice)


async def test_the_command_the_card_and_the_signed_device(desk: Desk) -> None:
    alice = desk.alice
    salon = await alice.create("Budget", invite=[desk.bot])
    await alice.joined(salon, desk.bot)
    await alice.say(salon, "!visio Point budget")
    card = await desk.card("Point budget")
    assert (card.sent_as, card.kind, card.failure) == ("m.room.encrypted", "m.room.message", None)
    assert (card.shield, card.shield_reason) == ("NONE", None)
    assert card.notify
    assert "<a href=" in card.html
    [device] = await alice.devices(desk.bot)
    assert device.signed_by_owner
    assert not device.needs_approval

    await alice.say(salon, "!visio inviter jean@partenaire.example")
    answer = await alice.reads("Invitation à", sender=desk.bot)
    assert (answer.msgtype, answer.notify) == ("m.notice", False)
    edit = await alice.wait_for(
        lambda one: one.replaces == card.event and "jean@partenaire.example" in one.body
    )
    assert (edit.failure, edit.shield, edit.notify) == (None, "NONE", False)
    assert "jean@partenaire.example" in alice.shown(card.event)


async def test_the_link_comes_in_an_encrypted_direct_message(desk: Desk) -> None:
    alice = desk.alice
    salon = await alice.create("Sans mail", invite=[desk.bot])
    await alice.joined(salon, desk.bot)
    await alice.say(salon, "!visio Sans mail")
    await desk.card("Sans mail")
    await alice.say(salon, "!visio inviter Zoé Petit")
    whispered = await alice.reads("Lien d’invitation personnel de Zoé Petit", sender=desk.bot)
    assert whispered.salon != salon
    assert (whispered.sent_as, whispered.shield) == ("m.room.encrypted", "NONE")
    assert whispered.failure is None


async def test_after_a_restart_both_still_read_each_other(desk: Desk) -> None:
    alice = desk.alice
    salon = await alice.create("Reprise", invite=[desk.bot])
    await alice.joined(salon, desk.bot)
    await alice.say(salon, "!visio Avant")
    await desk.card("Avant")
    assert await desk.world.parvis.stop() == 0
    await alice.say(salon, "!visio Pendant")
    await desk.world.parvis.start()
    await desk.card("Pendant")
    await alice.say(salon, "!visio Après")
    card = await desk.card("Après")
    assert (card.sent_as, card.shield) == ("m.room.encrypted", "NONE")
    [device] = await alice.devices(desk.bot)
    assert device.signed_by_owner
