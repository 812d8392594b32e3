"""If the salon admits: the wait on our own page, in a real browser, without a media server."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import pytest
from playwright.async_api import Browser, Page, Route, expect

from federation.door.cookies import visit_of
from tests.door.guests import ask
from tests.door.house import START, House
from tests.door.looks import comes_true, seen
from tests.door.test_in_a_browser import LOCALES, fill_in
from tests.servers.chromium import chromium, missing, open_page
from tests.servers.require import need

TITLES = {"fr": "Votre arrivée est annoncée", "en": "Your arrival is announced"}
PULLS_OUT = """() => {
  const { srcObject } = document.getElementById("preview");
  for (const track of srcObject.getTracks()) track.dispatchEvent(new Event("ended"));
  return [srcObject.id];
}"""
"""Simulates unplugged devices, which no browser lets a test do."""
LAST_ONE = """() => {
  navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException("", "NotFoundError"));
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")
IN_AN_APP = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148"
)
"""The user agent of a mail app on an iPhone that shows a page itself."""
COUNTING = """
window.told = 0;
window.EventSource = class extends EventSource {
    constructor(url) { super(url); this.addEventListener("message", () => { window.told += 1; }); }
};
"""


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


async def wait_in(page: Page, house: House, language: str = "fr") -> str:
    """Follow a new link and wait; return the path of the visit."""
    link = await house.invite()
    await page.goto(f"{house.url}/j/{link.code}")
    await fill_in(page, language)
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[language])
    return page.url.removeprefix(house.url)


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_who_waits_sees_and_hears_themselves_alone(
    lasting_salon_house: House, browser: Browser, language
):
    complaints: list[str] = []
    async with open_page(browser, locale=LOCALES[language], complaints=complaints) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.on("websocket", lambda socket: sent.append(socket.url))
        await wait_in(page, lasting_salon_house, language)
        await comes_true(page, "document.querySelector('#preview').videoWidth > 0")
        await comes_true(page, "document.querySelector('#level').value > 0.2")
        await expect(page.locator("#choose-camera option")).not_to_have_count(0)
        await expect(page.locator("#choose-microphone option")).not_to_have_count(0)
        await seen(page, f"waiting-{language}")
        await page.locator("summary").click()
        await expect(page.locator("details")).to_contain_text("Direction des achats")
        await expect(page.locator("details")).to_contain_text("Jean Dupont")
        assert all(one.startswith(lasting_salon_house.url) for one in sent), sent
        assert (
            await page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))")
            == []
        )
    assert complaints == []


@pytest.mark.long
async def test_devices_are_switched_off_and_stay_off_over_a_reload(
    lasting_salon_house: House, browser: Browser
):
    async with open_page(browser) as page:
        await wait_in(page, lasting_salon_house)
        await page.get_by_role("button", name="Éteindre la caméra").click()
        await expect(page.locator("#no-picture")).to_be_visible()
        await page.get_by_role("button", name="Couper le micro").click()
        await expect(page.locator("#level")).to_be_hidden()
        await page.reload()
        await expect(page.locator("#no-picture")).to_be_visible()
        await page.get_by_role("button", name="Allumer la caméra").click()
        await comes_true(page, "document.querySelector('#preview').videoWidth > 0")


@pytest.mark.long
async def test_the_keyboard_reaches_every_device(lasting_salon_house: House, browser: Browser):
    async with open_page(browser) as page:
        await wait_in(page, lasting_salon_house)
        await expect(page.get_by_role("button", name="Éteindre la caméra")).to_be_visible()
        wanted = ["choose-camera", "choose-microphone", "check-camera", "check-microphone"]
        reached = []
        for _ in range(12):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.id"))
        assert [one for one in reached if one in wanted] == wanted
        await page.locator("#check-camera").focus()
        await page.keyboard.press("Space")
        await expect(page.locator("#check-camera")).to_be_focused()
        await expect(page.locator("#check-camera")).to_have_text("Allumer la caméra")


@pytest.mark.long
async def test_without_camera_nor_microphone_one_waits_all_the_same(lasting_salon_house: House):
    need(missing() is None, missing() or "")
    complaints: list[str] = []
    async with chromium(devices=()) as browser, open_page(browser, complaints=complaints) as page:
        await wait_in(page, lasting_salon_house)
        await expect(page.get_by_text("Aucune caméra n’a été trouvée")).to_be_visible()
        await expect(page.get_by_text("Aucun micro n’a été trouvé")).to_be_visible()
        await expect(page.get_by_role("button", name="Essayer de nouveau")).to_be_visible()
        await expect(page.locator("#check-camera")).to_be_hidden()
        await seen(page, "waiting-without-devices")
    assert complaints == []


