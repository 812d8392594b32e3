"""Visio's waiting room, spoken to: what its answers mean, and networks that fail."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession

from bridge.errors import VisioError, VisioMisconfigured, VisioUnreachable
from bridge.http import Timeouts, open_session
from bridge.ids import VisioRoomId
from bridge.ports import Knock, LobbyEntry
from bridge.visio.knock import MAX_ANSWER, VisioWaitingRoom
from tests.doubles.clocks import SetClock
from tests.doubles.visio import Options, Room, VisioDouble
from tests.unit.bridge.visio.kit import NOW
from tests.unit.bridge.visio.test_network import babble, cut, drip, flood, half, hang, server

ROOM = VisioRoomId(uuid4())
ME = str(uuid4())
MEDIA = "wss://livekit.visio.test"
TOKEN = "eyJ.canary.token"
Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(max_body=MAX_ANSWER) as opened:
        yield opened


def lobby_of(url: str, session: ClientSession, media: str = MEDIA) -> VisioWaitingRoom:
    impatient = Timeouts(connect=0.2, total=0.4)
    return VisioWaitingRoom(session, url, media, clock=SetClock(NOW), timeouts=impatient)


def says(body: object, status: int = 200, **headers: str) -> Speaker:
    """Answer every request with this."""
    text = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(text)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + text)
        await writer.drain()

    return speak


def entry(status: str = "waiting", *, identity: str = ME, **livekit: str) -> dict[str, object]:
    media = {"url": MEDIA, "room": str(ROOM), "token": TOKEN} | livekit
    given = media if status == "accepted" else None
    return {"id": identity, "status": status, "username": "J", "color": "", "livekit": given}


async def knocks(url: str, session: ClientSession) -> Knock:
    return await lobby_of(url, session).knock(ROOM, ME, "Jean Dupont")


async def fails(speaker: Speaker, session: ClientSession) -> VisioError:
    async with server(speaker) as url:
        with pytest.raises(VisioError) as caught:
            await knocks(url, session)
    assert TOKEN not in repr(caught.value)
    assert ME not in repr(caught.value)
    # aiohttp's errors hold the request's headers, and the cookie in them.
    assert type(caught.value.__cause__).__module__.partition(".")[0] != "aiohttp"
    return caught.value


async def test_one_knock_is_a_person_of_ours_in_json_with_a_cookie_set_by_hand(
    session: ClientSession,
):
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"}")).decode())
        text = json.dumps(entry()).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
        await writer.drain()

    async with server(answer) as url:
        assert await knocks(url, session) == Knock(LobbyEntry.WAITING)
    (head,) = heads
    assert head.startswith(f"POST /api/v1.0/rooms/{ROOM}/request-entry/ HTTP/1.1\r\n")
    assert f"Cookie: lobbyParticipantId={ME}\r\n" in head
    assert "Content-Type: application/json" in head
    assert head.endswith('{"username": "Jean Dupont"}')


async def test_the_double_is_no_stranger(session: ClientSession):
    """The client beyond the port's contract (`tests/contract/test_waiting_room.py`)."""
    async with VisioDouble(Options(livekit_url=MEDIA)) as visio:
        visio.rooms.append(Room(visio.world.users[0].id, "trusted", {}, None, id=str(ROOM)))
        lobby = lobby_of(visio.url, session)
        await lobby.probe()
        visio.world.polls[ME] = [visio.world.clock.now()] * 150
        with pytest.raises(VisioUnreachable) as caught:
            await lobby.knock(ROOM, ME, "Jean")
        assert caught.value.parameters["retry_after"] == 60.0
        with pytest.raises(VisioMisconfigured):
            await lobby.knock(VisioRoomId(uuid4()), str(uuid4()), "Jean")


@pytest.mark.parametrize(
    "url", [MEDIA, "https://livekit.visio.test", "wss://livekit.visio.test:443/"]
)
async def test_a_media_server_is_the_same_by_any_of_its_names(session: ClientSession, url: str):
    async with server(says(entry("accepted", url=url))) as visio:
        given = await knocks(visio, session)
    assert (given.entry, given.url) == (LobbyEntry.ACCEPTED, url)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (entry(identity=str(uuid4())), 200),
        (entry("accepted", url="wss://elsewhere.test"), 200),
        (entry("accepted", url="ws://livekit.visio.test"), 200),
        (entry("accepted", url="wss://[livekit"), 200),
        (entry("accepted", room=str(uuid4())), 200),
        (entry("accepted", token="a\r\nb"), 200),
        (entry("accepted") | {"livekit": None}, 200),
        (entry("asleep"), 200),
        ([], 200),
        ("<h1>Visio", 200),
        ({"detail": "No Room matches the given query."}, 404),
        ({"username": ["This field is required."]}, 400),
        ("", 301),
        ("", 403),
    ],
)
async def test_a_fault_that_stays_is_misconfigured(
    session: ClientSession, body: object, status: int
):
    error = await fails(says(body, status, Location="http://127.0.0.1:1/"), session)
    assert type(error) is VisioMisconfigured


@pytest.mark.parametrize(("status", "after"), [(500, None), (503, None), (408, None), (429, 7.0)])
async def test_a_passing_fault_is_unreachable(
    session: ClientSession, status: int, after: float | None
):
    error = await fails(says("<h1>Oops", status, Retry_After="7"), session)
    assert type(error) is VisioUnreachable
    assert error.parameters.get("retry_after") == after


@pytest.mark.parametrize("speaker", [hang, cut, half, drip, flood, babble])
async def test_a_knock_that_is_not_heard_is_given_up_in_time(
    session: ClientSession, speaker: Speaker
):
    async with asyncio.timeout(10):
        assert type(await fails(speaker, session)) is VisioUnreachable


async def test_visio_that_does_not_listen_is_unreachable(session: ClientSession):
    with pytest.raises(VisioUnreachable):
        await knocks("http://127.0.0.1:1", session)
    with pytest.raises(VisioUnreachable):
        await lobby_of("http://127.0.0.1:1", session).probe()


async def test_a_broken_connection_is_tried_once_more_at_once(session: ClientSession):
    """As when Visio closes a connection that was kept, just as a knock leaves on it."""
    tries: list[int] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(1)
        await (cut if len(tries) == 1 else says(entry()))(reader, writer)

    async with server(once) as url:
        assert (await knocks(url, session)).entry is LobbyEntry.WAITING
    assert len(tries) == 2
