"""A guest's page without LiveKit, without the door, or without its own scripts."""

import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from tests.door.guests import admitted, ask, visio
from tests.door.house import House
from tests.door.looks import seen
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

BY_THE_BROWSER = ("WebSocket connection to", "Failed to load resource")
"""Chromium's own log lines, with the address: no script can prevent them."""


@pytest.fixture(scope="module")
def server(lasting_livekit: LiveKit) -> LiveKit:
    return lasting_livekit


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


async def test_the_network_lost_is_said_and_the_page_returns_with_a_new_pass(
    livekit_house: House, browser: Browser, server: LiveKit
):
    """The media server ends and restarts; none of its words about tokens reach the console."""
    said: list[str] = []
    sockets: list[WebSocketRoute] = []

    def keep(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    async with open_page(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.route_web_socket("**/rtc**", keep)
        link = await livekit_house.invite()
        await admitted(page, livekit_house, link)
        async with livekit_house.works.reading() as work:
            seats = await work.seats.held(link.occurrence.id)
        leave = page.get_by_role("button", name="Quitter la réunion")
        await leave.focus()
        async with page.expect_request("**/pass", timeout=60_000):
            server.stop()
            await expect(page.locator("#network")).to_contain_text("La connexion est interrompue")
        away = "Le serveur de la réunion ne répond pas pour le moment"
        await expect(page.locator("#network")).to_contain_text(away)
        # The page no longer knows who is there; an impatient guest can leave and return.
        await expect(page.locator("#count")).to_be_empty()
        await expect(leave).to_be_focused()
        await seen(page, "interrupted")
        await page.keyboard.press("Enter")
        await expect(page.locator("#away-title")).to_be_focused()
        await expect(page.locator("#network")).to_be_empty()
        await page.get_by_role("button", name="Revenir dans la réunion").click()
        await expect(page.locator("#network")).to_contain_text(away)
        server.start()
        await expect(page.locator("#network")).to_be_empty(timeout=60_000)
        await expect(page.get_by_role("button", name="Éteindre la caméra")).to_be_enabled()
        await expect(page.locator("#tiles .own video")).to_be_visible()
        await expect(leave).to_have_count(1)
        await expect(page.locator("#count")).to_have_text("1 personne dans la réunion")
        # With its signalling cut, as by another network, the client reconnects without a new pass.
        async with page.expect_websocket():
            await sockets[-1].close()
            await expect(page.locator("#network")).to_contain_text("La connexion est interrompue")
        await expect(page.locator("#network")).to_be_empty()
        await expect(page.locator("#count")).to_have_text("1 personne dans la réunion")
        # All that with the same seat: nobody was asked again.
        async with livekit_house.works.reading() as work:
            assert await work.seats.held(link.occurrence.id) == seats
    ours = [one for one in said if not one.startswith(BY_THE_BROWSER)]
    assert not [one for one in ours if "eyJ" in one]


async def test_who_was_removed_is_told_why_though_the_door_was_out_of_reach(
    livekit_house: House, browser: Browser, server: LiveKit
):
    """Only the page tells the door here: another key may sign the media server's webhooks."""
    link = await livekit_house.invite()
    async with open_page(browser) as page:
        await admitted(page, livekit_house, link)
        async with livekit_house.works.reading() as work:
            (seat,) = await work.seats.held(link.occurrence.id)
        tries: list[str] = []

        async def fail_once(route: Route) -> None:
            tries.append(route.request.url)
            await (route.abort() if len(tries) == 1 else route.continue_())

        await page.route("**/removed", fail_once)
        await visio(server, link, "RemoveParticipant", {"identity": seat.identity})
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text("Votre participation a pris fin")
        assert len(tries) == 2


async def test_a_page_made_before_the_door_was_renewed_enters_all_the_same(
    livekit_house: House, browser: Browser
):
    """Its scripts are gone: they have other names now."""
    async with open_page(browser) as page:
        await page.route("**/static/meeting.*.js", lambda route: route.fulfill(status=404))
        path = await ask(page, livekit_house, await livekit_house.invite(), "Claire Martin")
        async with page.expect_event("framenavigated"):
            await livekit_house.decide(path)
        await page.unroute("**/static/meeting.*.js")
        await expect(page.locator("#meeting-title")).to_be_focused()


async def test_a_token_that_is_refused_is_neither_shown_nor_logged(
    livekit_house: House, browser: Browser
):
    """The media server's refusal repeats the token; the page keeps asking for a valid one."""
    said: list[str] = []
    async with open_page(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        path = await ask(page, livekit_house, await livekit_house.invite(), "Claire Martin")

        async def spoil(route: Route) -> None:
            answer = await route.fetch()
            given = await answer.json()
            await route.fulfill(response=answer, json=given | {"token": given["token"][:-8]})

        await page.route("**/pass", spoil)
        async with page.expect_response("**/rtc/v1/validate?**") as refused:
            await livekit_house.decide(path)
        assert (await refused.value).status == 401
        await expect(page.locator("#network")).to_contain_text("La connexion est interrompue")
        assert "eyJ" not in await page.content()
        await page.unroute("**/pass")
        await expect(page.locator("#meeting-title")).to_be_focused()
    assert not [one for one in said if "eyJ" in one and not one.startswith(BY_THE_BROWSER)]