@pytest.mark.long
async def test_a_device_that_is_pulled_out_is_replaced_or_missed(
    lasting_salon_house: House, browser: Browser
):
    async with open_page(browser) as page:
        await wait_in(page, lasting_salon_house)
        await comes_true(page, "document.querySelector('#preview').videoWidth > 0")
        (first,) = await page.evaluate(PULLS_OUT)
        await comes_true(page, f"document.querySelector('#preview').srcObject.id !== {first!r}")
        await expect(page.get_by_role("button", name="Éteindre la caméra")).to_be_visible()
        await page.evaluate(LAST_ONE)
        await page.evaluate(PULLS_OUT)
        await expect(page.get_by_text("Aucune caméra n’a été trouvée")).to_be_visible()
        await expect(page.locator("#no-picture")).to_be_visible()
        await expect(page.get_by_role("button", name="Essayer de nouveau")).to_be_visible()
        await expect(page.locator("#check-camera")).to_be_hidden()


@pytest.mark.long
async def test_who_blocks_both_is_told_how_to_allow_them(lasting_salon_house: House):
    need(missing() is None, missing() or "")
    fake = "--use-fake-device-for-media-stream"
    async with (
        chromium(devices=(fake, "--deny-permission-prompts")) as browser,
        open_page(browser) as page,
    ):
        await wait_in(page, lasting_salon_house)
        await expect(page.get_by_text("Votre navigateur bloque la caméra")).to_be_visible()
        await expect(page.get_by_text("Votre navigateur bloque le micro")).to_be_visible()
        await seen(page, "waiting-blocked")


ENDS = {
    "refused": "Votre demande n’a pas été acceptée",
    "revoked": "Votre invitation a été retirée",
}


@pytest.mark.parametrize("end", ENDS)
async def test_the_wait_ends_with_a_page_that_says_why(
    lasting_salon_house: House, browser: Browser, end
):
    async with open_page(browser) as page:
        path = await wait_in(page, lasting_salon_house)
        if end == "refused":
            await lasting_salon_house.decide(path, admit=False)
        else:
            async with lasting_salon_house.works() as work:
                visit = await work.visits.get(visit_of(path.rpartition("/")[2]))
                assert visit is not None
                invitation = await work.invitations.get(visit.invitation)
                assert invitation is not None
                await work.invitations.save(replace(invitation, revoked_at=START))
        await expect(page.get_by_role("heading", level=1)).to_have_text(ENDS[end])
        await seen(page, f"{end}-ours")


@pytest.mark.long
async def test_the_network_lost_is_said_and_found_again(
    lasting_salon_house: House, browser: Browser
):
    """Data already under way on the page's stream, which stays open, does not count as found."""
    link = await lasting_salon_house.invite()
    async with open_page(browser) as page:
        await page.add_init_script(COUNTING)
        await ask(page, lasting_salon_house, link, "Claire Martin")
        await comes_true(page, "told > 0")
        await page.context.set_offline(True)
        await expect(page.locator("#live")).to_contain_text("La connexion est interrompue")
        told = int(await page.evaluate("told"))
        await lasting_salon_house.save(
            replace(link.invitation, until=lasting_salon_house.clock.now() + timedelta(hours=1))
        )
        await comes_true(page, f"told > {told}")
        await expect(page.locator("#live")).not_to_be_empty()
        await page.context.set_offline(False)
        await expect(page.locator("#live")).to_be_empty()
        await expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["fr"])


@pytest.mark.long
async def test_who_is_let_in_enters_without_having_asked(
    lasting_salon_house: House, browser: Browser
):
    asked: list[str] = []
    async with open_page(browser) as page:
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        async with page.expect_response("**/events") as stream:
            path = await wait_in(page, lasting_salon_house)
        assert (await stream.value).status == 200
        async with page.expect_response("**/pass") as passed:
            await lasting_salon_house.decide(path)
        assert (await passed.value).status == 200
        assert asked.count("events") == 1
    assert "status" not in asked


@pytest.mark.long
@pytest.mark.parametrize("trouble", ["refused", "cut"])
async def test_without_a_stream_the_page_asks(
    lasting_salon_house: House, browser: Browser, trouble
):
    async def disturb(route: Route) -> None:
        if trouble == "cut":
            await route.abort("connectionreset")
        else:
            await route.fulfill(status=429, headers={"Retry-After": "60"})

    async with open_page(browser) as page:
        await page.route("**/events", disturb)
        async with page.expect_response("**/status") as asked:
            path = await wait_in(page, lasting_salon_house)
        assert (await asked.value).status == 200
        async with page.expect_response("**/pass") as passed:
            await lasting_salon_house.decide(path)
        assert (await passed.value).status == 200


