"""The double inside a meeting: what people may do to each other, on a real media server."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import ClientSession, DummyCookieJar, web

from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitRooms
from bridge.ports import Participant
from tests.doubles.visio import Options, Room, VisioDouble
from tests.doubles.visio_meeting import NOTHING_TO_UPDATE
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.livekit_signal import Signal, joined
from tests.servers.require import need

CLOCK = SystemClock()
HOST, OTHER = "agent@beta.gouv.fr", "second@beta.gouv.fr"
SUCCESS = {"status": "success"}
NO_RIGHT = {"detail": "You do not have permission to perform this action."}
NO_PRIVILEGE = {"detail": "You must have privileges on room to perform this action."}
NOBODY = {"detail": "Authentication credentials were not provided."}
ABSENT = {"error": "Participant not found"}
PACKET = b'{"type": "participantWaiting"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@dataclass
class Place:
    """A room of the double, and its media server."""

    visio: VisioDouble
    room: Room
    server: LiveKit
    rooms: LiveKitRooms
    web: ClientSession

    def token(self, identity: str, *, room: str | None = None, ours: bool = False) -> str:
        key = self.server.ours if ours else self.server.visio
        grant = {"room": room or self.room.id, "roomJoin": True, "canUpdateOwnMetadata": False}
        claims = {"sub": identity, "name": "Jean", "video": grant}
        life = timedelta(minutes=10)
        return key.token(claims, now=CLOCK.now(), life=life).get_secret_value()

    def inside(self, identity: str) -> AbstractAsyncContextManager[Signal]:
        return joined(self.web, self.server.url, self.token(identity))

    async def ask(
        self, call: str, body: object, *, token: str = "", session: str = ""
    ) -> tuple[int, object]:
        """Ask with a media token, a browser's session, or neither."""
        headers = {"Authorization": token} if token else {}
        if session:
            headers |= {"Cookie": f"sessionid={session}; csrftoken=a", "X-CSRFToken": "a"}
        url = f"{self.visio.url}/api/v1.0/rooms/{self.room.slug}/{call}/"
        async with self.web.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def seen(self, identity: str) -> Participant:
        people = await self.rooms.participants(self.room.id)
        (one,) = [one for one in people if one.identity == identity]
        return one


@pytest.fixture
async def place(server: LiveKit) -> AsyncIterator[Place]:
    options = Options(
        livekit_url=server.ws_url,
        livekit_key=server.visio.key,
        livekit_secret=server.visio.secret.get_secret_value(),
        livekit_api=server.url,
    )
    async with (
        VisioDouble(options) as visio,
        open_session(max_body=MAX_ANSWER) as session,
        ClientSession(cookie_jar=DummyCookieJar()) as web,
    ):
        room = Room(visio.world.users_called(HOST)[0].id, "trusted", {}, None)
        visio.rooms.append(room)
        rooms = LiveKitRooms(session, server.ours, clock=CLOCK)
        yield Place(visio, room, server, rooms, web)


async def test_a_bearer_renames_themselves_and_nobody_else(place: Place):
    me, other = str(uuid4()), str(uuid4())
    mine = f"Bearer {place.token(me)}"
    assert await place.ask("rename", {"name": "Bob"}, token=mine) == (404, ABSENT)
    async with place.inside(me), place.inside(other):
        asked = {"name": " Bob ", "participant_identity": other}
        assert await place.ask("rename", asked, token=mine) == (200, SUCCESS)
        assert (await place.seen(me)).name == "Bob"
        assert (await place.seen(other)).name == "Jean"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"name": ""}, "This field may not be blank."),
        ({"name": "   "}, "This field may not be blank."),
        ({}, "This field is required."),
        ({"name": "x" * 256}, "Ensure this field has no more than 255 characters."),
    ],
)
async def test_names_that_are_none(place: Place, body: dict[str, str], why: str):
    mine = f"Bearer {place.token(str(uuid4()))}"
    assert await place.ask("rename", body, token=mine) == (400, {"name": [why]})


async def test_whose_token_counts_for_nothing(place: Place):
    me, host = str(uuid4()), place.visio.login(HOST)
    ours = f"Bearer {place.token(me, ours=True)}"
    elsewhere = f"Bearer {place.token(me, room=str(uuid4()))}"
    wrong = {"detail": "Invalid LiveKit token: Signature verification failed"}
    form = {"detail": "Authorization header must be: Bearer <token>"}
    for call, body in (("rename", {"name": "Bob"}), ("toggle-hand", {"raised": True})):
        assert await place.ask(call, body, token=ours) == (403, wrong)
        assert await place.ask(call, body, token=elsewhere) == (403, NO_RIGHT)
        assert await place.ask(call, body, token="Basic x") == (403, form)
        assert await place.ask(call, body, session=host) == (403, NOBODY)
    for call in ("remove-participant", "update-participant"):
        body = {"participant_identity": me}
        mine = f"Bearer {place.token(me)}"
        assert await place.ask(call, body, token=mine) == (401, NOBODY)
        other = place.visio.login(OTHER)
        assert await place.ask(call, body, session=other) == (403, NO_PRIVILEGE)


