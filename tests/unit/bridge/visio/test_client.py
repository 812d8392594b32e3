"""The client with a healthy instance."""

import asyncio
from uuid import UUID

from bridge.domain.meeting import AccessLevel, Phone
from bridge.visio import VisioClient
from tests.doubles.clocks import SetClock
from tests.doubles.visio import VisioDouble
from tests.unit.bridge.visio.kit import AGENT


async def test_a_room_belongs_to_the_agent(client: VisioClient, visio: VisioDouble) -> None:
    room = await client.create(AGENT, AccessLevel.RESTRICTED)

    (made,) = visio.rooms
    assert room.id == UUID(made.id)
    assert (room.slug, room.url) == (made.slug, f"{visio.url}/{made.slug}")
    assert room.level is AccessLevel.RESTRICTED
    assert room.phone is None
    assert made.owner == visio.world.users_called(AGENT)[0].id


async def test_without_an_address_of_visio_we_build_one(
    client: VisioClient, visio: VisioDouble
) -> None:
    visio.options.base_url = None

    room = await client.create(AGENT, AccessLevel.TRUSTED)

    assert room.url == f"https://visio.test/{room.slug}"


async def test_the_phone_comes_with_its_pin(client: VisioClient, visio: VisioDouble) -> None:
    visio.options.telephony = "+33180000000"

    room = await client.create(AGENT, AccessLevel.TRUSTED)

    assert room.phone == Phone("+33180000000", visio.rooms[0].pin or "")


async def test_fifty_rooms_of_one_agent_take_one_token(
    client: VisioClient, visio: VisioDouble
) -> None:
    rooms = await asyncio.gather(*(client.create(AGENT, AccessLevel.TRUSTED) for _ in range(50)))

    assert len({room.id for room in rooms}) == 50
    assert (visio.tokens_minted, visio.rooms_created) == (1, 50)


async def test_a_token_is_renewed_before_it_expires(
    client: VisioClient, visio: VisioDouble, clock: SetClock
) -> None:
    await client.create(AGENT, AccessLevel.TRUSTED)
    clock.forward(seconds=3600 * 0.8 - 1)
    await client.create(" AGENT@beta.gouv.fr ", AccessLevel.TRUSTED)
    assert visio.tokens_minted == 1

    clock.forward(seconds=1)
    await client.create(AGENT, AccessLevel.TRUSTED)
    assert visio.tokens_minted == 2
