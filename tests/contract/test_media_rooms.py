"""The media server's rooms, on a real LiveKit, with people who have a seat but no media."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from pydantic import SecretStr

from bridge.clock import SystemClock
from bridge.domain.looks import LONGEST, Look
from bridge.domain.rights import ALL, Source
from bridge.errors import MediaUnreachable
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitAccess, LiveKitPasses, LiveKitRooms
from bridge.ports import MediaRooms, SeatPass
from bridge.tokens import unverified_claims
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.livekit_signal import PATHS, joined
from tests.servers.require import need

CLOCK = SystemClock()
every_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture(scope="module", params=[True, False], ids=["auto_create", "no_auto_create"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit"), auto_create=request.param) as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[ClientSession]:
    """The HTTP session with which guests connect."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def rooms(server: LiveKit) -> AsyncIterator[MediaRooms]:
    async with open_session(max_body=MAX_ANSWER) as session:
        yield LiveKitRooms(session, server.ours, clock=CLOCK)


def seat(room: str) -> SeatPass:
    return SeatPass(
        room=room,
        identity=f"guest-{uuid4()}",
        name="ext. Jean Dupont (partenaire.example)",
        organisation="partenaire.example",
        assurance="email",
        until=CLOCK.now() + timedelta(hours=1),
        sources=tuple(Source),
        attributes={"color": "hsl(267, 55%, 21%)", "is_authenticated": "false", "room_role": ""},
    )


def token(server: LiveKit, seated: SeatPass) -> str:
    """Return the pass that we give to a guest."""
    return LiveKitPasses(server.ours).issue(seated, CLOCK.now()).get_secret_value()


async def ask(
    web: ClientSession, server: LiveKit, call: str, body: object, bearer: str
) -> tuple[int, dict[str, object]]:
    """Call the media server's API without our client."""
    url = f"{server.url}/twirp/livekit.RoomService/{call}"
    headers = {"Authorization": f"Bearer {bearer}"}
    async with web.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.fixture
async def room(web: ClientSession, server: LiveKit) -> str:
    """A room that exists, as after the organiser came in, whether rooms make themselves or not."""
    name = str(uuid4())
    life = timedelta(minutes=1)
    bearer = server.visio.token({"video": {"roomCreate": True}}, now=CLOCK.now(), life=life)
    status, _ = await ask(web, server, "CreateRoom", {"name": name}, bearer.get_secret_value())
    assert status == HTTPStatus.OK
    return name


