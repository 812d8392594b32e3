"""A guest whom Visio's host admits while they are on our page: real browser, real LiveKit."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms
from bridge.store.work import Store
from bridge.visio import VisioWaitingRoom
from tests.door.conftest import Settled
from tests.door.house import House, open_house
from tests.door.looks import comes_true, seen
from tests.door.test_in_a_browser import fill_in
from tests.door.test_knocks import SHOWN, Site, asking
from tests.door.test_streams import news_of
from tests.doubles.visio import Options, VisioDouble
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.require import need
from tests.wiring import Lobby, Media

OWN = """() => {
  const video = document.querySelector("#tiles .own video");
  return !!video && video.getVideoPlaybackQuality().totalVideoFrames > 3;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@dataclass
class Keyed(Site):
    """A site with a Visio that signs for a real media server; we hold a key of it too."""

    rooms: LiveKitRooms

    async def present(self, room: str) -> list[tuple[str, str]]:
        return [(one.identity, one.name) for one in await self.rooms.participants(room)]


@pytest.fixture
async def site(works: Store, server: LiveKit) -> AsyncIterator[Keyed]:
    clock = SystemClock()
    options = Options(
        livekit_url=server.ws_url,
        livekit_key=server.visio.key,
        livekit_api=server.url,
        livekit_secret=server.visio.secret.get_secret_value(),
    )
    async with AsyncExitStack() as stack:
        visio = await stack.enter_async_context(VisioDouble(options))
        session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
        rooms = LiveKitRooms(session, server.ours, clock=clock)
        house: House = await stack.enter_async_context(
            open_house(
                works,
                media=Media(rooms, LiveKitPasses(server.ours), server.ws_url),
                lobby=Lobby(
                    VisioWaitingRoom(session, visio.url, server.ws_url, clock=clock), server.ws_url
                ),
                now=clock.now() - timedelta(minutes=65),
                news=news_of(works),
            )
        )
        house.clock.set(clock.now())
        yield Keyed(house, visio, rooms)


async def put_out(site: Keyed) -> None:
    """Eject all guests, as the agenda does at the end of every seat."""
    now = site.house.clock.now()
    async with site.house.works.reading() as work:
        held = await work.seats.watched(now)
    for seat in held:
        await site.house.ejections.eject(Due(Kind.EJECT, str(seat.id), now))


@pytest.mark.long
async def test_the_host_admits_in_visio_and_the_guest_meets_on_our_page(
    site: Keyed, browser: Browser, settled: Settled
):
    link, room = await site.invite()
    complaints: list[str] = []
    async with open_page(browser, complaints=complaints) as page:
        await page.goto(f"{site.house.url}/j/{link.code}")
        await fill_in(page, "fr", "Claire Martin")
        await expect(page.locator(".when").first).to_contain_text("Nous prévenons")
        await expect(page.locator(".about")).to_contain_text("vous fait entrer depuis Visio")
        await settled(asking(lambda: [one.username for one in site.queue(room)]), [SHOWN])
        await seen(page, "knock-waiting")
        await site.visio.stop()
        await expect(page.locator("#network")).to_contain_text("Visio ne répond pas")
        await seen(page, "knock-away")
        await site.visio.start()
        await expect(page.locator("#network")).to_be_empty()
        await settled(asking(lambda: len(site.queue(room))), 1)
        identity = site.decide(room, allow=True)
        await expect(page.locator("#meeting-title")).to_be_focused()
        await comes_true(page, OWN)
        assert await site.present(room.id) == [(identity, SHOWN)]
        await page.reload()
        await expect(page.locator("#meeting-title")).to_be_focused()
        assert await site.present(room.id) == [(identity, SHOWN)], "and nobody was asked again"
        assert site.queue(room) == []
        await site.house.save(replace(link.invitation, revoked_at=site.house.clock.now()))
        await put_out(site)
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Votre invitation a été retirée"
        )
        assert await site.present(room.id) == []
    assert complaints == []
