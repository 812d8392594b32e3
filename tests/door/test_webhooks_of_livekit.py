"""Webhooks of a real LiveKit server: they trigger polls and report removals by the host."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, expect
from sqlalchemy import select

from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.presence import Presence
from bridge.domain.seat import Seat, SeatEnd
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms, LiveKitWebhooks
from bridge.store.tables import outbox
from bridge.store.work import Store
from tests.door.house import House, enter, open_house
from tests.door.test_in_a_browser import fill_in
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.livekit_signal import Signal, joined
from tests.servers.ports import free_ports
from tests.servers.relay import PATH, Relay, relay
from tests.servers.require import need
from tests.wiring import Media

CLOCK = SystemClock()
SOON = 20.0
"""Seconds within which a webhook has its effect, even on a slow machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveKit]:
    """A server for each test: webhooks undelivered to another would delay those to this one."""
    need(not missing(), missing() or "")
    [port] = free_ports(1)
    with livekit(tmp_path / "livekit", tells=f"http://127.0.0.1:{port}{PATH}") as running:
        yield running


@dataclass
class Site:
    """A door, a media server, and the relay of webhooks between them."""

    house: House
    works: Store
    server: LiveKit
    relay: Relay
    host: LiveKitRooms
    """With Visio's own key: the acts of a host on its page."""
    web: ClientSession

    async def guest(self) -> tuple[Seat, str, str]:
        """Admit a guest, as the salon does; return their seat, their pass and their path."""
        link = await self.house.invite()
        async with self.house.browser() as browser:
            path = await enter(browser, link.code)
            await self.house.decide(path)
            async with browser.post(f"{path}/pass") as answer:
                token = str((await answer.json())["token"])
        async with self.works.reading() as work:
            (seat,) = await work.seats.held(link.occurrence.id)
        return seat, token, path

    def inside(self, token: str) -> AbstractAsyncContextManager[Signal]:
        return joined(self.web, self.server.url, token)

    def agent(self, room: str) -> str:
        """Return a token as Visio gives to an agent."""
        grant = {"room": room, "roomJoin": True}
        claims = {"sub": str(uuid4()), "video": grant}
        life = timedelta(minutes=2)
        return self.server.visio.token(claims, now=CLOCK.now(), life=life).get_secret_value()

    async def known(self, seat: Seat) -> Presence | None:
        async with self.works.reading() as work:
            return await work.presences.get(seat.occurrence)

    async def people(self, seat: Seat) -> int:
        """Return how many the look that the first webhook causes has found.

        Wait for it before you put a guest out: a look that finds nobody who may stay closes the
        room, and LiveKit then reports `ROOM_DELETED`, not their removal.
        """
        known = await self.known(seat)
        return 0 if known is None else known.people

    async def why(self, seat: Seat) -> SeatEnd | None:
        async with self.works.reading() as work:
            found = await work.seats.get(seat.id)
        assert found is not None
        return found.why

    async def said(self) -> list[str]:
        async with self.works.begin(writing=False) as tx:
            rows = await tx.connection.execute(select(outbox.c.template))
            return [str(row.template) for row in rows]

    async def reported(self, reason: str) -> None:
        """Wait until a webhook with that reason was forwarded."""

        async def reasons() -> bool:
            bodies = [json.loads(one.body) for one in self.relay.told]
            return reason in {
                body.get("participant", {}).get("disconnectReason") for body in bodies
            }

        await becomes(reasons, wanted=True)


