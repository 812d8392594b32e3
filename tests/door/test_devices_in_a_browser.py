"""Devices that come late, fail, or are unplugged: nobody is seen or heard without knowing it."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.door.guests import admitted, ask, two
from tests.door.house import House
from tests.door.looks import comes_true
from tests.servers.chromium import open_page

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

DEVICES = """
window.all = []; window.asked = 0; window.fails = null; window.answered = Promise.resolve();
const devices = navigator.mediaDevices, real = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (wanted) => {
  window.asked += 1;
  await window.answered;
  if (window.fails && window.fails(wanted)) throw new DOMException("", window.why);
  const stream = await real(wanted);
  all.push(...stream.getTracks());
  return stream;
};
window.live = () => all.filter((one) => one.readyState === "live").length;
window.pull = (kind) => {
  for (const one of all) if (one.kind === kind && one.readyState === "live") {
    one.stop();
    one.dispatchEvent(new Event("ended"));
  }
};
"""
"""Simulates the browser's question about devices, and their cables."""
NO_ANSWER = "window.answered = new Promise((done) => { window.answer = done; });"
BUSY = "window.why = 'NotReadableError'; window.fails = () => true; 0"
GONE = """window.why = "NotFoundError";
window.fails = ({ video, audio }) => (video || audio).deviceId !== undefined; 0"""
"""The chosen device is missing; another one is there."""


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


async def waits(page: Page, house: House, *, before: str = "") -> str:
    """Wait at the door; `before` is a script that the browser runs first."""
    await page.add_init_script(DEVICES + before)
    return await ask(page, house, await house.invite(), "Claire Martin")


async def test_pressed_while_the_browser_still_asks_both_are_on(
    livekit_house: House, browser: Browser
):
    """As the buttons show; they do not switch off devices that nobody sees."""
    async with open_page(browser) as page:
        await waits(page, livekit_house, before=NO_ANSWER)
        for kind in ("camera", "microphone"):
            await page.locator(f"#check-{kind}").click()
        await page.evaluate("answer()")
        await expect(page.get_by_role("button", name="Éteindre la caméra")).to_be_visible()
        await expect(page.get_by_role("button", name="Couper le micro")).to_be_visible()
        await expect(page.locator("#preview")).to_be_visible()
        assert await page.evaluate("live()") == 2


async def test_what_fails_may_be_tried_again_with_the_keyboard(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        await waits(page, livekit_house)
        camera, again = page.locator("#check-camera"), page.locator("#check-again")
        await expect(camera).to_have_text("Éteindre la caméra")
        await camera.press("Enter")
        await page.evaluate(BUSY)
        await camera.press("Enter")
        await expect(again).to_be_focused()
        await expect(camera).to_be_hidden()
        await again.press("Enter")
        await comes_true(page, "asked >= 3")
        await expect(again).to_be_focused()
        await page.evaluate("window.fails = null")
        await again.press("Enter")
        await expect(page.locator("#preview")).to_be_visible()
        await expect(again).to_be_hidden()
        assert await page.evaluate("document.activeElement.id") in (
            "check-camera",
            "check-microphone",
        )


async def test_a_browser_without_newer_timers_waits_and_enters(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        path = await waits(page, livekit_house, before="delete AbortSignal.timeout;")
        await livekit_house.decide(path)
        await expect(page.locator("#meeting-title")).to_be_focused()


async def test_who_left_before_the_browser_was_answered_is_neither_seen_nor_heard(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        path = await waits(page, livekit_house, before=NO_ANSWER)
        await livekit_house.decide(path)
        await expect(page.locator("#meeting-title")).to_be_focused()
        await page.get_by_role("button", name="Quitter la réunion").click()
        await expect(page.locator("#away-title")).to_be_focused()
        await page.evaluate("answer()")
        await comes_true(page, "all.length > 0 && live() === 0")
        await page.get_by_role("button", name="Revenir dans la réunion").click()
        await expect(page.locator("#meeting-camera")).to_have_text("Éteindre la caméra")


async def test_who_leaves_while_the_browser_asks_is_neither_seen_nor_heard(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        path = await waits(page, livekit_house)
        for name in ("Éteindre la caméra", "Couper le micro"):
            await page.get_by_role("button", name=name).click()
        await livekit_house.decide(path)
        await expect(page.locator("#meeting-title")).to_be_focused()
        await page.evaluate(f"{NO_ANSWER} all.length = 0")
        await page.locator("#meeting-camera").click()
        await page.get_by_role("button", name="Quitter la réunion").click()
        await expect(page.locator("#away-title")).to_be_focused()
        await page.evaluate("answer()")
        await comes_true(page, "all.length === 1 && live() === 0")


async def test_asked_for_twice_a_device_is_sent_once(livekit_house: House, browser: Browser):
    """At the door, and in the meeting before the browser gets its answer."""
    async with open_page(browser) as page:
        path = await waits(page, livekit_house, before=NO_ANSWER)
        await livekit_house.decide(path)
        await expect(page.locator("#meeting-title")).to_be_focused()
        await page.locator("#meeting-camera").click()
        await page.evaluate("answer()")
        await expect(page.locator("#meeting-camera")).to_have_text("Éteindre la caméra")
        await expect(page.locator("#meeting-microphone")).to_have_text("Couper le micro")
        await comes_true(page, "all.length === 3 && live() === 2")
        await expect(page.locator("#tiles .own video")).to_have_count(1)


async def test_a_device_that_is_pulled_out_is_replaced_and_no_agent_blamed(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        path = await waits(page, livekit_house)
        await page.locator("#choose-camera").select_option(index=0)
        await livekit_house.decide(path)
        await expect(page.locator("#meeting-title")).to_be_focused()
        for kind, button, stop in (
            ("video", "camera", "Éteindre la caméra"),
            ("audio", "microphone", "Couper le micro"),
        ):
            await expect(page.locator(f"#meeting-{button}")).to_have_text(stop)
            await page.evaluate(GONE)
            before = await page.evaluate("all.length")
            await page.evaluate("kind => pull(kind)", kind)
            await comes_true(page, f"all.length > {before} && live() === 2")
            await expect(page.locator(f"#meeting-{button}")).to_have_text(stop)
        await page.evaluate(BUSY.replace("NotReadable", "NotFound"))
        await page.evaluate("pull('audio')")
        await expect(page.get_by_text("Aucun micro n’a été trouvé")).to_be_visible()
        await expect(page.locator("#silenced")).to_be_empty()


async def test_nothing_in_reach_leads_out_of_the_meeting_but_to_leave(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        await admitted(page, livekit_house, await livekit_house.invite())
        assert await page.locator("header a, footer a").count() > 0
        await expect(page.locator("a:visible:not(.skip)")).to_have_count(0)


async def test_a_room_that_was_closed_is_entered_anew_while_the_window_is_open(
    livekit_house: House, browser: Browser
):
    async with two(livekit_house, browser, []) as (page, other, link):
        assert link.meeting.room is not None
        await livekit_house.seats.media.close(str(link.meeting.room.id))
        for one in (page, other):
            await expect(one.locator("#network")).to_be_empty()
            await expect(one.locator("#count")).to_have_text("2 personnes dans la réunion")
