"""Guests in a meeting: real browsers with cameras and microphones, on a real LiveKit server."""

import re
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from playwright.async_api import Browser, Page, expect

from tests.door.guests import (
    HEARS,
    NAMED,
    SEES,
    SHOWS,
    SILENT,
    admitted,
    ask,
    ejected,
    opened,
    permitted,
    put_out,
    says,
    sent,
    silenced,
    two,
    written,
)
from tests.door.house import House
from tests.door.looks import comes_true, seen
from tests.door.test_in_a_browser import LOCALES
from tests.servers.chromium import PHONE, chromium, open_page
from tests.servers.livekit import LiveKit

OLD = '{"id": "1", "timestamp": "some day", "message": "d’un ancien client"}'
CONTROLS = [
    "meeting-microphone",
    "meeting-camera",
    "share",
    "open-chat",
    "open-people",
    "open-devices",
    "leave",
]
BREAKS = """() => {
  document.getElementById("stage").id = "lost";
  document.getElementById("open-people").click();
}"""
"""Breaks the page: it finds no sentence any more."""
LOCKS = """
  window.locks = [];
  const request = WakeLock.prototype.request;
  WakeLock.prototype.request = function (...asked) {
    const given = request.apply(this, asked);
    given.then((lock) => window.locks.push(lock));
    return given;
  };
"""
APART = """() => [...document.querySelectorAll("#tiles li:has(> .dark)")].every(tile => {
  const [words, name] = [".dark", ".caption"].map(one => tile.querySelector(one));
  return words.getBoundingClientRect().bottom <= name.getBoundingClientRect().top + 1;
})"""
AWAKE = "locks.filter(lock => !lock.released).length"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def server(lasting_livekit: LiveKit) -> LiveKit:
    return lasting_livekit


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


async def write_to_each_other(page: Page, other: Page) -> None:
    """Chat both ways; HTML stays text, and an address becomes a link."""
    await opened(page, "chat")
    await page.get_by_label("Votre message").fill("Bonjour")
    await page.keyboard.press("Enter")
    await expect(other.locator("#open-chat")).to_have_text("Discussion (1 à lire)")
    await expect(other.locator(".heard")).to_have_text(f"{NAMED} a écrit : Bonjour")
    await opened(other, "chat")
    await expect(other.locator("#open-chat")).to_have_text("Discussion")
    await says(other, page, "Le document : https://exemple.gouv.fr/a?b=c.")
    link = page.locator("#messages a")
    await expect(link).to_have_attribute("href", "https://exemple.gouv.fr/a?b=c")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await seen(page, "chat")
    await says(page, other, "<img src=x onerror=alert(1)>")
    await page.keyboard.press("Escape")
    await expect(page.locator("#open-chat")).to_be_focused()
    await expect(page.locator("#panel")).to_have_count(0)


async def mute_and_choose(page: Page, other: Page) -> None:
    """One guest mutes, the other reads it, also in the list of people; devices have menus."""
    tile = other.locator("#tiles li:not(.own)")
    await page.get_by_role("button", name="Couper le micro").click()
    await expect(tile.locator(".muted")).to_be_visible()
    await page.get_by_role("button", name="Éteindre la caméra").click()
    await expect(tile.locator(".dark")).to_be_visible()
    await opened(other, "people")
    person = other.locator("#people li", has_text="Claire Martin")
    await expect(person).to_contain_text("micro coupé")
    await seen(other, "people")
    await opened(other, "devices")
    for menu in ("camera", "microphone", "speaker"):
        await expect(other.locator(f"#menu-{menu}")).to_have_value(re.compile("."))
    await other.locator("#menu-microphone").select_option(index=1)
    await other.locator("#menu-speaker").select_option(index=1)
    await comes_true(other, "document.querySelector('#audio audio').sinkId !== ''")
    await seen(other, "devices")
    await page.get_by_role("button", name="Allumer la caméra").click()
    await comes_true(other, SEES)


