"""A media server that is away, slow, broken, moved, or not one at all: one error, no secret."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from itertools import chain

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.clock import SystemClock
from bridge.domain.rights import ALL, Source
from bridge.errors import MediaUnreachable
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitAccess, LiveKitRooms
from bridge.ports import Participant
from tests.servers.ports import free_ports

SECRET = SecretStr("of-thirty-two-bytes-or-more-of-it")
ROOM = "5c0f7f0e-1c54-4a57-9d63-0d7a4f7a3a10"
GUEST = "guest-2f5c0c61"
NOT_FOUND = '{"code":"not_found","msg":"participant does not exist"}'

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Ask = Callable[[LiveKitRooms], Awaitable[object]]

CALLS: dict[str, Ask] = {
    "ListParticipants": lambda rooms: rooms.participants(ROOM),
    "ListRooms": lambda rooms: rooms.open_rooms([ROOM]),
    "UpdateParticipant": lambda rooms: rooms.silence(ROOM, GUEST),
    "RemoveParticipant": lambda rooms: rooms.remove(ROOM, GUEST),
    "DeleteRoom": lambda rooms: rooms.close(ROOM),
}
LISTS = ("ListParticipants", "ListRooms")
every_call = pytest.mark.parametrize("call", CALLS)


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(max_body=MAX_ANSWER) as session:
        yield session


def client(session: ClientSession, url: str) -> LiveKitRooms:
    return LiveKitRooms(session, LiveKitAccess(url, "parvis", SECRET), clock=SystemClock())


@asynccontextmanager
async def answering(*answers: web.Response | Handler) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve these answers one after another, the last for ever; give the address and what came."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Authorization"].removeprefix("Bearer "))
        given = answers[min(len(asked), len(answers)) - 1]
        if isinstance(given, web.Response):
            return web.Response(status=given.status, body=given.body, headers=given.headers)
        return await given(request)

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), asked


@pytest.mark.parametrize(
    ("said", "person"),
    [
        ({}, True),
        ({"kind": "STANDARD", "permission": {"hidden": False, "can_publish": True}}, True),
        ({"kind": "SIP"}, True),
        ({"kind": "EGRESS"}, False),
        ({"kind": "AGENT"}, False),
        ({"kind": "INGRESS"}, False),
        ({"kind": "SOMETHING_NEW"}, False),
        ({"kind": 0}, True),
        ({"kind": 2}, False),
        ({"permission": None}, True),
        ({"permission": {"hidden": True}}, False),
        ({"permission": {"recorder": True}}, False),
        ({"permission": {"agent": True}}, False),
    ],
)
async def test_only_standard_and_phone_participants_are_people(
    session: ClientSession, said: dict[str, object], person: bool
):
    listed = {"participants": [{"identity": "x", "name": "X", **said}]}
    async with answering(web.json_response(listed)) as (url, _):
        (found,) = await client(session, url).participants(ROOM)
    assert (found.identity, found.name, found.person) == ("x", "X", person)


@pytest.mark.parametrize(
    ("permission", "sources"),
    [
        (None, ALL),
        ({}, set()),
        ({"can_publish": True}, ALL),
        ({"can_publish": True, "can_publish_sources": []}, ALL),
        ({"can_publish": True, "can_publish_sources": ["CAMERA"]}, {Source.CAMERA}),
        ({"can_publish": True, "can_publish_sources": ["SCREEN_SHARE", "NEW", 7]}, {Source.SCREEN}),
        ({"can_publish_sources": ["CAMERA"]}, set()),
    ],
)
async def test_permissions_tell_what_a_participant_may_send(
    session: ClientSession, permission: object, sources: Collection[Source]
):
    listed = {"participants": [{"identity": "x", "permission": permission}]}
    async with answering(web.json_response(listed)) as (url, _):
        (found,) = await client(session, url).participants(ROOM)
    assert found.sources == sources


@asynccontextmanager
async def speaking(speaker: Speaker) -> AsyncIterator[str]:
    """Serve what is no good HTTP."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"}")
            await speaker(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def refused(asking: Awaitable[object], *, tokens: list[str] | None = None) -> str:
    """Return the error's text, once it is sure that nothing about it shows a token."""
    with pytest.raises(MediaUnreachable) as caught:
        await asking
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.parameters)
    assert "eyJ" not in shown
    assert SECRET.get_secret_value() not in shown
    assert not any(token in shown for token in tokens or ())
    return str(error)


@every_call
async def test_a_server_that_does_not_listen_is_unreachable(
    session: ClientSession, call: str
) -> None:
    [port] = free_ports(1)
    rooms = client(session, f"http://127.0.0.1:{port}")
    assert await refused(CALLS[call](rooms)) == f"{call}: ClientConnectorError"


