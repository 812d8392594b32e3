"""Guests in a meeting: real browsers with cameras and microphones, on a real LiveKit server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms
from bridge.ports import Works
from tests.door.house import House, Link, Media, open_house
from tests.door.looks import comes_true, seen
from tests.door.test_in_a_browser import LOCALES, fill_in
from tests.servers.chromium import PHONE, chromium, open_page
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.require import need

HEARS = """() => {
  window.loudest ??= 0;
  const audio = document.querySelector("#audio audio");
  if (!audio) return false;
  if (!window.analyser) {
    const context = new AudioContext();
    window.analyser = context.createAnalyser();
    context.createMediaStreamSource(audio.srcObject).connect(window.analyser);
  }
  const samples = new Float32Array(window.analyser.fftSize);
  window.analyser.getFloatTimeDomainData(samples);
  window.loudest = Math.max(window.loudest, ...samples);
  return window.loudest > 0.02 && !audio.paused;
}"""
"""Whether the other's beep came out of the page."""
SEES = """() => {
  const video = document.querySelector("#tiles li:not(.own) video");
  return !!video && !video.hidden && video.getVideoPlaybackQuality().totalVideoFrames > 5;
}"""

SILENT = """
  let pressed = false;
  addEventListener("click", () => { pressed = true; }, true);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const blocked = this instanceof HTMLAudioElement && !pressed;
    return blocked ? Promise.reject(new DOMException("", "NotAllowedError")) : play.call(this);
  };
"""
"""Sound is blocked until somebody presses something. Chromium itself takes every question that a
test asks its page for such a press."""
CONTROLS = [
    "meeting-microphone",
    "meeting-camera",
    "open-chat",
    "open-people",
    "open-devices",
    "leave",
]
BY_THE_BROWSER = ("WebSocket connection to", "Failed to load resource")
"""What Chromium itself notes, with the address: no script can keep it from that."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@pytest.fixture
async def house(works: Works, server: LiveKit) -> AsyncIterator[House]:
    """A door whose meetings began five minutes ago: the media server's clock can't be set."""
    clock = SystemClock()
    async with open_session(max_body=MAX_ANSWER) as session:
        rooms = LiveKitRooms(session, server.ours, clock=clock)
        media = Media(rooms, LiveKitPasses(server.ours), server.ws_url)
        began = clock.now() - timedelta(minutes=65)
        async with open_house(works, media=media, now=began) as house:
            house.clock.set(clock.now())
            yield house


async def ask(page: Page, house: House, link: Link, name: str, language: str = "fr") -> str:
    """Follow the link and wait; return the path of the visit."""
    await page.goto(f"{house.url}/j/{link.code}")
    await fill_in(page, language, name)
    await expect(page.locator("#join")).to_have_attribute("data-state", "waiting")
    return page.url.removeprefix(house.url)


async def admitted(page: Page, house: House, link: Link, name: str = "Claire Martin") -> str:
    """Follow the link, wait, be let in, and be there."""
    path = await ask(page, house, link, name)
    await house.decide(path)
    await expect(page.locator("#meeting-title")).to_be_focused()
    return path


@asynccontextmanager
async def two(
    house: House, browser: Browser, complaints: list[str]
) -> AsyncIterator[tuple[Page, Page, Link]]:
    """Two guests in one meeting, each with a link of their own."""
    link = await house.invite()
    second = await house.invite_to(link.meeting, link.occurrence)
    async with AsyncExitStack() as stack:
        pages = []
        for one, name in ((link, "Claire Martin"), (second, "Jean Dupont")):
            page = await stack.enter_async_context(open_page(browser, complaints=complaints))
            await admitted(page, house, one, name)
            pages.append(page)
        yield pages[0], pages[1], link


async def put_out(house: House, link: Link) -> None:
    """Do what the agenda does at the end of a seat."""
    assert house.seats is not None
    async with house.works.reading() as work:
        held = await work.seats.held(link.occurrence.id)
    for seat in held:
        if seat.invitation == link.invitation.id:
            await house.seats.eject(Due(Kind.EJECT, str(seat.id), house.clock.now()))


async def test_two_guests_see_and_hear_each_other(house: House, browser: Browser, server: LiveKit):
    complaints: list[str] = []
    async with two(house, browser, complaints) as (page, other, _):
        reached: set[str] = set()
        page.on("request", lambda request: reached.add(request.url.partition("?")[0]))
        for one in (page, other):
            await expect(one.locator("#count")).to_have_text("2 personnes dans la réunion")
            await comes_true(one, SEES)
            await comes_true(one, HEARS)
        tile = other.locator("#tiles li:not(.own)")
        await expect(tile.locator(".name")).to_have_text(
            "Claire Martin (externe – partenaire.example)"
        )
        await expect(tile.locator(".muted")).to_be_hidden()
        await page.get_by_role("button", name="Couper le micro").click()
        await expect(tile.locator(".muted")).to_be_visible()
        await page.get_by_role("button", name="Éteindre la caméra").click()
        await expect(tile.locator(".dark")).to_be_visible()
        await page.get_by_role("button", name="Allumer la caméra").click()
        await comes_true(other, SEES)
        await page.get_by_role("button", name="Quitter la réunion").click()
        await expect(
            page.get_by_role("heading", level=1, name="plus dans la réunion")
        ).to_be_focused()
        await seen(page, "left")
        await expect(other.locator("#count")).to_have_text("1 personne dans la réunion")
        await page.get_by_role("button", name="Revenir dans la réunion").click()
        await comes_true(other, SEES)
        assert all(one.startswith((house.url, server.ws_url, server.url)) for one in reached)
        kept = "Object.keys(localStorage).concat(Object.keys(sessionStorage))"
        assert await page.evaluate(kept) == []
    assert complaints == []


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_meeting_is_accessible_and_fits_a_phone(house: House, browser: Browser, language):
    link = await house.invite(title="Anticonstitutionnellement : point du 2ᵉ trimestre")
    second = await house.invite_to(link.meeting, link.occurrence)
    async with (
        open_page(browser, locale=LOCALES[language]) as page,
        open_page(browser, locale=LOCALES[language], viewport=PHONE) as phone,
    ):
        for one, its, name in ((page, link, "Claire Martin"), (phone, second, "Jean Dupont")):
            path = await ask(one, house, its, name, language)
            await house.decide(path)
        await comes_true(page, SEES)
        await comes_true(phone, SEES)
        await seen(page, f"meeting-{language}")
        await seen(phone, f"meeting-phone-{language}")
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]


async def test_the_keyboard_works_everything_in_the_meeting(house: House, browser: Browser):
    async with open_page(browser) as page:
        await admitted(page, house, await house.invite())
        await expect(page.get_by_role("button", name="Couper le micro")).to_be_enabled()
        reached = []
        for _ in CONTROLS:
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.id"))
        assert reached == CONTROLS
        await page.locator("#meeting-microphone").focus()
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="Activer le micro")).to_be_focused()
        await page.locator("#leave").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#away-title")).to_be_focused()


async def test_who_loses_the_invitation_is_out_and_told_why(house: House, browser: Browser):
    complaints: list[str] = []
    async with two(house, browser, complaints) as (page, other, link):
        await house.save(replace(link.invitation, revoked_at=house.clock.now()))
        began = monotonic()
        await put_out(house, link)
        await expect(page.locator("#meeting-title")).not_to_be_visible()
        left = monotonic() - began
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Votre invitation a été retirée"
        )
        print(f"out after {left:.2f} s, told why after {monotonic() - began:.2f} s")
        assert left < 1.5
        await expect(other.locator("#tiles li")).to_have_count(1)
    assert complaints == []


async def test_the_page_counts_down_and_leaves_at_the_end(house: House, browser: Browser):
    link = await house.invite()
    until = house.clock.now() + timedelta(seconds=25)
    await house.save(replace(link.invitation, until=until))
    async with open_page(browser) as page:
        await admitted(page, house, link)
        await expect(page.locator("#left")).to_contain_text("Fin dans")
        await expect(page.locator("#warning")).to_contain_text("Il vous reste")
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Cette réunion est passée", timeout=60_000
        )
        late = (house.clock.now() - until).total_seconds()
        assert 0 <= late < 3


async def test_a_reload_needs_no_new_admission_and_keeps_what_was_off(
    house: House, browser: Browser
):
    async with open_page(browser) as page:
        await admitted(page, house, await house.invite())
        await page.get_by_role("button", name="Éteindre la caméra").click()
        await expect(page.get_by_role("button", name="Allumer la caméra")).to_be_enabled()
        await page.reload()
        await expect(page.locator("#meeting-title")).to_be_focused()
        await expect(page.get_by_role("button", name="Couper le micro")).to_be_enabled()
        await expect(page.get_by_role("button", name="Allumer la caméra")).to_be_enabled()


async def test_a_second_tab_takes_over_and_the_first_does_not_fight(house: House, browser: Browser):
    async with open_page(browser) as page:
        path = await admitted(page, house, await house.invite())
        tab = await page.context.new_page()
        await tab.goto(f"{house.url}{path}")
        await expect(tab.locator("#meeting-title")).to_be_focused()
        # Nobody asked for a camera in this tab: it is off until they do.
        await expect(tab.get_by_role("button", name="Allumer la caméra")).to_be_enabled()
        await expect(page.get_by_text("dans un autre onglet")).to_be_visible()
        await page.get_by_role("button", name="Revenir dans la réunion").click()
        await expect(tab.get_by_text("dans un autre onglet")).to_be_visible()
        await expect(page.locator("#meeting-title")).to_be_visible()


async def test_without_devices_one_enters_sees_and_hears(house: House, browser: Browser):
    """Also where the browser blocks sound until somebody presses a button: there is one."""
    link = await house.invite()
    second = await house.invite_to(link.meeting, link.occurrence)
    async with (
        open_page(browser) as page,
        chromium(devices=()) as bare,
        open_page(bare) as other,
    ):
        await other.add_init_script(SILENT)
        await admitted(page, house, link)
        path = await ask(other, house, second, "Jean Dupont")
        await house.decide(path)
        await expect(other.locator("#meeting-title")).to_be_visible()
        await comes_true(other, SEES)
        await other.get_by_role("button", name="Activer le son").click()
        await expect(other.locator("#blocked")).to_be_hidden()
        await comes_true(other, HEARS)


async def test_the_network_lost_is_said_and_the_page_returns_with_a_new_pass(
    house: House, browser: Browser, server: LiveKit
):
    """The media server ends and starts again; nothing it says about tokens reaches the console."""
    said: list[str] = []
    async with open_page(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        await admitted(page, house, await house.invite())
        async with page.expect_request("**/pass", timeout=60_000):
            server.stop()
            await expect(page.locator("#network")).to_contain_text("La connexion est interrompue")
        await expect(page.locator("#network")).to_contain_text("La connexion est interrompue")
        server.start()
        await expect(page.locator("#network")).to_be_empty(timeout=60_000)
        await expect(page.get_by_role("button", name="Éteindre la caméra")).to_be_enabled()
        await expect(page.locator("#tiles .own video")).to_be_visible()
    ours = [one for one in said if not one.startswith(BY_THE_BROWSER)]
    assert not [one for one in ours if "eyJ" in one]


async def test_a_token_that_is_refused_is_neither_shown_nor_logged(house: House, browser: Browser):
    """The media server's refusal repeats the token; the page keeps asking for a better one."""
    said: list[str] = []
    async with open_page(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        path = await ask(page, house, await house.invite(), "Claire Martin")

        async def spoil(route: Route) -> None:
            answer = await route.fetch()
            given = await answer.json()
            await route.fulfill(response=answer, json=given | {"token": given["token"][:-8]})

        await page.route("**/pass", spoil)
        async with page.expect_response("**/rtc/v1/validate?**") as refused:
            await house.decide(path)
        assert (await refused.value).status == 401
        await expect(page.locator("#network")).to_contain_text("La connexion est interrompue")
        assert "eyJ" not in await page.content()
        await page.unroute("**/pass")
        await expect(page.locator("#meeting-title")).to_be_focused()
    assert not [one for one in said if "eyJ" in one and not one.startswith(BY_THE_BROWSER)]