async def show(page: Page, other: Page) -> None:
    """Share a screen, which the other guest sees and one's own page does not show."""
    await page.get_by_role("button", name="Partager l’écran").click()
    await comes_true(other, SHOWS)
    await expect(page.locator("#tiles .screen .dark")).to_have_text("Vous partagez votre écran.")
    await seen(other, "screen")
    await page.get_by_role("button", name="Arrêter le partage").click()
    await expect(other.locator("#tiles .screen")).to_have_count(0)


async def test_two_guests_see_hear_and_write_to_each_other(
    livekit_house: House, browser: Browser, server: LiveKit
):
    complaints: list[str] = []
    async with two(livekit_house, browser, complaints) as (page, other, _):
        reached: set[str] = set()
        page.on("request", lambda request: reached.add(request.url.partition("?")[0]))
        for one in (page, other):
            await expect(one.locator("#count")).to_have_text("2 personnes dans la réunion")
            await comes_true(one, SEES)
            await comes_true(one, HEARS)
        tile = other.locator("#tiles li:not(.own)")
        await expect(tile.locator(".name")).to_have_text(NAMED)
        await expect(tile.locator(".muted")).to_be_hidden()
        await seen(page, "meeting-fr")

        await write_to_each_other(page, other)
        await mute_and_choose(page, other)
        await show(page, other)
        await page.get_by_role("button", name="Quitter la réunion").click()
        await expect(
            page.get_by_role("heading", level=1, name="plus dans la réunion")
        ).to_be_focused()
        await seen(page, "left")
        await expect(other.locator("#count")).to_have_text("1 personne dans la réunion")
        await page.get_by_role("button", name="Revenir dans la réunion").click()
        await comes_true(other, SEES)
        await opened(page, "chat")
        await expect(page.locator("#messages li")).to_have_count(3)
        assert all(
            one.startswith((livekit_house.url, server.ws_url, server.url)) for one in reached
        )
        kept = "Object.keys(localStorage).concat(Object.keys(sessionStorage))"
        assert await page.evaluate(kept) == []
    assert complaints == []


@pytest.mark.long
async def test_on_a_phone_in_english_the_keyboard_is_enough(livekit_house: House, browser: Browser):
    link = await livekit_house.invite(title="Anticonstitutionnellement : point du 2ᵉ trimestre")
    async with open_page(browser, locale=LOCALES["en"], viewport=PHONE) as page:
        await page.add_init_script(LOCKS)
        path = await ask(page, livekit_house, link, "Jean Dupont", "en")
        # Locked while it waits, the phone misses its admission, and enters once it is unlocked.
        session = await page.context.new_cdp_session(page)
        await session.send("Page.setWebLifecycleState", {"state": "frozen"})
        await livekit_house.decide(path)
        await session.send("Page.setWebLifecycleState", {"state": "active"})
        await expect(page.locator("#meeting-title")).to_be_focused()
        await expect(page.get_by_role("button", name="Mute microphone")).to_be_enabled()
        reached = []
        for _ in CONTROLS:
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.id"))
        assert reached == CONTROLS
        await comes_true(page, f"{AWAKE} === 1")  # its screen stays on
        await seen(page, "meeting-en")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        await page.locator("#meeting-microphone").focus()
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="Unmute microphone")).to_be_focused()
        await page.locator("#leave").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#away-title")).to_be_focused()
        await comes_true(page, f"{AWAKE} === 0")


