"""Somebody whose homeserver is not one of the administrations'."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House
from tests.e2e.worlds import Installed, open_world, people
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outsiders_house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """A Parvis for whom Alice and Bob come from outside."""
    outside = {"matrix": {"agents": ["ministere.test"], "invites": "agents"}}
    async with open_world(installed, synapse, settings=outside) as made:
        await made.parvis.start()
        async with people(made) as opened:
            yield opened


async def test_they_invite_in_vain(outsiders_house: House) -> None:
    me = outsiders_house.world.bot.user
    room = await outsiders_house.alice.create_room(invite=[me])
    await outsiders_house.sees(
        lambda event: (
            (event.room, event.state_key, event.content.get("membership")) == (room, me, "leave")
        ),
        "declined",
    )


async def test_where_all_may_invite_they_can_read_help_and_no_more(outsiders_house: House) -> None:
    await outsiders_house.world.parvis.stop()
    outsiders_house.world.configure({"matrix": {"invites": "anyone"}})
    await outsiders_house.world.parvis.start()
    salon = await outsiders_house.salon()
    await salon.says("!visio aide")
    await salon.answer("Seuls les agents peuvent me donner des commandes")
    for line in ("!visio Point", "!visio liste", "!visio inviter a@b.example", "!visio langue en"):
        await salon.says(line)
    await outsiders_house.sees(
        lambda _: sum("me donner cette commande" in one.body for one in salon.said()) == 4,
        "four refusals",
    )
    assert outsiders_house.world.visio.rooms_created == 0
    assert not outsiders_house.world.mail.received
