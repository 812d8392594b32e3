"""Guests keep their name on a real media server, though their token lets them change it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import select
from yarl import URL

from bridge.clock import SystemClock
from bridge.domain.looks import Look
from bridge.domain.seat import Seat, SeatEnd
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms
from bridge.ports import Participant
from bridge.store.tables import outbox
from bridge.store.work import Store
from bridge.tokens import unverified_claims
from bridge.visio import VisioWaitingRoom
from tests.door.conftest import Settled
from tests.door.guests import NAMED
from tests.door.house import Link, enter, open_house
from tests.door.test_knocks import Site
from tests.door.test_streams import listening, news_of
from tests.doubles.visio import Options, Room, VisioDouble
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.livekit_signal import Signal, joined
from tests.servers.require import need
from tests.wiring import Lobby, Media

CLOCK = SystemClock()
SECOND = timedelta(seconds=1)
LIAR = "Bob Durand"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@dataclass
class Meeting(Site):
    """A door, a Visio and their media server, which the door polls each second."""

    server: LiveKit
    rooms: LiveKitRooms
    host: LiveKitRooms
    """With Visio's own key."""
    web: ClientSession
    knocks: bool
    """Whether Visio's host admits, not the salon."""

    async def looked(self) -> None:
        """Poll as each second does, a second later."""
        self.house.clock.set(self.house.clock.now() + SECOND)
        await self.house.polling.tick(self.house.clock.now())

    async def seen(self, room: str) -> Participant:
        """Return the only participant."""
        (one,) = await self.rooms.participants(room)
        return one

    async def names(self, room: str) -> list[str]:
        return [one.name for one in await self.rooms.participants(room)]

    async def asks(self, room: str, call: str, token: str, **body: object) -> int:
        """Call Visio's own API with a media token, as its page does."""
        url = f"{self.visio.url}/api/v1.0/rooms/{room}/{call}/"
        headers = {"Authorization": f"Bearer {token}"}
        async with self.web.post(url, json=body, headers=headers) as answer:
            return answer.status

    async def renewed(self, signal: Signal, seat: Seat) -> str:
        """Return a renewed token signed by Visio's key: the server picks a key at random."""
        hands = ("up", "")
        for number in range(60):
            token = await signal.renewed()
            if unverified_claims(token)["iss"] == self.server.visio.key:
                return token
            hand = Look(None, {"handRaisedAt": hands[number % 2]})
            assert await self.host.restore(seat.room, seat.identity, hand)
        raise AssertionError("none of sixty by Visio's key")


