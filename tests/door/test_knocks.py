"""If Visio's host admits, the door knocks for open pages, and for no others."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from jose import jwt

from bridge.clock import SystemClock
from bridge.http import Timeouts, open_session
from bridge.store.work import Store
from bridge.visio import VisioWaitingRoom
from federation.door.anew import EVERY, LAPSE
from federation.door.knocks import PER_LINK
from tests.door.conftest import Settled
from tests.door.house import START, House, Link, enter, open_house
from tests.door.test_streams import Stream, listening, news_of
from tests.doubles.clocks import RunningClock
from tests.doubles.ports import FakeLobby
from tests.doubles.visio import Options, Room, VisioDouble
from tests.doubles.visio_lobby import Knock
from tests.wiring import Lobby

MEDIA = "wss://media.example:7880"
SHOWN = "ext. Claire Martin (partenaire.example)"


@dataclass
class Site:
    """A door, and the Visio at which it knocks."""

    house: House
    visio: VisioDouble

    @property
    def visios(self) -> RunningClock:
        """Visio's own clock."""
        clock = self.visio.world.clock
        assert isinstance(clock, RunningClock)
        return clock

    async def invite(self) -> tuple[Link, Room]:
        """Invite a guest to a meeting with a room in Visio."""
        link = await self.house.invite()
        assert link.meeting.room is not None
        owner = self.visio.world.users[0].id
        room = Room(owner, "trusted", {}, None, id=str(link.meeting.room.id))
        self.visio.rooms.append(room)
        return link, room

    def queue(self, room: Room) -> list[Knock]:
        """Return the guests that the host sees waiting."""
        return self.visio.world.knocks.waiting(room)

    def knocked(self) -> int:
        """Return the number of knocks."""
        return sum(map(len, self.visio.world.polls.values()))

    def decide(self, room: Room, *, allow: bool) -> str:
        """Answer the only waiting guest, as the host in Visio's page."""
        (one,) = self.queue(room)
        assert self.visio.world.knocks.decide(room, one.id, allow=allow)
        return one.id


@pytest.fixture
async def site(works: Store) -> AsyncIterator[Site]:
    async with (
        VisioDouble(Options(livekit_url=MEDIA), clock=RunningClock(START)) as visio,
        open_session(Timeouts(connect=1, total=2)) as session,
    ):
        lobby = Lobby(VisioWaitingRoom(session, visio.url, MEDIA, clock=SystemClock()), MEDIA)
        async with open_house(works, lobby=lobby, news=news_of(works)) as house:
            house.clock.set(START)
            yield Site(house, visio)


@asynccontextmanager
async def arrived(site: Site, link: Link) -> AsyncIterator[tuple[ClientSession, str, Stream]]:
    """A guest with an open page."""
    async with site.house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            page = await answer.text()
        assert 'data-state="waiting"' in page
        assert "Nous prévenons" in page
        assert "voit dans Visio" not in page, "nobody knows"
        assert "ne ferme pas votre accès" in page, "what this way does not enforce"
        async with listening(session, path) as stream:
            assert await stream.state() == "waiting"
            yield session, path, stream


async def knocked_now(site: Site, settled: Settled) -> None:
    """Wait for the next knock: the one after that is a second away."""
    before = site.knocked()
    await settled(asking(lambda: min(site.knocked() - before, 1)), 1)


async def passed(session: ClientSession, path: str) -> tuple[int, dict[str, Any]]:
    async with session.post(f"{path}/pass") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, await answer.json(content_type=None)


