"""A token kept from earlier is refused: a second try, but never a second room."""

import asyncio

import pytest

from bridge.domain.meeting import AccessLevel
from bridge.errors import VisioMisconfigured, VisioUnconfirmed, VisioUnreachable
from bridge.visio import VisioClient
from tests.doubles.visio import Kind, VisioDouble
from tests.doubles.visio_options import Introspection
from tests.unit.bridge.visio.kit import AGENT


@pytest.fixture(autouse=True)
async def _cached(client: VisioClient, visio: VisioDouble) -> None:
    """Each test begins with one room and one kept token."""
    await client.create(AGENT, AccessLevel.TRUSTED)
    assert (visio.tokens_minted, visio.rooms_created) == (1, 1)


@pytest.mark.parametrize("introspection", Introspection)
async def test_after_a_rotation_of_the_key_one_more_try(
    client: VisioClient, visio: VisioDouble, introspection: Introspection
) -> None:
    visio.options.introspection = introspection
    visio.rotate_key()

    await client.create(AGENT, AccessLevel.TRUSTED)

    assert (visio.tokens_minted, visio.rooms_created) == (2, 2)


async def test_a_rotation_under_many_requests(client: VisioClient, visio: VisioDouble) -> None:
    visio.rotate_key()

    rooms = await asyncio.gather(*(client.create(AGENT, AccessLevel.TRUSTED) for _ in range(10)))

    assert len({room.id for room in rooms}) == 10
    assert visio.rooms_created == 11
    assert visio.tokens_minted == 2


async def test_a_visio_that_forgot_the_user_s_token_early(
    client: VisioClient, visio: VisioDouble
) -> None:
    fault = visio.faults.add(Kind.SAYS, on="rooms", times=1)
    fault.status, fault.body = 401, b'{"detail":"Token expired."}'

    await client.create(AGENT, AccessLevel.TRUSTED)

    assert (visio.tokens_minted, visio.rooms_created) == (2, 2)


async def test_only_one_more_try(client: VisioClient, visio: VisioDouble) -> None:
    fault = visio.faults.add(Kind.SAYS, on="rooms")
    fault.status, fault.body = 401, b"{}"

    with pytest.raises(VisioMisconfigured):
        await client.create(AGENT, AccessLevel.TRUSTED)

    assert fault.seen == 2


async def test_a_failure_that_is_not_the_token_s_is_not_tried_again(
    client: VisioClient, visio: VisioDouble
) -> None:
    fault = visio.faults.add(Kind.ERROR, on="rooms")

    with pytest.raises(VisioUnconfirmed):
        await client.create(AGENT, AccessLevel.TRUSTED)

    assert fault.seen == 1


async def test_a_proxy_s_502_is_asked_about_again_beginning_with_the_token(
    client: VisioClient, visio: VisioDouble
) -> None:
    """As without a kept token: what is asked first on the next try makes nothing."""
    away = [visio.faults.add(Kind.BAD_GATEWAY, on=on) for on in ("rooms", "token")]
    with pytest.raises(VisioUnreachable) as caught:
        await client.create(AGENT, AccessLevel.TRUSTED)
    assert caught.value.parameters["asked"] is True
    with pytest.raises(VisioUnreachable) as caught:
        await client.create(AGENT, AccessLevel.TRUSTED)
    assert "asked" not in caught.value.parameters
    assert [fault.seen for fault in away] == [1, 1]
    visio.faults.clear()
    await client.create(AGENT, AccessLevel.TRUSTED)
    assert visio.rooms_created == 2


@pytest.mark.parametrize("kind", [Kind.ERROR, Kind.RESET, Kind.HANG])
async def test_a_failure_whose_cause_can_t_be_found_out(
    client: VisioClient, visio: VisioDouble, kind: Kind
) -> None:
    rooms = visio.faults.add(Kind.ERROR, on="rooms")
    visio.faults.add(kind, on="room")

    with pytest.raises(VisioUnconfirmed):
        await client.create(AGENT, AccessLevel.TRUSTED)

    assert rooms.seen == 1


async def test_a_failure_and_then_no_new_token(client: VisioClient, visio: VisioDouble) -> None:
    visio.faults.add(Kind.ERROR, on="rooms")
    visio.faults.add(Kind.ERROR, on="token")

    with pytest.raises(VisioUnconfirmed):
        await client.create(AGENT, AccessLevel.TRUSTED)


async def test_a_refusal_and_then_no_new_token(client: VisioClient, visio: VisioDouble) -> None:
    visio.options.introspection = Introspection.INACTIVE
    visio.rotate_key()
    visio.faults.add(Kind.ERROR, on="token")

    with pytest.raises(VisioUnreachable):
        await client.create(AGENT, AccessLevel.TRUSTED)

    assert visio.rooms_created == 1


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.RESET, Kind.HANG])
async def test_an_answer_that_is_lost_is_not_tried_again(
    client: VisioClient, visio: VisioDouble, kind: Kind
) -> None:
    fault = visio.faults.add(kind, on="rooms")

    with pytest.raises(VisioUnconfirmed):
        await client.create(AGENT, AccessLevel.TRUSTED)

    assert fault.seen == 1
    assert visio.rooms_created == (2 if kind is Kind.LOST else 1)
    assert visio.tokens_minted == 1