@pytest.mark.long
async def test_who_is_recorded_is_told_before_and_throughout(
    livekit_house: House, browser: Browser, server: LiveKit
):
    """And sources that the host forbids in Visio have no button here."""
    link = await livekit_house.invite()
    second = await livekit_house.invite_to(link.meeting, link.occurrence)
    running = {
        "configuration": {"can_publish_sources": ["microphone"]},
        "recording_mode": "transcript",
        "recording_status": "started",
    }
    async with open_page(browser) as page, open_page(browser) as other:
        await admitted(page, livekit_house, link)
        await written(server, link, running)
        await expect(page.locator("#recorded")).to_contain_text("Visio transcrit cette réunion")
        await seen(page, "recorded")
        await livekit_house.decide(await ask(other, livekit_house, second, "Jean Dupont"))
        await expect(other.locator("#asks-title")).to_be_focused()
        await expect(other.locator("#asks-title")).to_have_text("Cette réunion est transcrite")
        await seen(other, "asks")
        await other.get_by_role("button", name="Entrer dans la réunion").click()
        await expect(other.locator("#meeting-title")).to_be_focused()
        await expect(other.locator("#recorded")).to_contain_text("Visio transcrit cette réunion")
        await expect(other.locator("#meeting-microphone")).to_be_enabled()
        await expect(other.locator("#meeting-camera")).to_be_disabled()
        await expect(other.get_by_text("limite ce que vous pouvez envoyer")).to_be_visible()
        await expect(other.locator("#share")).to_have_count(0)
        # In the middle of the meeting the host allows more, and takes it back.
        await permitted(server, link, "Jean Dupont", "CAMERA", "MICROPHONE", "SCREEN_SHARE")
        await expect(other.locator("#share")).to_be_visible()
        await expect(other.get_by_text("limite ce que vous pouvez envoyer")).to_have_count(0)
        await other.get_by_role("button", name="Allumer la caméra").click()
        await expect(other.get_by_role("button", name="Éteindre la caméra")).to_be_enabled()
        await permitted(server, link, "Jean Dupont", "MICROPHONE")
        await expect(other.get_by_role("button", name="Allumer la caméra")).to_be_disabled()
        await expect(other.get_by_text("limite ce que vous pouvez envoyer")).to_be_visible()
        await expect(page.locator("#tiles li:not(.own) .dark")).to_be_visible()
        assert await page.evaluate(APART), "a name covers what stands in the picture's place"
        await silenced(server, link, "Jean Dupont")
        muted = other.get_by_text("Quelqu’un a coupé votre micro dans la réunion.")
        await expect(muted).to_be_visible()
        await seen(other, "silenced")
        await other.get_by_role("button", name="Fermer ce message").click()
        await expect(muted).to_have_count(0)
        await other.reload()
        await expect(other.locator("#meeting-title")).to_be_focused()
        await expect(other.get_by_role("button", name="Activer le micro")).to_be_enabled()
        for one in (page, other):
            await expect(one.locator("#recorded")).not_to_be_empty()
        await opened(page, "chat")
        for text in ("no JSON", "null", '{"message": 7}', OLD):
            await sent(server, link, text)
        await expect(page.locator("#messages .text")).to_have_text(["d’un ancien client"])
        await written(server, link, running | {"recording_status": "saving"})
        for one in (page, other):
            await expect(one.locator("#recorded")).to_be_empty()


@pytest.mark.long
async def test_who_loses_the_invitation_is_out_and_told_why(livekit_house: House, browser: Browser):
    """A guest removed by Visio's host reads that the meeting removed them."""
    complaints: list[str] = []
    async with two(livekit_house, browser, complaints) as (page, other, link):
        await livekit_house.save(replace(link.invitation, revoked_at=livekit_house.clock.now()))
        began = monotonic()
        await put_out(livekit_house, link)
        await expect(page.locator("#meeting-title")).not_to_be_visible()
        left = monotonic() - began
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Votre invitation a été retirée"
        )
        print(f"out after {left:.2f} s, told why after {monotonic() - began:.2f} s")
        # The benchmark eject.revoke measures how soon the media server ejects them.
        await expect(other.locator("#tiles li")).to_have_count(1)
        async with livekit_house.works.reading() as work:
            (seat,) = await work.seats.held(link.occurrence.id)
        await livekit_house.seats.media.remove(seat.room, seat.identity)
        await expect(other.get_by_role("heading", level=1)).to_have_text(
            "Votre participation a pris fin"
        )
        await expect(other.get_by_role("button", name="Revenir")).to_have_count(0)
        await seen(other, "removed")
    assert complaints == []


