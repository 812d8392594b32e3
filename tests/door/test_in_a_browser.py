"""A guest's way in a real browser, from the link to Visio."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence, OccurrenceState
from tests.door.house import OPENS, START, House, Link
from tests.servers.chromium import axe, open_page

SCREENS = Path("build/screens")
NARROW = ViewportSize(width=320, height=640)
WORDS = {
    "fr": ("Votre nom", "Continuer", "La réunion n’est pas encore ouverte"),
    "en": ("Your name", "Continue", "The meeting is not open yet"),
}
LOCALES = {"fr": "fr-FR", "en": "en-GB"}


async def screen(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENS / f"door-{name}.png", full_page=True)


async def fill_in(page: Page, language: str, name: str = "Claire Martin") -> None:
    label, submit, _ = WORDS[language]
    await page.get_by_label(label).fill(name)
    await page.get_by_role("button", name=submit).click()


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_from_the_link_to_visio(house: House, browser: Browser, language, javascript):
    link = await house.invite()
    house.clock.set(OPENS - timedelta(seconds=4))
    complaints: list[str] = []
    async with open_page(
        browser, locale=LOCALES[language], javascript=javascript, complaints=complaints
    ) as page:
        await page.goto(f"{house.url}/j/{link.code}")
        await fill_in(page, language)
        await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][2])
        await page.wait_for_url(f"{house.visio}/abc-defg-hij?silentLogin=false&hideLogin=true")
        late = (house.clock.now() - OPENS).total_seconds()
    assert 0 <= late < 2.5
    assert complaints == []


async def test_inside_the_window_the_form_leads_straight_to_visio(house: House, browser: Browser):
    link = await house.invite()
    house.clock.set(START)
    complaints: list[str] = []
    async with open_page(browser, complaints=complaints) as page:
        await page.goto(f"{house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.get_by_role("heading")).to_have_text("Visio /abc-defg-hij")
        assert await page.evaluate("document.referrer") == ""
    assert complaints == []


async def seen(page: Page, name: str) -> None:
    """Hold every page to axe in both colour schemes, and to 320 CSS pixels without scrolling."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await axe(page) == (), (name, scheme)
        await screen(page, f"{name}-{scheme}")
    await page.emulate_media(color_scheme="light")
    wide = page.viewport_size
    await page.set_viewport_size(NARROW)
    scrolls = await page.evaluate("document.documentElement.scrollWidth")
    await screen(page, f"{name}-320")
    assert scrolls <= NARROW["width"], name
    assert wide is not None
    await page.set_viewport_size(wide)


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_every_page_is_accessible(house: House, browser: Browser, language):
    link = await house.invite(title="Anticonstitutionnellement : point budgétaire du 2ᵉ trimestre")
    async with open_page(browser, locale=LOCALES[language], timezone="America/Montreal") as page:
        await page.goto(house.url)
        await seen(page, f"home-{language}")
        await page.goto(f"{house.url}/j/{link.code}")
        await page.locator("summary").click()
        await seen(page, f"entry-{language}")
        await fill_in(page, language, "()")
        await expect(page.locator("#summary")).to_be_focused()
        await seen(page, f"entry-error-{language}")
        await fill_in(page, language)
        await expect(page.locator("#local")).to_be_visible()
        await seen(page, f"early-{language}")
        await house.save(replace(link.meeting, room=None))
        house.clock.set(START)
        await page.reload()
        await seen(page, f"preparing-{language}")
        for state, change in endings(link):
            await house.save(change)
            await page.reload()
            await seen(page, f"{state}-{language}")
        await page.goto(f"{house.url}/j/{'A' * 22}")
        await fill_in(page, language)
        await seen(page, f"unknown-{language}")


def endings(link: Link) -> Iterator[tuple[str, Invitation | Occurrence]]:
    yield "over", replace(link.invitation, until=START)
    yield "ended", replace(link.occurrence, state=OccurrenceState.ENDED)
    yield "cancelled", replace(link.occurrence, state=OccurrenceState.CANCELLED)
    yield "revoked", replace(link.invitation, revoked_at=START)