async def half(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"participants":[')
    await writer.drain()


async def cut(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        writer.write(b" " * (1 << 20))
        await writer.drain()


@pytest.mark.slow
async def test_who_never_answers_is_given_up_and_not_asked_again(session: ClientSession) -> None:
    async with answering(unanswered) as (url, asked):
        said = await refused(client(session, url).participants(ROOM), tokens=asked)
        assert (said, len(asked)) == ("ListParticipants: TimeoutError", 1)


async def unanswered(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


ABOUT_SOMEBODY = ("UpdateParticipant", "RemoveParticipant")
STILL_THERE = web.json_response({"participants": [{"identity": GUEST}]})
GONE = web.json_response({"participants": [{"identity": f"{GUEST}#x"}]})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "found"),
    [((GONE,), False), ((STILL_THERE, web.json_response({})), True)],
    ids=["left", "came-anew"],
)
async def test_whose_connection_ends_while_it_is_asked(
    session: ClientSession, answers: Sequence[web.Response], found: bool
) -> None:
    async def ask(call: str) -> None:
        async with answering(unanswered, *answers) as (url, asked):
            assert await CALLS[call](client(session, url)) is found
            assert len(asked) == 1 + len(answers)

    await asyncio.gather(*map(ask, ABOUT_SOMEBODY))


@pytest.mark.slow
async def test_a_server_that_stands_still_is_told_from_a_person_who_does(
    session: ClientSession,
) -> None:
    async def ask(
        call: str, answers: Sequence[web.Response], parameters: dict[str, object]
    ) -> None:
        async with answering(unanswered, *answers, unanswered) as (url, _):
            with pytest.raises(MediaUnreachable) as caught:
                await CALLS[call](client(session, url))
            assert caught.value.parameters == parameters

    late: dict[str, object] = {"status": HTTPStatus.GATEWAY_TIMEOUT}
    for_both = ((ask(call, (), {}), ask(call, [STILL_THERE], late)) for call in ABOUT_SOMEBODY)
    await asyncio.gather(*chain.from_iterable(for_both))


@pytest.mark.parametrize("speaker", [half, cut, babble, flood])
async def test_an_answer_that_is_none_is_refused(session: ClientSession, speaker: Speaker) -> None:
    async with speaking(speaker) as url:
        said = await refused(client(session, url).participants(ROOM))
    assert said.startswith("ListParticipants: ")


@every_call
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_that_failed_is_asked_once_more(
    session: ClientSession, call: str, status: int
) -> None:
    async with answering(web.Response(status=status, text="upstream")) as (url, asked):
        said = await refused(CALLS[call](client(session, url)), tokens=asked)
        assert (said, len(asked)) == (f"{call} answered {status}", 2)


@every_call
async def test_the_second_answer_counts(session: ClientSession, call: str) -> None:
    good = web.json_response({"participants": [], "rooms": []})
    async with answering(web.Response(status=503), good) as (url, asked):
        await CALLS[call](client(session, url))
        assert len(asked) == 2


async def test_a_connection_that_broke_is_opened_once_more(session: ClientSession) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(broken, web.json_response({})) as (url, asked):
        assert await client(session, url).remove(ROOM, GUEST)
        assert len(asked) == 2


@every_call
async def test_a_token_that_is_refused_is_not_repeated(session: ClientSession, call: str) -> None:
    async def repeat(request: web.Request) -> web.StreamResponse:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return web.Response(status=401, text=f"invalid token: {token}, error: expired")

    async with answering(repeat) as (url, asked):
        said = await refused(CALLS[call](client(session, url)), tokens=asked)
        assert (said, len(asked)) == (f"{call} answered 401", 1)


@every_call
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_token_is_not_taken_elsewhere(
    session: ClientSession, call: str, status: int
) -> None:
    moved = web.Response(status=status, headers={"Location": "/elsewhere"})
    async with answering(moved) as (url, asked):
        said = await refused(CALLS[call](client(session, url)), tokens=asked)
        assert (said, len(asked)) == (f"{call} answered {status}", 1)


@pytest.mark.parametrize("call", LISTS)
@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "[]", "{}", "<html>", "[" * 100_000),
        '{"participants":null,"rooms":null}',
        '{"participants":[{"name":"x"}],"rooms":[{"sid":"x"}]}',
        '{"participants":[{"identity":7}],"rooms":[{"name":7}]}',
    ],
)
async def test_nonsense_is_not_an_empty_room(session: ClientSession, call: str, body: str) -> None:
    async with answering(web.Response(text=body)) as (url, _):
        said = await refused(CALLS[call](client(session, url)))
        assert said == f"{call}: not an answer of LiveKit's"


@every_call
@pytest.mark.parametrize(
    "body", ["404 page not found", '{"code":"bad_route"}', "[]", "[" * 100_000]
)
async def test_an_address_that_is_not_the_api_s(
    session: ClientSession, call: str, body: str
) -> None:
    async with answering(web.Response(status=404, text=body)) as (url, _):
        assert await refused(CALLS[call](client(session, url))) == f"{call} answered 404"


async def test_not_found_is_an_answer(session: ClientSession) -> None:
    async with answering(web.Response(status=404, text=NOT_FOUND)) as (url, asked):
        rooms = client(session, url)
        assert await rooms.participants(ROOM) == ()
        assert not await rooms.open_rooms([ROOM])
        assert not await rooms.silence(ROOM, GUEST)
        assert not await rooms.remove(ROOM, GUEST)
        await rooms.close(ROOM)
        assert len(asked) == len(CALLS)


async def test_no_name_is_no_question(session: ClientSession) -> None:
    """To the server, a list without names means every room."""
    async with answering(web.json_response({"rooms": [{"name": "other"}]})) as (url, asked):
        rooms = client(session, url)
        assert not await rooms.open_rooms([])
        assert asked == []
        assert not await rooms.open_rooms([ROOM]), "nor is a room told that nobody asked for"


async def test_a_large_room_is_read_whole(session: ClientSession) -> None:
    people = [{"identity": f"p{n}", "name": "", "tracks": "x" * 4000} for n in range(1000)]
    async with answering(web.Response(text=json.dumps({"participants": people}))) as (url, _):
        found = await client(session, url).participants(ROOM)
    assert found == tuple(Participant(f"p{n}") for n in range(1000))