async def connects(site: Site, token: str) -> int:
    """Return the answer of the gate in front of the media server about a token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        ClientSession() as proxy,
        proxy.get(f"{site.house.url}/media/gate", headers=headers) as answer,
    ):
        return answer.status


def asking(question: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def ask() -> object:
        return question()

    return ask


async def test_the_host_admits_who_waits_and_its_browser_alone_gets_visios_token(
    site: Site, settled: Settled, database: Path
):
    link, room = await site.invite()
    async with arrived(site, link) as (session, path, stream), site.house.browser() as other:
        await settled(asking(lambda: [one.username for one in site.queue(room)]), [SHOWN])
        assert await passed(session, path) == (409, {"state": "waiting"})
        identity = site.decide(room, allow=True)
        assert await stream.state() == "admitted"
        for _ in range(2):  # a reload needs no new admission
            status, given = await passed(session, path)
            assert (status, given["url"], given["name"]) == (200, MEDIA, SHOWN)
            claims = jwt.get_unverified_claims(given["token"])
            assert (claims["sub"], claims["name"]) == (identity, SHOWN)
            assert claims["video"]["room"] == room.id
            kept = b"".join(file.read_bytes() for file in database.parent.glob("parvis.db*"))
            assert given["token"].encode() not in kept
            assert identity.encode() in kept, "the database was looked at"
        assert (await passed(other, path))[0] == 403
        async with session.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "connect-src 'self' wss://media.example:7880 https://media.example:7880;" in policy


async def test_who_visio_forgot_waits_again_on_the_page_that_is_open(site: Site, settled: Settled):
    """As when the room emptied, or the host removed them."""
    link, room = await site.invite()
    async with arrived(site, link) as (session, path, stream):
        await settled(asking(lambda: len(site.queue(room))), 1)
        first = site.decide(room, allow=True)
        assert await stream.state() == "admitted"
        site.visio.world.knocks.clear(room)
        assert await passed(session, path) == (409, {"state": "waiting"})
        assert await stream.state() == "waiting"

        def anew() -> list[str]:
            return [one.id for one in site.queue(room) if one.id != first]

        await settled(asking(lambda: len(anew())), 1)
        assert site.visio.world.knocks.decide(room, anew()[0], allow=True)
        assert await stream.state() == "admitted"
        assert (await passed(session, path))[0] == 200


async def test_one_link_does_not_fill_the_hosts_queue(site: Site, settled: Settled):
    link, room = await site.invite()
    async with AsyncExitStack() as stack:
        for _ in range(PER_LINK + 1):
            await stack.enter_async_context(arrived(site, link))
        knocked, rounds = site.knocked(), 2 * PER_LINK
        await settled(asking(lambda: min(site.knocked() - knocked, rounds)), rounds)
        *_, first = site.queue(room)  # the newest comes first
        assert len(site.queue(room)) == PER_LINK
        assert site.visio.world.knocks.decide(room, first.id, allow=False)
        assert len(site.queue(room)) == PER_LINK - 1
        await settled(asking(lambda: len(site.queue(room))), PER_LINK)


async def test_what_breaks_a_knock_ends_the_stream_and_the_page_that_comes_back_is_knocked_for(
    works: Store, settled: Settled
):
    async def broken() -> None:
        lobby.meanwhile = None
        raise OSError("the database, say")

    lobby = FakeLobby(url=MEDIA)
    async with open_house(works, lobby=Lobby(lobby, MEDIA), news=news_of(works)) as house:
        house.clock.set(START)
        link = await house.invite()
        async with house.browser() as session:
            path = await enter(session, link.code)
            async with listening(session, path) as stream:
                await settled(asking(lambda: min(len(lobby.knocked), 1)), 1)
                lobby.meanwhile = broken
                while not await stream.ended():
                    pass
            knocked = len(lobby.knocked)
            async with listening(session, path):
                await settled(asking(lambda: min(len(lobby.knocked) - knocked, 1)), 1)


async def test_a_host_who_comes_later_is_told_of_who_waits(site: Site, settled: Settled):
    """Visio reports only first knocks: the door releases the guest's place, and takes it again."""
    link, room = await site.invite()
    told = site.visio.world.knocks.told
    async with arrived(site, link) as (_, _, stream):
        await settled(asking(lambda: len(site.queue(room))), 1)
        (identity,) = told
        await knocked_now(site, settled)
        site.house.clock.forward(EVERY - LAPSE)
        site.visios.forward(timedelta(seconds=3.2))
        assert site.queue(room) == [], "the place is let go"
        site.house.clock.forward(LAPSE)
        await settled(asking(lambda: len(told)), 2)
        assert told == [identity, identity]
        assert len(site.queue(room)) == 1, "never twice in the host's queue"
        await knocked_now(site, settled)
        site.house.clock.forward(EVERY - LAPSE)
        site.decide(room, allow=True)
        site.visios.forward(timedelta(seconds=3.2))
        site.house.clock.forward(LAPSE)
        assert await stream.state() == "admitted", "what was decided in the pause counts"
        assert len(told) == 2


