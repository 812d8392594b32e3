"""The host's page and guests' proofs in a real browser, with scripts and without."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from bridge.domain.meeting import OccurrenceState
from bridge.domain.proof import Proof
from bridge.services.visits.proofs import pin_of
from tests.door.house import OPENS, START, House, enter
from tests.door.looks import seen
from tests.door.test_in_a_browser import LOCALES, fill_in
from tests.door.test_waiting_in_a_browser import TITLES
from tests.servers.chromium import open_page

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


async def test_a_host_answers_live_with_scripts_and_without(
    lasting_salon_house: House, browser: Browser
):
    complaints: list[str] = []
    link = await lasting_salon_house.invite()
    async with (
        open_page(browser, locale=LOCALES["fr"], complaints=complaints) as page,
        lasting_salon_house.browser() as guest,
        lasting_salon_house.browser() as phone,
    ):
        await page.goto(
            f"{lasting_salon_house.url}/h/{await lasting_salon_house.host_link(link.occurrence)}"
        )
        await seen(page, "host-entry")
        await page.get_by_role("button", name="Ouvrir l’accueil").click()
        await expect(page.get_by_role("heading", name="À la porte (0)")).to_be_visible()
        for session in (guest, phone):
            path = await enter(session, link.code)
            await session.get(path)
        await expect(page.get_by_role("heading", name="À la porte (2)")).to_be_visible()
        await expect(page.locator("#live")).to_have_text("La liste des personnes a changé.")
        await seen(page, "host-waiting")
        await page.get_by_role("button", name="Faire entrer le n° 1 Claire Martin").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#live")).to_have_text("C’est fait.")
        await expect(page.get_by_role("heading", name="Entrée accordée (1)")).to_be_visible()
        await page.get_by_role("button", name="Refuser Claire Martin").focus()
        await lasting_salon_house.decide(path, admit=False)  # an agent in the salon was faster
        await expect(page.get_by_role("heading", name="À la porte (0)")).to_be_visible()
        await expect(page.locator("#main")).to_be_focused()
        await seen(page, "host-answered")
        await page.get_by_role("button", name="Faire sortir Claire Martin").click()
        await expect(page.get_by_role("heading", name="Entrée accordée (0)")).to_be_visible()
        await page.get_by_role("link", name="English").click()
        await expect(page.get_by_role("button", name="Let back in Claire Martin")).to_have_count(2)
        await seen(page, "host-en")
    assert complaints == []
    async with open_page(browser, locale=LOCALES["en"], javascript=False) as page:
        await page.goto(
            f"{lasting_salon_house.url}/h/{await lasting_salon_house.host_link(link.occurrence)}"
        )
        await page.get_by_role("button", name="Open the front desk").click()
        await page.get_by_role("button", name="Let back in Claire Martin").first.click()
        await expect(page.locator("#live")).to_have_text("Done.")
        await expect(page.get_by_role("heading", name="Let in (1)")).to_be_visible()
    async with open_page(browser, locale=LOCALES["fr"]) as page:
        await page.goto(
            f"{lasting_salon_house.url}/h/{await lasting_salon_house.host_link(link.occurrence)}"
        )
        lasting_salon_house.clock.set(OPENS - timedelta(minutes=5))
        await page.get_by_role("button", name="Ouvrir l’accueil").click()
        await expect(page.locator(".when")).to_contain_text(
            "La porte ouvre aux partenaires externes"
        )
        await seen(page, "host-early")
        lasting_salon_house.clock.set(START)
        await lasting_salon_house.save(replace(link.occurrence, state=OccurrenceState.ENDED))
        await page.reload()
        await expect(page.locator(".when")).to_contain_text("La réunion est terminée")
        await seen(page, "host-over")


async def test_a_code_is_typed_with_scripts_and_without(
    lasting_salon_house: House, browser: Browser
):
    link = await lasting_salon_house.invite()
    await lasting_salon_house.save(replace(link.invitation, proof=Proof.MAIL))
    complaints: list[str] = []
    async with open_page(browser, locale=LOCALES["fr"], complaints=complaints) as page:
        await page.goto(f"{lasting_salon_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Confirmez que c’est bien vous"
        )
        await seen(page, "prove-before")
        await page.get_by_role("button", name="Recevoir un code").click()
        await page.get_by_label("Code reçu par mail").fill("12")
        await page.keyboard.press("Enter")
        await expect(page.locator("#summary")).to_be_focused()
        await seen(page, "prove-wrong")
        await page.get_by_label("Code reçu par mail").fill(await lasting_salon_house.code(page.url))
        await page.get_by_role("button", name="Confirmer").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["fr"])
    assert complaints == []
    await lasting_salon_house.save(replace(link.invitation, proof=Proof.PIN))
    async with open_page(browser, locale=LOCALES["fr"], complaints=complaints) as page:
        await page.goto(f"{lasting_salon_house.url}/j/{link.code}")
        await fill_in(page, "fr")
        await expect(page.get_by_label("PIN")).to_be_visible()
        await seen(page, "prove-pin")
    assert complaints == []
    async with open_page(browser, locale=LOCALES["en"], javascript=False) as page:
        await page.goto(f"{lasting_salon_house.url}/j/{link.code}")
        await fill_in(page, "en")
        await page.get_by_label("PIN").fill(pin_of(link.invitation, lasting_salon_house.minter))
        await page.get_by_role("button", name="Confirm").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["en"])