async def settled(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Ask until the answer is the wanted one: the server's lists follow its connections."""
    last: object = None
    try:
        async with asyncio.timeout(10):
            while (last := await ask()) != wanted:
                await asyncio.sleep(0.01)  # the server works on the same cores
    except TimeoutError:
        raise AssertionError(f"{last} stays, instead of {wanted}") from None


def identities(rooms: MediaRooms, room: str) -> Callable[[], Awaitable[set[str]]]:
    async def listed() -> set[str]:
        return {one.identity for one in await rooms.participants(room)}

    return listed


@every_path
async def test_who_comes_in_with_our_pass_is_listed(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str, path: str
) -> None:
    one, other = seat(room), seat(room)
    async with (
        joined(web, server.url, token(server, one), path=path),
        joined(web, server.url, token(server, other), path=path),
    ):
        await settled(identities(rooms, room), {one.identity, other.identity})
        listed = {(it.identity, it.name) for it in await rooms.participants(room)}
        assert (one.identity, one.name) in listed


async def test_silence_takes_all_permissions_from_the_one_it_names(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one = seat(room)
    async with joined(web, server.url, token(server, one)) as signal:
        await signal.renewed()
        assert await rooms.silence(room, one.identity)

        grant = unverified_claims(await signal.renewed())["video"]
        assert isinstance(grant, dict)
        assert [grant[f"can{what}"] for what in ("Publish", "Subscribe", "PublishData")] == [
            False
        ] * 3
        await settled(identities(rooms, room), {one.identity})
    assert not await rooms.silence(room, "guest-nobody")


async def test_who_is_limited_is_left_the_rest_of_their_pass(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one = seat(room)

    async def sources() -> frozenset[Source]:
        (found,) = await rooms.participants(room)
        return found.sources

    async with joined(web, server.url, token(server, one)) as signal:
        await signal.renewed()
        await settled(identities(rooms, room), {one.identity})
        assert await sources() == ALL
        assert await rooms.limit(room, one.identity, {Source.MICROPHONE, Source.SCREEN})

        grant = unverified_claims(await signal.renewed())["video"]
        assert isinstance(grant, dict)
        assert [grant[f"can{what}"] for what in ("Publish", "Subscribe", "PublishData")] == [
            True
        ] * 3
        assert grant["canUpdateOwnMetadata"] is False
        await settled(sources, frozenset({Source.MICROPHONE, Source.SCREEN}))
        assert await rooms.limit(room, one.identity, set())
        await settled(sources, frozenset())
    assert not await rooms.limit(room, "guest-nobody", set())


async def test_what_others_see_of_somebody_is_changed_and_the_rest_stays(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    seated = seat(room)

    async def look() -> Look:
        (one,) = await rooms.participants(room)
        return one.look

    async with joined(web, server.url, token(server, seated)):
        mine = {key: value for key, value in seated.attributes.items() if value}
        await settled(look, Look(seated.name, mine))
        lie = Look("Bob", {"room_role": "owner", "handRaisedAt": "now"})
        assert await rooms.restore(room, seated.identity, lie)
        seen = {**seated.attributes, "room_role": "owner"}
        await settled(look, Look("Bob", seen))
        assert await rooms.restore(room, seated.identity, Look(seated.name))
        await settled(look, Look(seated.name, seen))
        assert await rooms.restore(room, seated.identity, Look(None, {"room_role": ""}))
        (one,) = await rooms.participants(room)
        assert Look(seated.name, seated.attributes).amends(one.look) is None
        assert one.sources == ALL
        with pytest.raises(MediaUnreachable) as caught:
            await rooms.restore(room, seated.identity, Look("x" * (LONGEST + 1)))
        assert caught.value.parameters["status"] == HTTPStatus.BAD_REQUEST
        assert await rooms.restore(room, seated.identity, Look("x" * LONGEST))
    assert not await rooms.restore(room, "nobody", Look("Bob"))


async def test_removed_is_out_and_gone_from_the_list(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one, other = seat(room), seat(room)
    async with (
        joined(web, server.url, token(server, one)) as signal,
        joined(web, server.url, token(server, other)),
    ):
        await settled(identities(rooms, room), {one.identity, other.identity})
        assert await rooms.remove(room, one.identity)
        await signal.ended()
        await settled(identities(rooms, room), {other.identity})
        assert not await rooms.remove(room, one.identity)


@pytest.mark.parametrize("server", [True], indirect=True)
async def test_who_leaves_at_that_very_moment_is_in_or_not(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    """Of a hundred, about some the question is lost on its way: that is no failure of the server's."""

    async def leaves() -> None:
        one = seat(room)
        async with joined(web, server.url, token(server, one)) as signal:
            asked = asyncio.create_task(rooms.silence(room, one.identity))
            await signal.leave()
            assert await asked in (True, False)

    for _ in range(25):
        await asyncio.gather(*(leaves() for _ in range(4)))


async def test_a_second_connection_of_a_pass_is_another_person_to_remove(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one = seat(room)
    second = f"{one.identity}#x"
    async with joined(web, server.url, token(server, one), path="/rtc", publish="x") as signal:
        await settled(identities(rooms, room), {second})
        assert not await rooms.remove(room, one.identity)
        assert await rooms.remove(room, second)
        await signal.ended()
        await settled(identities(rooms, room), set())


async def test_a_closed_room_is_empty_and_gone(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one = seat(room)
    async with joined(web, server.url, token(server, one)) as signal:
        await settled(identities(rooms, room), {one.identity})
        await rooms.close(room)
        await signal.ended()
        await settled(identities(rooms, room), set())

        async def closed_again() -> Collection[str]:
            """The server's own note of an empty room may outlive it (docs/interop/livekit.md)."""
            await rooms.close(room)
            return await rooms.open_rooms([room])

        await settled(closed_again, frozenset())
        await rooms.close(room)


async def test_what_does_not_exist_is_an_answer(rooms: MediaRooms, room: str) -> None:
    nowhere = str(uuid4())
    assert await rooms.open_rooms([nowhere, room]) == {room}
    assert await rooms.open_rooms([]) == frozenset()
    assert await rooms.participants(nowhere) == ()
    assert await rooms.participants(room) == ()
    assert not await rooms.silence(nowhere, "guest-nobody")
    assert not await rooms.remove(nowhere, "guest-nobody")
    await rooms.close(nowhere)


async def test_what_visio_writes_on_a_room_is_read(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    assert await rooms.metadata(room) == ""
    written = '{"recording_mode": "transcript", "recording_status": "started"}'
    grant = {"video": {"roomAdmin": True, "room": room}}
    key = server.visio.token(grant, now=CLOCK.now(), life=timedelta(seconds=30))
    body = {"room": room, "metadata": written}
    status, _ = await ask(web, server, "UpdateRoomMetadata", body, key.get_secret_value())
    assert status == HTTPStatus.OK
    await settled(lambda: rooms.metadata(room), written)  # the server has it a moment later
    assert await rooms.metadata(str(uuid4())) == ""


@every_path
async def test_removing_revokes_nothing(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str, path: str
) -> None:
    """Why they are looked for each second: the server gave them a token of ten minutes."""
    one = seat(room)
    async with joined(web, server.url, token(server, one)) as signal:
        renewed = await signal.renewed()
        claims = unverified_claims(renewed)
        assert claims["sub"] == one.identity
        assert claims["exp"] - CLOCK.now().timestamp() > 500  # type: ignore[operator]
        await settled(identities(rooms, room), {one.identity})
        assert await rooms.remove(room, one.identity)
        await signal.ended()
        await settled(identities(rooms, room), set())

    async with joined(web, server.url, renewed, path=path) as signal:
        await settled(identities(rooms, room), {one.identity})
        assert await rooms.remove(room, one.identity)
        await signal.ended()


async def test_a_renewed_token_makes_the_closed_room_again_where_rooms_make_themselves(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one = seat(room)
    async with joined(web, server.url, token(server, one)) as signal:
        renewed = await signal.renewed()
        await rooms.close(room)
        await signal.ended()
        await settled(lambda: rooms.open_rooms([room]), frozenset())

    if not server.auto_create:
        with pytest.raises(WSServerHandshakeError) as caught:
            await joined(web, server.url, renewed).__aenter__()
        assert caught.value.status == HTTPStatus.NOT_FOUND
        return
    async with joined(web, server.url, renewed):
        await settled(identities(rooms, room), {one.identity})
        assert await rooms.open_rooms([room]) == {room}


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("ListParticipants", {}),
        ("UpdateParticipant", {"identity": "guest-nobody"}),
        ("RemoveParticipant", {"identity": "guest-nobody"}),
        ("DeleteRoom", {}),
        ("ListRooms", {}),
    ],
)
async def test_a_pass_rules_nothing(
    server: LiveKit, web: ClientSession, room: str, call: str, asked: dict[str, str]
) -> None:
    body = asked if call == "ListRooms" else {"room": room, **asked}
    status, _ = await ask(web, server, call, body, token(server, seat(room)))
    assert status == HTTPStatus.UNAUTHORIZED


async def test_nobody_says_more_of_themselves_than_their_pass(
    rooms: MediaRooms, server: LiveKit, web: ClientSession, room: str
) -> None:
    one = seat(room)
    lie = base64.urlsafe_b64encode(b'{"guest_assurance":"federated"}').decode()
    with pytest.raises(WSServerHandshakeError) as caught:
        await joined(web, server.url, token(server, one), path="/rtc", attributes=lie).__aenter__()
    assert caught.value.status == HTTPStatus.UNAUTHORIZED
    async with joined(web, server.url, token(server, one), path="/rtc"):
        await settled(identities(rooms, room), {one.identity})


async def test_a_wrong_secret_is_told_without_what_was_sent(server: LiveKit, room: str) -> None:
    """The real answer repeats the token that it refuses."""
    wrong = LiveKitAccess(
        server.url, server.ours.key, SecretStr("5e2b8c7d1f4a9036c8e71b5d4f2a9036")
    )
    async with open_session() as session:
        with pytest.raises(MediaUnreachable) as caught:
            await LiveKitRooms(session, wrong, clock=CLOCK).participants(room)
    assert str(caught.value) == "ListParticipants answered 401"
    assert caught.value.parameters == {"status": HTTPStatus.UNAUTHORIZED}


async def test_a_server_that_went_away_and_came_back(tmp_path: Path) -> None:
    need(not missing(), missing() or "")
    with livekit(tmp_path) as server:
        async with open_session() as session:
            rooms = LiveKitRooms(session, server.ours, clock=CLOCK)
            assert await rooms.participants("r") == ()
            server.stop()
            with pytest.raises(MediaUnreachable):
                await rooms.participants("r")
            server.start()
            assert await rooms.participants("r") == ()
