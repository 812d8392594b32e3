"""Somebody whose homeserver is not one of the administrations'."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, Installed, open_world, people
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """A Parvis for whom Alice and Bob come from outside."""
    outside = {"matrix": {"agents": ["ministere.test"], "invites": "anyone"}}
    async with open_world(installed, synapse, settings=outside) as made:
        await made.parvis.start()
        async with people(made) as opened:
            yield opened


async def test_they_can_read_help_and_no_more(house: House) -> None:
    salon = await house.salon()
    await salon.says("!visio aide")
    await salon.answer("Seuls les agents peuvent me donner des commandes")
    for line in ("!visio Point", "!visio liste", "!visio inviter a@b.example", "!visio langue en"):
        await salon.says(line)
    await house.sees(
        lambda _: sum("me donner cette commande" in one.body for one in salon.said()) == 4,
        "four refusals",
    )
    assert house.world.visio.rooms_created == 0
    assert not house.world.mail.received
