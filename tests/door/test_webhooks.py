"""`/hooks/livekit` without a media server: signatures, contents and effects of webhooks."""

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from time import monotonic
from types import MappingProxyType
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from structlog.testing import capture_logs

from bridge.livekit import LiveKitAccess, LiveKitWebhooks
from bridge.ports import UnitsOfWork
from bridge.services.enforcement.webhooks import FOREIGN, GENUINE
from federation.door.gate import HOOKS
from federation.door.hints import ANYBODY, Hints
from tests.door.house import START, House, open_house
from tests.doubles.ports import FakeMedia, FakePasses
from tests.wiring import MEDIA, Media

OURS = LiveKitAccess(
    "https://media.example", "parvis", SecretStr("0d1a9c4b7e5f82635c41b7a90e8d2f63")
)
THEIRS = LiveKitAccess(
    "https://media.example", "visio", SecretStr("71c3e9a5b8d04f26a7190c5e4b8d3f62")
)


@pytest.fixture
def media() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
async def hooked_house(works: UnitsOfWork, media: FakeMedia) -> AsyncIterator[House]:
    told = Media(media, FakePasses(), MEDIA, LiveKitWebhooks(OURS))
    async with open_house(works, media=told) as house:
        house.clock.set(START)
        yield house


@pytest.fixture
async def web(hooked_house: House) -> AsyncIterator[ClientSession]:
    async with ClientSession(hooked_house.url) as session:
        yield session


def hook(room: object = "a-room", event: str = "participant_joined", **more: object) -> bytes:
    said = {"event": event, "room": {"name": room}, "id": f"EV_{uuid4().hex}", **more}
    return json.dumps(said).encode()