@pytest.mark.long
async def test_the_page_counts_down_and_leaves_at_the_end(livekit_house: House, browser: Browser):
    link = await livekit_house.invite()
    async with open_page(browser) as page:
        await admitted(page, livekit_house, link)
        await expect(page.locator("#left")).to_contain_text("Fin dans")
        await expect(page.locator("#warning")).to_be_empty()
        until = livekit_house.clock.now() + timedelta(seconds=301)
        await livekit_house.save(replace(link.invitation, until=until))
        await expect(page.locator("#warning")).to_have_text("Il vous reste 5\u202fmin.")
        await seen(page, "warned")
        until = livekit_house.clock.now() + timedelta(seconds=61)
        await livekit_house.save(replace(link.invitation, until=until))
        await expect(page.locator("#warning")).to_have_text("Il vous reste 1\u202fmin.")
        until = livekit_house.clock.now() + timedelta(seconds=6)
        await livekit_house.save(replace(link.invitation, until=until))
        await expect(page.locator("#warning")).to_have_text(re.compile(r"Il vous reste \d\ss\."))
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Cette réunion est passée", timeout=60_000
        )
        late = (livekit_house.clock.now() - until).total_seconds()
        assert 0 <= late < 3


@pytest.mark.long
async def test_a_reload_or_a_second_tab_needs_no_new_admission(
    livekit_house: House, browser: Browser
):
    async with open_page(browser) as page:
        path = await admitted(page, livekit_house, await livekit_house.invite())
        await page.get_by_role("button", name="Éteindre la caméra").click()
        await expect(page.get_by_role("button", name="Allumer la caméra")).to_be_enabled()
        await page.reload()
        await expect(page.locator("#meeting-title")).to_be_focused()
        await expect(page.get_by_role("button", name="Couper le micro")).to_be_enabled()
        await expect(page.get_by_role("button", name="Allumer la caméra")).to_be_enabled()

        tab = await page.context.new_page()
        await tab.goto(f"{livekit_house.url}{path}")
        await expect(tab.locator("#meeting-title")).to_be_focused()
        # Nobody asked for a microphone in this tab: it is off until they do.
        await expect(tab.get_by_role("button", name="Activer le micro")).to_be_enabled()
        # The first tab does not take it back.
        await expect(page.get_by_text("dans un autre onglet")).to_be_visible()
        await seen(page, "elsewhere")
        await page.get_by_role("button", name="Revenir dans la réunion").click()
        await expect(tab.get_by_text("dans un autre onglet")).to_be_visible()
        await expect(page.locator("#meeting-title")).to_be_visible()

        # A fault in the page leaves nobody sending behind an empty page.
        await page.evaluate(BREAKS)
        await expect(page.get_by_text("rencontré un problème")).to_be_visible()
        await expect(page.get_by_role("button", name="Revenir dans la réunion")).to_be_visible()
        await seen(page, "broken")


@pytest.mark.long
async def test_another_device_takes_over_and_the_first_is_told(
    livekit_house: House, browser: Browser
):
    link = await livekit_house.invite()
    async with open_page(browser) as page, open_page(browser) as other:
        await admitted(page, livekit_house, link)
        async with livekit_house.works.reading() as work:
            (old,) = await work.seats.held(link.occurrence.id)
        await admitted(other, livekit_house, link)
        await ejected(livekit_house, old)
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text("Votre place est sur un autre appareil")
        await seen(page, "replaced")
        await expect(other.locator("#count")).to_have_text("1 personne dans la réunion")
        await expect(other.locator("#meeting-title")).to_be_visible()


@pytest.mark.long
async def test_without_devices_one_enters_sees_and_hears(livekit_house: House, browser: Browser):
    """Also if the browser blocks sound until somebody presses a button: there is one."""
    link = await livekit_house.invite()
    second = await livekit_house.invite_to(link.meeting, link.occurrence)
    async with (
        open_page(browser) as page,
        chromium(devices=()) as bare,
        open_page(bare) as other,
    ):
        await other.add_init_script(SILENT)
        await admitted(page, livekit_house, link)
        path = await ask(other, livekit_house, second, "Jean Dupont")
        await livekit_house.decide(path)
        await expect(other.locator("#meeting-title")).to_be_visible()
        await comes_true(other, SEES)
        await seen(other, "blocked")
        await other.get_by_role("button", name="Activer le son").click()
        await expect(other.locator("#blocked")).to_be_hidden()
        await comes_true(other, HEARS)
        await other.get_by_role("button", name="Allumer la caméra").click()
        await expect(other.get_by_text("Aucune caméra n’a été trouvée")).to_be_in_viewport()
        await opened(other, "devices")
        await expect(other.locator("#menu-camera")).to_have_count(0)