async def test_a_hand_is_raised_and_lowered(place: Place):
    me = str(uuid4())
    mine = f"Bearer {place.token(me)}"
    async with place.inside(me):
        for raised in (True, False):
            asked = {"raised": raised}
            assert await place.ask("toggle-hand", asked, token=mine) == (200, SUCCESS)
        wrong = (400, {"raised": ["Must be a valid boolean."]})
        assert await place.ask("toggle-hand", {"raised": "maybe"}, token=mine) == wrong
        missing_ = (400, {"raised": ["This field is required."]})
        assert await place.ask("toggle-hand", {}, token=mine) == missing_


async def test_anybody_who_is_there_mutes_anybody_unless_the_host_forbids_it(place: Place):
    me, other = str(uuid4()), str(uuid4())
    mine, host = f"Bearer {place.token(me)}", place.visio.login(HOST)
    mute = {"participant_identity": other, "track_sid": "TR_none"}
    nowhere = (403, {"error": "Could not verify caller presence"})
    assert await place.ask("mute-participant", mute, token=mine) == nowhere
    async with place.inside(me), place.inside(other):
        assert await place.ask("mute-participant", mute, token=mine) == (200, SUCCESS)
        assert await place.ask("mute-participant", mute, session=host) == (200, SUCCESS)
        stranger = place.visio.login(OTHER)
        assert await place.ask("mute-participant", mute, session=stranger) == (403, NO_RIGHT)
        gone = {**mute, "participant_identity": str(uuid4())}
        failed = (500, {"error": "Failed to mute participant"})
        assert await place.ask("mute-participant", gone, token=mine) == failed
        place.room.configuration["everyone_can_mute"] = False
        assert await place.ask("mute-participant", mute, token=mine) == (403, NO_RIGHT)
        assert await place.ask("mute-participant", mute, session=host) == (200, SUCCESS)
    assert await place.ask("mute-participant", mute) == (403, NOBODY)


async def test_a_host_changes_and_removes_people(place: Place):
    me, host = str(uuid4()), place.visio.login(HOST)
    whom = {"participant_identity": me}
    async with place.inside(me) as signal:
        changed = {**whom, "name": "Bob", "attributes": {"room_role": "owner"}}
        assert await place.ask("update-participant", changed, session=host) == (200, SUCCESS)
        seen = await place.seen(me)
        assert (seen.name, seen.attributes) == ("Bob", {"room_role": "owner"})
        nothing = (400, {"non_field_errors": [NOTHING_TO_UPDATE]})
        assert await place.ask("update-participant", whom, session=host) == nothing
        assert await place.ask("remove-participant", whom, session=host) == (200, SUCCESS)
        await signal.ended()
    assert await place.ask("remove-participant", whom, session=host) == (404, ABSENT)


async def test_who_was_removed_waits_again(place: Place):
    me, host = str(uuid4()), place.visio.login(HOST)
    cookie = {"Cookie": f"lobbyParticipantId={me}"}
    url = f"{place.visio.url}/api/v1.0/rooms/{place.room.id}/request-entry/"

    async def knock() -> str:
        async with place.web.post(url, json={"username": "Jean"}, headers=cookie) as answer:
            return str((await answer.json())["status"])

    assert await knock() == "waiting"
    assert place.visio.world.knocks.decide(place.room, me, allow=True)
    assert await knock() == "accepted"
    async with place.inside(me):
        asked = {"participant_identity": me}
        assert await place.ask("remove-participant", asked, session=host) == (200, SUCCESS)
    assert await knock() == "waiting"


async def test_the_room_is_told_once_of_each_place_in_its_queue():
    """And not where there is no room, nor where the media server refuses to tell it."""
    told: list[bytes] = []
    rooms: list[dict[str, str]] = []
    status = 200

    async def listed(_: web.Request) -> web.Response:
        return web.json_response({"rooms": rooms})

    async def sent(request: web.Request) -> web.Response:
        told.append(base64.b64decode((await request.json())["data"]))
        return web.json_response({}, status=status)

    app = web.Application()
    service = "/twirp/livekit.RoomService"
    app.add_routes(
        [web.post(f"{service}/ListRooms", listed), web.post(f"{service}/SendData", sent)]
    )
    async with served(app) as url, VisioDouble(Options(livekit_api=url)) as visio:
        room = Room(visio.world.users[0].id, "trusted", {}, None)
        visio.rooms.append(room)
        async with ClientSession(cookie_jar=DummyCookieJar()) as session:

            async def knock(identity: str) -> None:
                entry = f"{visio.url}/api/v1.0/rooms/{room.id}/request-entry/"
                cookie = {"Cookie": f"lobbyParticipantId={identity}"}
                async with session.post(entry, json={"username": "X"}, headers=cookie) as answer:
                    assert (await answer.json())["status"] == "waiting"

            await knock(str(uuid4()))
            assert told == []
            rooms.append({"name": room.id})
            one = str(uuid4())
            for identity in (one, one, str(uuid4())):
                await knock(identity)
            assert told == [PACKET, PACKET]
            status = 503
            await knock(str(uuid4()))
            assert len(told) == 3


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Serve on loopback for the block."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