@pytest.fixture(params=["livekit", "knock"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def meeting(works: Store, server: LiveKit, way: str) -> AsyncIterator[Meeting]:
    options = Options(
        livekit_url=server.ws_url,
        livekit_key=server.visio.key,
        livekit_secret=server.visio.secret.get_secret_value(),
        livekit_api=server.url,
    )
    async with AsyncExitStack() as stack:
        visio = await stack.enter_async_context(VisioDouble(options))
        session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
        rooms = LiveKitRooms(session, server.ours, clock=CLOCK)
        waiting = VisioWaitingRoom(session, visio.url, server.ws_url, clock=CLOCK)
        house = await stack.enter_async_context(
            open_house(
                works,
                media=Media(rooms, LiveKitPasses(server.ours), server.ws_url),
                lobby=Lobby(waiting, server.ws_url) if way == "knock" else None,
                now=CLOCK.now() - timedelta(hours=1),
                news=news_of(works),
            )
        )
        house.clock.set(CLOCK.now())
        web = await stack.enter_async_context(ClientSession())
        host = LiveKitRooms(session, server.visio, clock=CLOCK)
        yield Meeting(house, visio, server, rooms, host, web, knocks=way == "knock")


@dataclass
class Guest:
    """An admitted guest: their page's address and its cookie, their pass and their seat."""

    path: str
    cookie: str
    token: str
    seat: Seat

    async def reads(self, meeting: Meeting) -> str:
        """Return the text of their page."""
        url = f"{meeting.house.url}{self.path}"
        headers = {"Cookie": self.cookie, "Accept-Language": "fr"}
        async with meeting.web.get(url, headers=headers) as answer:
            return await answer.text()


async def admitted(meeting: Meeting, link: Link, room: Room) -> Guest:
    """Admit a guest, by the salon or by Visio's host."""
    async with meeting.house.browser() as browser:
        path = await enter(browser, link.code)
        if meeting.knocks:
            await accepted(meeting, browser, path, room)
        else:
            await meeting.house.decide(path)
        async with browser.post(f"{path}/pass") as answer:
            token = str((await answer.json())["token"])
        async with meeting.house.works.reading() as work:
            (seat,) = await work.seats.held(link.occurrence.id)
        cookies = browser.cookie_jar.filter_cookies(URL(f"{meeting.house.url}{path}"))
        cookie = "; ".join(f"{one.key}={one.value}" for one in cookies.values())
        return Guest(path, cookie, token, seat)


async def accepted(meeting: Meeting, browser: ClientSession, path: str, room: Room) -> None:
    """Wait on the page until the door has knocked and Visio's host has answered."""
    async with listening(browser, path) as stream:
        assert await stream.state() == "waiting"
        async with asyncio.timeout(20):
            while not meeting.queue(room):
                await asyncio.sleep(0.02)
        meeting.decide(room, allow=True)
        assert await stream.state() == "admitted"


async def test_a_name_changed_through_visio_is_put_back_and_a_raised_hand_stays(
    meeting: Meeting,
):
    link, room = await meeting.invite()
    guest = await admitted(meeting, link, room)
    async with joined(meeting.web, meeting.server.url, guest.token) as signal:
        before = await meeting.seen(room.id)
        assert before.name == NAMED
        await meeting.looked()
        token = await meeting.renewed(signal, guest.seat)
        assert await meeting.asks(room.id, "rename", token, name=LIAR) == 200
        assert await meeting.asks(room.id, "toggle-hand", token, raised=True) == 200
        assert (await meeting.seen(room.id)).name == LIAR
        await meeting.looked()
        assert await meeting.seen(room.id) == before
        assert await hand(meeting, room) != "", "it is theirs"


async def test_marks_that_visio_s_page_reads_are_put_back(meeting: Meeting):
    link, room = await meeting.invite()
    guest = await admitted(meeting, link, room)
    async with joined(meeting.web, meeting.server.url, guest.token):
        await meeting.looked()
        before = await meeting.seen(room.id)
        lies = {"color": "hsl(1, 60%, 40%)", "room_role": "owner", "is_authenticated": "true"}
        assert await meeting.host.restore(room.id, guest.seat.identity, Look(LIAR, lies))
        assert (await meeting.seen(room.id)).attributes == lies
        await meeting.looked()
        after = await meeting.seen(room.id)
        assert (after.name, after.attributes["color"]) == (NAMED, before.attributes["color"])
        assert after.attributes.get("room_role", "") == ""
        assert after.attributes["is_authenticated"] == "false"
        await meeting.looked()
        assert await meeting.seen(room.id) == after, "and nothing is left to put back"


async def test_who_changes_it_a_third_time_is_out_and_is_told_why(meeting: Meeting):
    link, room = await meeting.invite()
    guest = await admitted(meeting, link, room)
    async with joined(meeting.web, meeting.server.url, guest.token) as signal:
        token = await meeting.renewed(signal, guest.seat)
        for _ in range(3):
            assert await meeting.asks(room.id, "rename", token, name=LIAR) == 200
            await meeting.looked()
        await meeting.looked()
        await signal.ended()
    assert await meeting.rooms.participants(room.id) == ()
    async with meeting.house.works.reading() as work:
        ended = await work.seats.get(guest.seat.id)
    assert ended is not None
    assert ended.why is SeatEnd.ALTERED
    page = await guest.reads(meeting)
    assert "a été changé trois fois en une minute" in page
    assert ("demander de nouveau" in page) is guest.seat.knocked
    told = await outgoing(meeting)
    assert told.count("guest.altered-in-visio" if guest.seat.knocked else "guest.altered") == 1


@pytest.mark.parametrize("way", ["knock"])
async def test_a_token_that_visio_gives_in_another_name_shows_the_name_that_was_admitted(
    meeting: Meeting, settled: Settled
):
    link, room = await meeting.invite()
    guest = await admitted(meeting, link, room)
    url = f"{meeting.visio.url}/api/v1.0/rooms/{room.id}/request-entry/"
    mine = {"Cookie": f"lobbyParticipantId={guest.seat.identity}"}
    async with meeting.web.post(url, json={"username": LIAR}, headers=mine) as answer:
        lies = (await answer.json())["livekit"]["token"]
    async with joined(meeting.web, meeting.server.url, guest.token):
        await settled(lambda: meeting.names(room.id), [NAMED])
    await settled(lambda: meeting.names(room.id), [])  # or its end may hide the next for a while
    async with joined(meeting.web, meeting.server.url, lies):
        await settled(lambda: meeting.names(room.id), [LIAR])
        await meeting.looked()
        assert await meeting.names(room.id) == [NAMED]


async def hand(meeting: Meeting, room: Room) -> object:
    """Return the time since which the only participant has their hand raised."""
    bearer = meeting.server.ours.token(
        {"video": {"roomAdmin": True, "room": room.id}}, now=CLOCK.now(), life=30 * SECOND
    )
    url = f"{meeting.server.url}/twirp/livekit.RoomService/ListParticipants"
    headers = {"Authorization": f"Bearer {bearer.get_secret_value()}"}
    async with meeting.web.post(url, json={"room": room.id}, headers=headers) as answer:
        (one,) = (await answer.json())["participants"]
    return one["attributes"].get("handRaisedAt", "")


async def outgoing(meeting: Meeting) -> list[str]:
    """Return the templates of messages to salons."""
    assert isinstance(meeting.house.works, Store)
    async with meeting.house.works.begin(writing=False) as tx:
        rows = await tx.connection.execute(select(outbox.c.template))
        return [str(row.template) for row in rows]
