"""The port `WaitingRoom`: Visio as the double plays it, and the fake of the services' tests."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.ids import VisioRoomId
from bridge.ports import Knock, LobbyEntry, WaitingRoom
from bridge.visio import VisioWaitingRoom
from tests.doubles.ports import FakeLobby
from tests.doubles.visio import Options, Room, VisioDouble

ROOM = VisioRoomId(uuid4())
MEDIA = "wss://media.example"


@dataclass
class Visio:
    """A waiting room and its host."""

    lobby: WaitingRoom
    decide: Callable[[str, LobbyEntry], object]
    forget: Callable[[str], object]
    """As when the last person left the room."""


def faked() -> Visio:
    lobby = FakeLobby(url=MEDIA)

    return Visio(lobby, lobby.decide, lobby.decided.pop)


@pytest.fixture(params=["double", "fake"])
async def visio(request: pytest.FixtureRequest) -> AsyncIterator[Visio]:
    if request.param == "fake":
        yield faked()
        return
    async with VisioDouble(Options(livekit_url=MEDIA)) as double, open_session() as session:
        room = Room(double.world.users[0].id, "trusted", {}, None, id=str(ROOM))
        double.rooms.append(room)
        knocks = double.world.knocks
        yield Visio(
            VisioWaitingRoom(session, double.url, MEDIA, clock=SystemClock()),
            lambda who, entry: knocks.decide(room, who, allow=entry is LobbyEntry.ACCEPTED),
            lambda _: knocks.clear(room),
        )


async def test_who_knocks_waits_until_the_host_decides(visio: Visio):
    me, other = str(uuid4()), str(uuid4())
    for one in (me, me, other):
        assert await visio.lobby.knock(ROOM, one, "Jean") == Knock(LobbyEntry.WAITING)
    visio.decide(me, LobbyEntry.ACCEPTED)
    assert await visio.lobby.knock(ROOM, other, "Jean") == Knock(LobbyEntry.WAITING)
    visio.decide(other, LobbyEntry.DENIED)
    assert await visio.lobby.knock(ROOM, other, "Jean") == Knock(LobbyEntry.DENIED)
    given = await visio.lobby.knock(ROOM, me, "Jean")
    assert (given.entry, given.url) == (LobbyEntry.ACCEPTED, MEDIA)
    assert given.token is not None
    assert given.token.get_secret_value() not in repr(given)


async def test_who_was_accepted_is_so_until_the_room_empties(visio: Visio):
    me = str(uuid4())
    await visio.lobby.knock(ROOM, me, "Jean")
    visio.decide(me, LobbyEntry.ACCEPTED)
    for _ in range(2):
        assert (await visio.lobby.knock(ROOM, me, "Jean")).token is not None
    visio.forget(me)
    assert await visio.lobby.knock(ROOM, me, "Jean") == Knock(LobbyEntry.WAITING)
