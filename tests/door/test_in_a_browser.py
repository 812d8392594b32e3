"""A guest's path in a real browser, from the link to Visio."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence, OccurrenceState
from tests.door.house import OPENS, START, House, Link
from tests.door.looks import seen
from tests.servers.chromium import open_page

WORDS = {
    "fr": ("Votre nom", "Continuer", "La réunion n’est pas encore ouverte"),
    "en": ("Your name", "Continue", "The meeting is not open yet"),
}
LOCALES = {"fr": "fr-FR", "en": "en-GB"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


async def fill_in(page: Page, language: str, name: str = "Claire Martin") -> None:
    label, submit, _ = WORDS[language]
    await page.get_by_label(label).fill(name)
    await page.get_by_role("button", name=submit).click()


async def waits(page: Page, language: str = "fr") -> None:
    """Go on once the waiting page is there and its script runs."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][2])
    await page.wait_for_load_state()


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_from_the_link_to_visio(lasting_house: House, browser: Browser, language, javascript):
    link = await lasting_house.invite()
    complaints: list[str] = []
    async with open_page(
        browser, locale=LOCALES[language], javascript=javascript, complaints=complaints
    ) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, language)
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][2])
        lasting_house.clock.set(OPENS - timedelta(seconds=3))
        await page.reload()
        await page.wait_for_url(
            f"{lasting_house.visio}/abc-defg-hij?silentLogin=false&hideLogin=true"
        )
        late = (lasting_house.clock.now() - OPENS).total_seconds()
    assert 0 <= late < 10
    assert complaints == []


async def test_inside_the_window_the_form_leads_straight_to_visio(
    lasting_house: House, browser: Browser
):
    link = await lasting_house.invite()
    lasting_house.clock.set(START)
    complaints: list[str] = []
    async with open_page(browser, complaints=complaints) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.get_by_role("heading")).to_have_text("Visio /abc-defg-hij")
        assert await page.evaluate("document.referrer") == ""
    assert complaints == []


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_every_page_is_accessible(lasting_house: House, browser: Browser, language):
    link = await lasting_house.invite(
        title="Anticonstitutionnellement : point budgétaire du 2ᵉ trimestre"
    )
    async with open_page(browser, locale=LOCALES[language], timezone="America/Montreal") as page:
        await page.goto(lasting_house.url)
        await seen(page, f"home-{language}")
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await page.locator("summary").click()
        await seen(page, f"entry-{language}")
        await fill_in(page, language, "()")
        await expect(page.locator("#summary")).to_be_focused()
        await seen(page, f"entry-error-{language}")
        await fill_in(page, language)
        await expect(page.locator("#local")).to_be_visible()
        await seen(page, f"early-{language}")
        await page.get_by_role("button", name="Peut-être" if language == "fr" else "Maybe").click()
        await expect(page.locator("[aria-pressed=true]")).to_have_attribute("value", "maybe")
        await expect(page.locator("#local")).to_be_visible()
        await seen(page, f"answered-{language}")
        await lasting_house.save(replace(link.meeting, room=None))
        lasting_house.clock.set(START)
        await page.reload()
        await seen(page, f"preparing-{language}")
        for state, change in endings(link):
            await lasting_house.save(change)
            await page.reload()
            await seen(page, f"{state}-{language}")
        await page.goto(f"{lasting_house.url}/j/{'A' * 22}")
        await fill_in(page, language)
        await expect(page.locator("form")).to_have_count(0)
        await seen(page, f"unknown-{language}")


def endings(link: Link) -> Iterator[tuple[str, Invitation | Occurrence]]:
    yield "over", replace(link.invitation, until=START)
    yield "ended", replace(link.occurrence, state=OccurrenceState.ENDED)
    yield "cancelled", replace(link.occurrence, state=OccurrenceState.CANCELLED)
    yield "revoked", replace(link.invitation, revoked_at=START)


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_keyboard_is_enough(lasting_house: House, browser: Browser, language):
    link = await lasting_house.invite()
    async with open_page(browser, locale=LOCALES[language]) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await expect(page.locator(".skip")).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.locator("#name")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#summary")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#name")).to_be_focused()
        await page.keyboard.type("Claire Martin")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button")).to_be_focused()
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][2])


@pytest.mark.long
async def test_the_switch_changes_the_language_of_every_page(
    lasting_house: House, browser: Browser
):
    link = await lasting_house.invite()
    async with open_page(browser, locale="de-DE") as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await page.get_by_role("link", name="English").click()
        await fill_in(page, "en")
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["en"][2])
        await page.get_by_role("link", name="Français").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["fr"][2])


