"""The client of the waiting room on recorded answers of the real service."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bridge.clock import SystemClock
from bridge.errors import VisioError, VisioMisconfigured
from bridge.http import open_session
from bridge.ids import VisioRoomId
from bridge.ports import Knock, LobbyEntry
from bridge.visio import VisioWaitingRoom
from tests.contract.test_visio_recorded import body
from tests.contract.visio_recorded import Bindings, recorded
from tests.doubles.visio import Kind, VisioDouble

ROOM, ME = VisioRoomId(uuid4()), str(uuid4())
MEDIA = "wss://livekit.visio.test"
COLORS = re.compile(r"hsl\([^)]*\)")
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzY29wZSI6IiJ9.c2ln"


@pytest.fixture
async def visio() -> AsyncIterator[VisioDouble]:
    async with VisioDouble() as double:
        yield double


async def outcome(visio: VisioDouble, name: str, *, mine: str) -> Knock | VisioError:
    """Knock, and be answered what was recorded under `name`, where `mine` stands for our id."""
    known = Bindings(
        {"jwt": TOKEN, "uuid_1": str(ROOM), "livekit_url": MEDIA, "uuid_8": str(uuid4()), mine: ME}
    )
    exchange = next(one for one in recorded()["exchanges"] if one["name"] == name)["response"]
    known.values.update({color: color for color in COLORS.findall(str(exchange["body"]))})
    visio.faults.clear()
    fault = visio.faults.add(Kind.SAYS, on="lobby")
    fault.status = exchange["status"]
    fault.headers = known.fill(exchange["headers"])
    fault.body = body(exchange["body"], known)
    async with open_session() as session:
        lobby = VisioWaitingRoom(session, visio.url, MEDIA, clock=SystemClock())
        try:
            return await lobby.knock(ROOM, ME, "Jean Dupont (Acme)")
        except VisioError as error:
            return error


async def test_who_waits_is_denied_or_admitted(visio: VisioDouble):
    waits = await outcome(visio, "lobby: knock with a chosen id", mine="uuid_2")
    assert waits == Knock(LobbyEntry.WAITING)
    denied = await outcome(visio, "lobby: denied guest polls", mine="uuid_10")
    assert denied == Knock(LobbyEntry.DENIED)
    admitted = await outcome(visio, "lobby: admitted guest polls", mine="uuid_2")
    assert isinstance(admitted, Knock)
    assert (admitted.entry, admitted.url) == (LobbyEntry.ACCEPTED, MEDIA)
    assert admitted.token is not None
    assert admitted.token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    "name", ["lobby: missing username", "lobby: knock without a cookie", "public: unknown room"]
)
async def test_an_answer_to_another_knock_is_refused_as_misconfigured(
    visio: VisioDouble, name: str
):
    """Without our cookie each call is a new person: its answer has another id than ours."""
    assert type(await outcome(visio, name, mine="uuid_2")) is VisioMisconfigured