@pytest.mark.long
async def test_a_page_whose_visit_is_lost_says_so(lasting_salon_house: House, browser: Browser):
    async with open_page(browser) as page:
        async with page.expect_response("**/events"):
            await wait_in(page, lasting_salon_house)
        await page.context.clear_cookies()
        await page.context.set_offline(True)
        await expect(page.locator("#live")).to_contain_text("La connexion est interrompue")
        await page.context.set_offline(False)
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Ouvrez de nouveau votre lien d’invitation"
        )
        await seen(page, "lost")


@pytest.mark.long
async def test_inside_another_app_the_guest_is_told_to_open_a_browser(
    lasting_salon_house: House, browser: Browser
):
    async with open_page(browser) as page:
        await page.goto(f"{lasting_salon_house.url}/j/{'A' * 22}")
        await expect(page.locator("#inside")).to_be_hidden()
        session = await page.context.new_cdp_session(page)
        await session.send("Emulation.setUserAgentOverride", {"userAgent": IN_AN_APP})
        await page.reload()
        await expect(page.locator("#inside")).to_be_visible()
        await seen(page, "inside")
        await wait_in(page, lasting_salon_house)
        await expect(page.locator("#inside")).to_be_visible()


async def test_without_scripts_the_page_says_what_it_needs(
    lasting_salon_house: House, browser: Browser
):
    async with open_page(browser, javascript=False) as page:
        await wait_in(page, lasting_salon_house)
        await expect(page.locator("#old")).to_be_visible()
        await expect(page.get_by_role("link", name="Actualiser la page")).to_be_visible()


@pytest.mark.long
async def test_a_browser_too_old_is_told_to_be_renewed(
    lasting_salon_house: House, browser: Browser
):
    """It runs scripts, but has no WebRTC; the rest of the page stays useful."""
    async with open_page(browser) as page:
        await page.add_init_script("delete window.RTCPeerConnection")
        await wait_in(page, lasting_salon_house)
        await expect(page.locator("#old")).to_be_visible()
        await expect(page.locator("#old")).to_contain_text("a besoin d’un navigateur récent")
        await expect(page.locator("#check-camera")).to_be_visible()
        await seen(page, "old")


EVERYTHING = """() => {
  const all = "summary, button, a[href]:not([href^='#']), select, input";
  for (const one of document.querySelectorAll(all)) if (one.checkVisibility()) one.click();
  for (const form of document.forms) form.requestSubmit();
}"""
"""Presses every button of a page and sends every form."""


@pytest.mark.long
async def test_a_mail_scanner_costs_its_guest_nothing(lasting_salon_house: House, browser: Browser):
    """It follows the link, runs the scripts, and presses every button of each page."""
    link = await lasting_salon_house.invite()
    for _ in range(2):
        async with open_page(browser, locale="en-US") as scanner:
            await scanner.goto(f"{lasting_salon_house.url}/j/{link.code}")
            await scanner.locator("input").fill("scanner@protection.example")
            await scanner.evaluate(EVERYTHING)
            await expect(scanner.locator("#join")).to_have_attribute("data-state", "waiting")
            await scanner.evaluate(EVERYTHING)
    async with open_page(browser) as page:
        await page.goto(f"{lasting_salon_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.locator("#join")).to_have_attribute("data-state", "waiting")
        async with page.expect_response("**/pass") as given:
            await lasting_salon_house.decide(page.url.removeprefix(lasting_salon_house.url))
        assert (await given.value).status == HTTPStatus.OK
    async with lasting_salon_house.works.reading() as work:
        assert await work.visits.count(link.invitation.id) >= 3
        (seat,) = await work.seats.of_occurrence(link.occurrence.id)
        one = await work.invitations.get(link.invitation.id)
    assert seat.held
    assert one is not None
    assert (one.takeovers, one.revoked_at) == (0, None)


async def test_a_door_that_is_slow_is_asked_for_its_page_once(
    lasting_salon_house: House, browser: Browser
):
    """Another request would cancel the page under way, and so on for ever."""
    async with open_page(browser) as page:
        await page.route("**/events", lambda route: route.abort())
        path = await wait_in(page, lasting_salon_house)
        held: list[Route] = []

        async def hold(route: Route) -> None:
            held.append(route)

        await page.route(f"**{path}", hold)
        await lasting_salon_house.decide(path, admit=False)
        for _ in range(3):
            await page.wait_for_event("response", lambda one: one.url.endswith("/status"))
        assert len(held) == 1
        await held[0].continue_()
        await expect(page.get_by_role("heading", level=1)).not_to_have_text(TITLES["fr"])