async def becomes(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Ask until the answer is the wanted one."""
    last: object = None
    try:
        async with asyncio.timeout(SOON):
            while (last := await ask()) != wanted:
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{last} stays, instead of {wanted}") from None


@asynccontextmanager
async def opened(works: Store, server: LiveKit, *, ours: bool = True) -> AsyncIterator[Site]:
    """Open a door that gets webhooks; unless `ours`, signed with another key."""
    signer = server.ours if ours else server.visio
    async with AsyncExitStack() as stack:
        enter_ = stack.enter_async_context
        api = await enter_(open_session(max_body=MAX_ANSWER))
        media = Media(
            LiveKitRooms(api, server.ours, clock=CLOCK),
            LiveKitPasses(server.ours),
            server.ws_url,
            LiveKitWebhooks(signer),
        )
        begun = CLOCK.now() - timedelta(hours=1)
        house = await enter_(open_house(works, media=media, now=begun))
        house.clock.set(CLOCK.now())
        assert server.tells is not None
        handing = await enter_(relay(int(server.tells.split(":")[2].partition("/")[0])))
        handing.to = house.url
        web = await enter_(ClientSession())
        host = LiveKitRooms(api, server.visio, clock=CLOCK)
        yield Site(house, works, server, handing, host, web)


async def test_a_hook_has_its_room_looked_into_at_once(works: Store, server: LiveKit):
    async with opened(works, server) as site:
        seat, token, _ = await site.guest()
        async with site.inside(token):
            await becomes(lambda: site.people(seat), 1)
            known = await site.known(seat)
            assert known is not None
            assert (known.guests, known.came) == (1, frozenset({seat.invitation}))
        assert {one.status for one in site.relay.told} == {204}


async def test_whom_the_host_removes_stays_out_until_readmitted(works: Store, server: LiveKit):
    async with opened(works, server) as site:
        seat, token, path = await site.guest()
        async with site.inside(token) as signal:
            renewed = await signal.renewed()
            await becomes(lambda: site.people(seat), 1)
            assert await site.host.remove(seat.room, seat.identity)
            await becomes(lambda: site.why(seat), SeatEnd.REMOVED)
        assert (await site.said()).count("guest.removed") == 1
        async with site.inside(renewed) as back:
            await site.house.polling.tick(site.house.clock.now())
            await back.ended()
        again = [one for one in site.relay.told if b"PARTICIPANT_REMOVED" in one.body]
        assert await site.relay.hand_on(again[0]) == 204
        await site.house.decide(path)
        assert await site.relay.hand_on(again[0]) == 204
        assert (await site.said()).count("guest.removed") == 1
        async with works.reading() as work:
            assert len(await work.seats.held(seat.occurrence)) == 1


@pytest.mark.parametrize("ours", [True, False])
async def test_a_browser_whose_guest_the_host_removes(
    works: Store, server: LiveKit, browser: Browser, *, ours: bool
):
    """With media: other events than signalling alone makes, and the page says what happened.

    Where hooks are signed with another key than ours, it is the page that tells the door.
    """
    async with opened(works, server, ours=ours) as site, open_page(browser) as page:
        link = await site.house.invite()
        await page.goto(f"{site.house.url}/j/{link.code}")
        await fill_in(page, "fr", "Claire Martin")
        await expect(page.locator("#join")).to_have_attribute("data-state", "waiting")
        path = page.url.removeprefix(site.house.url)
        await site.house.decide(path)
        await expect(page.locator("#meeting-title")).to_be_focused()
        async with works.reading() as work:
            (seat,) = await work.seats.held(link.occurrence.id)
        await becomes(lambda: site.people(seat), 1)
        assert await site.host.remove(seat.room, seat.identity)
        await becomes(lambda: site.why(seat), SeatEnd.REMOVED)
        removed = page.get_by_role("heading", name="Votre participation a pris fin")
        await expect(removed).to_be_visible()
        await site.house.decide(path)
        await page.reload()
        await expect(page.locator("#meeting-title")).to_be_focused()
        told = {json.loads(one.body)["event"] for one in site.relay.told}
        assert {"participant_joined", "participant_left"} <= told


async def test_whom_we_put_out_ourselves_was_not_removed_by_the_host(works: Store, server: LiveKit):
    async with opened(works, server) as site:
        seat, token, _ = await site.guest()
        async with site.inside(token) as signal:
            await becomes(lambda: site.people(seat), 1)
            async with works() as work:
                invitation = await work.invitations.get(seat.invitation)
                assert invitation is not None
                await work.invitations.save(replace(invitation, revoked_at=CLOCK.now()))
            await site.house.seats.ejections.eject(Due(Kind.EJECT, str(seat.id), CLOCK.now()))
            await signal.ended()
            await site.reported("PARTICIPANT_REMOVED")
        assert await site.why(seat) is SeatEnd.REVOKED
        assert "guest.removed" not in await site.said()


async def test_what_another_key_signs_only_causes_a_look(works: Store, server: LiveKit):
    async with opened(works, server, ours=False) as site:
        seat, token, _ = await site.guest()
        async with site.inside(token):
            await becomes(lambda: site.people(seat), 1)
            assert await site.host.remove(seat.room, seat.identity)
        await site.reported("PARTICIPANT_REMOVED")
        assert await site.why(seat) is None
        assert {one.status for one in site.relay.told} == {202}


async def test_lost_and_mixed_hooks_change_nothing(works: Store, server: LiveKit):
    """The list is right in the end: each second where guests are, whatever is told."""
    async with opened(works, server) as site, AsyncExitStack() as stack:
        site.relay.loses, site.relay.mixes = 3, True
        seat, token, _ = await site.guest()
        stay: list[Signal] = []
        for _ in range(3):
            stay.append(await stack.enter_async_context(site.inside(site.agent(seat.room))))
            async with site.inside(site.agent(seat.room)):
                await asyncio.sleep(0)
        stay.append(await stack.enter_async_context(site.inside(token)))
        assert len(stay) == 4
        polling = site.house.polling
        assert polling is not None

        async def looked() -> int:
            await polling.tick(site.house.clock.now())
            return await site.people(seat)

        await becomes(looked, 4)
        known = await site.known(seat)
        assert known is not None
        assert (known.guests, known.closed_at) == (1, None)
        assert known.peak in range(4, 8)
        assert {one.status for one in site.relay.told} == {0, 204}
