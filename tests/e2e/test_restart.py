"""Stopped and started again: nothing waits for ever, nothing is read twice."""

import signal
from collections.abc import AsyncIterator
from time import monotonic

import pytest
import pytest_asyncio

from tests.doubles.visio import Kind
from tests.e2e.house import PATIENCE, House, until
from tests.e2e.worlds import Installed, open_world, people
from tests.servers.faults import Faults, faults
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

SYNC = "GET /_matrix/client/v3/sync"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(synapse: Synapse) -> AsyncIterator[Faults]:
    """The relay between Parvis and its homeserver; people connect directly."""
    async with faults(synapse.url) as proxy:
        yield proxy


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxied_house(
    installed: Installed, synapse: Synapse, wire: Faults
) -> AsyncIterator[House]:
    """Parvis behind a proxy, with Alice and Bob."""
    through = {"matrix": {"homeserver": wire.url}}
    async with open_world(installed, synapse, settings=through) as made:
        await made.parvis.start()
        async with people(made) as opened:
            yield opened


async def test_what_was_sent_meanwhile_is_answered(proxied_house: House, wire: Faults) -> None:
    sealed, clear = await proxied_house.salon(), await proxied_house.salon(encrypted=False)
    for salon in (sealed, clear):
        await salon.answer("Bonjour, je suis Parvis")
    assert await proxied_house.world.parvis.stop() == 0
    before = len(wire.requests(SYNC))
    for number in range(15):  # more than the homeserver puts into one answer
        await clear.says(f"des mots {number}")
    await sealed.says("!visio Chiffrée")
    await clear.says("!visio En clair")
    for number in range(30):
        await clear.says(f"encore {number}")
    await proxied_house.world.parvis.start()
    assert (await sealed.card("Chiffrée")).encrypted
    await clear.card("En clair")
    for salon in (sealed, clear):
        assert sum("Bonjour, je suis" in event.body for event in salon.said()) == 1
    since = wire.requests(SYNC)[before:]
    assert since
    assert all("since=" in request.line for request in since), "no sync starts anew"


async def test_an_invitation_that_came_meanwhile_is_followed(proxied_house: House) -> None:
    await proxied_house.world.parvis.stop()
    me = proxied_house.world.bot.user
    room = await proxied_house.alice.create_room(invite=[me])
    await proxied_house.world.parvis.start()
    await proxied_house.alice.wait_member(room, me, PATIENCE)
    await proxied_house.sees(
        lambda event: event.room == room and "je suis Parvis" in event.body, "hello"
    )


async def test_a_stop_finishes_what_has_begun(proxied_house: House) -> None:
    salon = await proxied_house.salon()
    slow = proxied_house.world.visio.faults.add(Kind.SLOW, on="rooms", times=1)
    rooms = proxied_house.world.visio.rooms_created
    await salon.says("!visio En chemin")
    await until(lambda: slow.seen == 1)
    assert await proxied_house.world.parvis.stop(signal.SIGTERM) == 0
    assert proxied_house.world.visio.rooms_created == rooms + 1
    await proxied_house.world.parvis.start()
    await salon.card("En chemin")
    await proxied_house.quiet()
    assert proxied_house.world.visio.rooms_created == rooms + 1
    assert sum("Rejoindre" in event.body for event in salon.said()) == 1


async def test_it_stops_while_the_homeserver_is_away(proxied_house: House, wire: Faults) -> None:
    away = wire.answer(".", 502, "<h1>Bad gateway</h1>", times=-1)
    try:
        assert await proxied_house.world.parvis.stop() == 0
        asked = len(wire.requests("."))
        await proxied_house.world.parvis.spawn()
        await wire.seen(".", asked + 1, PATIENCE)
        assert await proxied_house.world.parvis.stop() == 0
    finally:
        away.stop()
        await proxied_house.world.parvis.start()
    await (await proxied_house.salon()).meeting("De retour")


async def test_the_homeserver_goes_and_comes_back(proxied_house: House, wire: Faults) -> None:
    salon = await proxied_house.salon()
    away = wire.cut(".", times=-1)
    await salon.says("!visio Coupure")
    try:
        await wire.seen(".", len(wire.requests(".")) + 1, PATIENCE)
    finally:
        away.stop()
    await salon.card("Coupure")


async def test_an_old_command_is_asked_about(proxied_house: House) -> None:
    salon = await proxied_house.salon()
    await salon.answer("Bonjour, je suis Parvis")
    await proxied_house.world.parvis.stop()
    asked, at = await salon.says("!visio Ancienne"), monotonic()
    rooms = proxied_house.world.visio.rooms_created
    proxied_house.world.configure({"meetings": {"stale_after": "1s"}})
    await until(lambda: monotonic() > at + 1)
    await proxied_house.world.parvis.start()
    question = await salon.answer("Toujours d’actualité ?")
    assert question.content["m.relates_to"]["m.in_reply_to"]["event_id"] == asked
    await proxied_house.quiet()
    assert proxied_house.world.visio.rooms_created == rooms
    assert len(salon.said()) == 2