async def test_who_is_denied_is_told_and_nobody_knocks_any_more(site: Site, settled: Settled):
    link, room = await site.invite()
    async with arrived(site, link) as (session, path, stream):
        await settled(asking(lambda: len(site.queue(room))), 1)
        assert site.house.registry.get_sample_value("parvis_door_knocks") == 1
        site.decide(room, allow=False)
        assert await stream.state() == "refused"
        await settled(asking(lambda: site.house.registry.get_sample_value("parvis_door_knocks")), 0)
        assert await passed(session, path) == (409, {"state": "refused"})
        async with session.get(path) as answer:
            assert "En rouvrant votre lien" in await answer.text()
        assert site.queue(room) == []


async def test_a_guest_whose_page_is_closed_stands_in_no_queue(site: Site, settled: Settled):
    """Without a stream, the page's polling keeps their place."""
    link, room = await site.invite()
    async with site.house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path):
            pass
        async with session.get(f"{path}/status") as answer:
            assert (await answer.json())["state"] == "waiting"
        await settled(asking(lambda: len(site.queue(room))), 1)
    link, room = await site.invite()
    async with arrived(site, link):
        await settled(asking(lambda: len(site.queue(room))), 1)
    await settled(asking(lambda: len(site.queue(room))), 0)


async def test_while_visio_is_away_the_page_says_so_and_goes_on_by_itself(
    site: Site, settled: Settled, capsys: pytest.CaptureFixture[str]
):
    link, room = await site.invite()
    async with arrived(site, link) as (session, path, stream):
        await settled(asking(lambda: len(site.queue(room))), 1)
        (waiting,) = site.queue(room)
        await site.visio.stop()
        told = await stream.told()
        assert (told["state"], told["away"]) == ("waiting", True)
        async with session.get(f"{path}/status") as answer:
            assert (await answer.json())["away"] is True
        await site.visio.start()
        assert "away" not in await stream.told()
        await settled(asking(lambda: len(site.queue(room))), 1)
        site.decide(room, allow=True)
        assert await stream.state() == "admitted"
        await site.visio.stop()
        assert await passed(session, path) == (409, {"state": "admitted", "away": True})
        await site.visio.start()
        assert (await passed(session, path))[0] == 200
    said = capsys.readouterr()
    assert "door.knock.failed" in said.out + said.err
    assert waiting.id not in said.out + said.err, "it is what Visio knows the guest by"


async def test_nobody_knocks_once_the_link_leads_nowhere(site: Site, settled: Settled):
    link, room = await site.invite()
    async with arrived(site, link) as (session, path, stream):
        await settled(asking(lambda: len(site.queue(room))), 1)
        await site.house.save(replace(link.invitation, revoked_at=site.house.clock.now()))
        assert await stream.state() == "revoked"
        await settled(asking(lambda: len(site.queue(room))), 0)
        knocked = site.knocked()
        assert await passed(session, path) == (409, {"state": "revoked"})
        assert site.knocked() == knocked
    link, room = await site.invite()
    async with arrived(site, link) as (session, path, stream):
        await settled(asking(lambda: len(site.queue(room))), 1)
        site.decide(room, allow=True)
        assert await stream.state() == "admitted"
        _, given = await passed(session, path)
        assert await connects(site, given["token"]) == 204
        site.house.clock.set(START + timedelta(hours=1, minutes=15))
        knocked = site.knocked()
        assert await passed(session, path) == (409, {"state": "over"})
        assert site.knocked() == knocked
        assert await connects(site, given["token"]) == 403
        agent = site.visio.world.livekit(room, identity=str(uuid4()), name="Jeanne")
        assert await connects(site, agent["token"]) == 204