async def test_the_time_is_shown_in_the_guests_zone_too(lasting_house: House, browser: Browser):
    link = await lasting_house.invite()
    async with open_page(browser, timezone="Indian/Reunion") as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.locator("#wait time")).to_have_text(
            "mardi 1er décembre 2026, 13h50 (heure de Paris)"
        )
        await expect(page.locator("#local-time")).to_have_text(
            "mardi 1er décembre 2026, 16h50 (heure de La Réunion)"
        )
        await page.get_by_role("link", name="English").click()
        await expect(page.locator("#wait time")).to_have_text(
            "Tuesday, 1 December 2026, 13:50 (Paris time)"
        )
        await expect(page.locator("#local-time")).to_have_text(
            "Tuesday, 1 December 2026, 16:50 (Réunion Time)"
        )
    async with open_page(browser, timezone="Europe/Brussels") as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.locator("#local")).to_be_hidden()


async def test_a_waiting_page_learns_that_its_pass_was_withdrawn(
    lasting_house: House, browser: Browser
):
    link = await lasting_house.invite()
    async with open_page(browser) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await waits(page)
        await lasting_house.save(replace(link.invitation, revoked_at=lasting_house.clock.now()))
        async with page.expect_navigation():
            await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Votre invitation a été retirée"
        )


async def test_a_waiting_page_says_at_once_that_the_network_is_gone(
    lasting_house: House, browser: Browser
):
    link = await lasting_house.invite()
    async with open_page(browser) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await waits(page)
        await page.context.set_offline(True)
        await expect(page.get_by_role("status")).to_contain_text("La connexion est interrompue")
        await page.context.set_offline(False)
        await expect(page.get_by_role("status")).to_be_empty()
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["fr"][2])


async def test_a_waiting_page_outlives_a_door_that_does_not_answer(
    lasting_house: House, browser: Browser
):
    """It does not forget an event that arrives while an earlier request is under way."""
    link = await lasting_house.invite()
    async with open_page(browser) as page:
        await page.add_init_script("delete AbortSignal.timeout")  # a browser some years old
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await waits(page)
        asked: asyncio.Queue[Route] = asyncio.Queue()
        await page.route("**/status", asked.put_nowait)
        for _ in range(2):
            await page.evaluate("dispatchEvent(new Event('online'))")
        await (await asked.get()).abort()
        await (await asked.get()).abort()
        await expect(page.get_by_role("status")).to_contain_text("La connexion est interrompue")
        await page.unroute("**/status")
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.get_by_role("status")).to_be_empty()


@pytest.mark.long
async def test_a_mail_scanner_costs_its_guest_nothing(lasting_house: House, browser: Browser):
    """It follows the link, runs the scripts, fills in all fields, and clicks everything."""
    link = await lasting_house.invite()
    lasting_house.clock.set(OPENS - timedelta(minutes=5))
    async with open_page(browser, locale="en-US") as scanner:
        for _ in range(4):
            await scanner.goto(f"{lasting_house.url}/j/{link.code}")
            await scanner.locator("summary").click()
            await scanner.locator("input").fill("scanner@protection.example")
            await scanner.locator("button").click()
            async with scanner.expect_navigation():
                await scanner.locator("a.button").click()
    lasting_house.clock.set(OPENS)
    async with open_page(browser) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.get_by_role("heading")).to_have_text("Visio /abc-defg-hij")
    async with lasting_house.works.reading() as work:
        assert await work.visits.count(link.invitation.id) == 5


async def test_a_form_may_lead_to_visio_and_nowhere_else(lasting_house: House, browser: Browser):
    """Chromium applies form-action to the whole chain of redirects after a form."""
    link = await lasting_house.invite()
    assert link.meeting.room is not None
    elsewhere = replace(
        link.meeting.room, url=lasting_house.visio.replace("localhost", "127.0.0.1") + "/x"
    )
    await lasting_house.save(replace(link.meeting, room=elsewhere))
    lasting_house.clock.set(START)
    async with open_page(browser) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await seen(page, "onward")
        await page.get_by_role("link", name="Entrer dans la réunion").click()
        await expect(page.get_by_role("heading")).to_have_text("Visio /x")


@pytest.mark.long
@pytest.mark.parametrize("zoom", [2, 4])
async def test_nothing_is_lost_at_400_percent(lasting_house: House, browser: Browser, zoom):
    size = ViewportSize(width=1280 // zoom, height=1024 // zoom)
    link = await lasting_house.invite(title="Anticonstitutionnellement" * 3)
    async with open_page(browser, viewport=size) as page:
        await page.goto(f"{lasting_house.url}/j/{link.code}")
        await fill_in(page, "fr", "W" * 64)
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["fr"][2])
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
