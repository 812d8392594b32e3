"""The client on recorded answers of the real service."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.clock import SystemClock
from bridge.domain.meeting import AccessLevel, VisioRoom
from bridge.errors import (
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
)
from bridge.http import Timeouts, open_session
from bridge.ports import VisioRooms
from bridge.visio import VisioAccess, VisioClient
from tests.contract.visio_recorded import Bindings, recorded
from tests.doubles.visio import Fault, Kind, VisioDouble

KNOWN = Bindings(
    {
        "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzY29wZSI6IiJ9.c2ln",
        "uuid_1": "df9f3679-7aa7-4832-83f8-6559bc7d7868",
        "uuid_3": "5e78c1a4-9f0e-4f6b-8a57-0f2a3f9f2c11",
        "uuid_5": "00fc6fde-1d2c-4b3a-9c4d-5e6f708192a3",
        "slug_1": "qww-gcqo-ecw",
        "slug_3": "abc-defg-hij",
        "slug_4": "klm-nopq-rst",
    }
)

TOKENS = {
    "token: granted": VisioRoom,
    "token: missing client_id": VisioMisconfigured,
    "token: blank secret": VisioMisconfigured,
    "token: wrong grant type": VisioMisconfigured,
    "token: scope is not an e-mail": VisioUnknownAgent,
    "token: malformed JSON": VisioMisconfigured,
    "token: JSON list": VisioMisconfigured,
    "token: unknown client": VisioMisconfigured,
    "token: bad secret": VisioMisconfigured,
    "token: inactive application": VisioMisconfigured,
    "token: e-mail domain not delegated": VisioNotDelegated,
    "token: sub-domain not delegated": VisioNotDelegated,
    "token: text/plain": VisioMisconfigured,
    "token: GET": VisioMisconfigured,
    "token: no trailing slash": VisioMisconfigured,
}
ROOMS = {
    "rooms: create with defaults": VisioRoom,
    "rooms: create trusted": VisioRoom,
    "rooms: create restricted": VisioRoom,
    "rooms: create public refused": VisioLevelRefused,
    "rooms: create bad level": VisioLevelRefused,
    "rooms: create null level": VisioLevelRefused,
    "rooms: unknown configuration key": VisioMisconfigured,
    "rooms: form body": VisioMisconfigured,
    "rooms: PUT": VisioMisconfigured,
    "rooms: wrong scope": VisioMisconfigured,
    "rooms: no scope at all": VisioMisconfigured,
    "rooms: no authorization": VisioMisconfigured,
    "rooms: two-part bearer": VisioMisconfigured,
    "rooms: garbled token": VisioUnconfirmed,
    "rooms: no trailing slash": VisioMisconfigured,
}


@pytest.fixture
async def visio() -> AsyncIterator[VisioDouble]:
    async with VisioDouble() as double:
        yield double


@pytest.fixture
async def client(visio: VisioDouble) -> AsyncIterator[VisioRooms]:
    access = VisioAccess(
        base_url=visio.url,
        public_url="https://visio.test",
        client_id=visio.client_id,
        client_secret=SecretStr(visio.client_secret),
    )
    async with open_session(reuse=False) as session:
        yield VisioClient(session, access, clock=SystemClock(), timeouts=Timeouts(total=2))


def answer(visio: VisioDouble, name: str, *, on: str) -> Fault:
    """Make the double answer what was recorded under `name`."""
    exchange = next(one for one in recorded()["exchanges"] if one["name"] == name)
    fault = visio.faults.add(Kind.SAYS, on=on)
    fault.status = exchange["response"]["status"]
    fault.headers = KNOWN.fill(exchange["response"]["headers"])
    fault.body = body(exchange["response"]["body"])
    return fault


def body(template: Any, known: Bindings = KNOWN) -> bytes:
    if template is None:
        return b""
    if template.get("html"):
        return str(template["starts"]).encode()
    return json.dumps(known.fill(template)).encode()


async def outcome(client: VisioRooms) -> VisioRoom | VisioError:
    try:
        return await client.create("agent@beta.gouv.fr", AccessLevel.TRUSTED)
    except VisioError as error:
        return error


@pytest.mark.parametrize(("name", "expected"), TOKENS.items())
async def test_recorded_answers_to_token_requests(
    client: VisioRooms, visio: VisioDouble, name: str, expected: type
) -> None:
    answer(visio, name, on="token")
    if expected is VisioRoom:
        answer(visio, "rooms: create trusted", on="rooms")

    assert type(await outcome(client)) is expected


@pytest.mark.parametrize(("name", "expected"), ROOMS.items())
async def test_recorded_answers_to_room_requests(
    client: VisioRooms, visio: VisioDouble, name: str, expected: type
) -> None:
    answer(visio, name, on="rooms")

    assert type(await outcome(client)) is expected


async def test_an_unknown_agent_where_applications_are_on(
    client: VisioRooms, visio: VisioDouble
) -> None:
    """Both recorded 404s of the token endpoint are JSON: the empty claim tells them apart."""
    answer(visio, "token: unknown user", on="token").times = 1

    assert type(await outcome(client)) is VisioUnknownAgent