async def tell(
    web: ClientSession,
    house: House,
    body: bytes,
    key: LiveKitAccess = OURS,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Send a webhook as a media server does; return the status."""
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    now = house.clock.now()
    claims = {"sha256": digest, "iat": int(now.timestamp())}
    token = key.token(claims, now=now, life=timedelta(minutes=5)).get_secret_value()
    sent = {"Authorization": token, "Content-Type": "application/webhook+json", **headers}
    async with web.post(HOOKS, data=body, headers=sent) as answer:
        return answer.status


async def test_where_nobody_holds_a_key_they_are_answered_and_leave_no_line(works: UnitsOfWork):
    async with open_house(works) as house, ClientSession(house.url) as web:
        with capture_logs() as logs:
            assert await tell(web, house, hook()) == 202
        assert logs == []


def counted(house: House, outcome: str) -> float | None:
    return house.registry.get_sample_value("parvis_hooks_total", {"outcome": outcome})


async def looked(media: FakeMedia, times: int) -> None:
    async with asyncio.timeout(5):
        while len(media.looked) < times:
            await asyncio.sleep(0.01)


async def test_a_room_of_ours_is_looked_into_once_however_much_is_told(
    hooked_house: House, media: FakeMedia, web: ClientSession, works: UnitsOfWork
):
    link = await hooked_house.invite()
    assert link.meeting.room is not None
    room = str(link.meeting.room.id)
    media.enter(room, "an-agent")
    same = hook(room)
    assert [await tell(web, hooked_house, same) for _ in range(3)] == [204] * 3
    await looked(media, 1)
    assert await tell(web, hooked_house, hook("another room")) == 204
    assert await tell(web, hooked_house, hook(room, "track_published")) == 204
    assert await tell(web, hooked_house, hook(room, "participant_left")) == 204
    await looked(media, 2)
    assert set(media.looked) == {room}
    assert [counted(hooked_house, one) for one in ("genuine", "again", "foreign")] == [4, 2, 0]
    async with works.reading() as work:
        known = await work.presences.get(link.occurrence.id)
        assert known is not None
        assert known.people == 1
        assert await work.once.last(GENUINE) is not None
        assert await work.once.last(FOREIGN) is None


async def test_what_nobody_vouches_for_causes_a_look_seldom(
    hooked_house: House, media: FakeMedia, web: ClientSession, works: UnitsOfWork
):
    link = await hooked_house.invite()
    assert link.meeting.room is not None
    media.enter(str(link.meeting.room.id), "an-agent")
    began = monotonic()
    answers = [await tell(web, hooked_house, hook("x"), THEIRS) for _ in range(20)]
    answers += [await tell(web, hooked_house, b"\xff", headers={"Authorization": "nonsense"})]
    assert set(answers) == {202}
    await looked(media, 1)
    if monotonic() - began < ANYBODY:
        assert len(media.looked) == 1
    assert counted(hooked_house, "foreign") == 21
    async with works.reading() as work:
        assert await work.once.last(FOREIGN) is not None


async def test_only_hooks_are_taken(hooked_house: House, web: ClientSession):
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        assert await tell(web, hooked_house, hook(), headers={"Content-Type": kind}) == 415
    assert await tell(web, hooked_house, hook(), headers={"Content-Encoding": "gzip"}) == 415
    assert await tell(web, hooked_house, hook(pad="x" * 40_000)) == 413
    for method in ("GET", "HEAD", "PUT"):
        async with web.request(method, HOOKS) as answer:
            assert answer.status == 405


async def test_what_is_taken_leaves_no_line_in_the_log(hooked_house: House, web: ClientSession):
    with capture_logs() as logs:
        await tell(web, hooked_house, hook())
        await tell(web, hooked_house, hook(), THEIRS)
        assert logs == []
        await tell(web, hooked_house, hook(), headers={"Content-Type": "text/plain"})
    assert [(one["event"], one["status"]) for one in logs] == [("door.answered", 415)]


async def test_a_hook_may_come_from_inside(hooked_house: House, web: ClientSession):
    assert await tell(web, hooked_house, hook(), headers={"Host": "10.0.0.7:8080"}) == 204
    async with web.get("/", headers={"Host": "10.0.0.7:8080"}) as answer:
        assert answer.status == 421


async def test_a_genuine_hook_of_any_shape_gives_no_5xx(hooked_house: House, web: ClientSession):
    guest = f"guest-{uuid4()}"
    gone = {"identity": guest, "disconnectReason": "PARTICIPANT_REMOVED"}
    for identity in (guest, "\x00", f"{guest}#x", "x" * 10_000, ""):
        person = {**gone, "identity": identity}
        assert (
            await tell(web, hooked_house, hook(event="participant_left", participant=person)) == 204
        )
    for body in (b"", b"[]", b"{", b'{"id":"EV_1"}', hook()[:-1], b"[" * 30_000, hook(room=3)):
        assert await tell(web, hooked_house, body) == 202
    assert (
        await tell(web, hooked_house, hook("\x00\ud800".encode("utf-8", "ignore").decode())) == 204
    )


async def test_a_body_that_never_comes_is_not_waited_for(hooked_house: House, web: ClientSession):
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(hooked_house.url.rpartition(":")[2])
    )
    host = hooked_house.url.partition("//")[2]
    head = f"POST {HOOKS} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n"
    writer.write(f"{head}Content-Type: application/webhook+json\r\n\r\n12".encode())
    writer.write_eof()
    status = await asyncio.wait_for(reader.readline(), 20)
    assert status == b"" or status.split()[1] in (b"400", b"408")
    writer.close()
    assert await tell(web, hooked_house, hook()) == 204


async def test_hints_survive_a_look_that_fails():
    calls: list[object] = []

    async def look(rooms: object) -> None:
        calls.append(rooms)
        if len(calls) == 1:
            raise OSError

    hints = Hints(look)
    running = asyncio.create_task(hints.run())
    hints.room("a")
    async with asyncio.timeout(5):
        while not calls:
            await asyncio.sleep(0)
        hints.room("b")
        hints.room("c")
        while len(calls) < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    # The server reports a room before it lists its first participant: poll each once more.
    assert calls == [{"a"}, {"a", "b", "c"}]


async def test_what_is_told_has_its_room_looked_into_twice_and_no_more():
    calls: list[object] = []

    async def look(rooms: object) -> None:
        calls.append(rooms)
        if calls == [{"a"}, {"a"}]:
            hints.anything()

    hints = Hints(look)
    running = asyncio.create_task(hints.run())
    hints.room("a")
    async with asyncio.timeout(5):
        while len(calls) < 3:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    assert calls == [{"a"}, {"a"}, None]
