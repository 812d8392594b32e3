"""The page on which an agent links their calendars, in a real browser, by keyboard alone."""

import pytest
from playwright.async_api import Browser, Page, expect

from bridge.store.work import Store
from tests.door.looks import seen
from tests.door.test_calendar import HOME, PASSWORD, opened
from tests.door.test_in_a_browser import LOCALES
from tests.servers.chromium import open_page

pytestmark = pytest.mark.long

WORDS = {
    "fr": ("Adresse de votre agenda", "Nom d’utilisateur", "Mot de passe d’application, ou jeton"),
    "en": ("Your calendar’s address", "User name", "Application password, or token"),
}
DONE = {"fr": "Votre agenda est lié", "en": "Your calendar is linked"}


async def look(page: Page, state: str, language: str) -> None:
    """Check one state of the page by the rules of all pages."""
    name = f"calendar-{state}-{language}"
    await seen(page, name)


async def fill_in(page: Page, language: str, secret: str) -> None:
    """Fill in the first form and send it by the Enter key."""
    address, user, password = WORDS[language]
    await page.get_by_label(address, exact=True).fill(HOME)
    await page.get_by_label(user, exact=True).fill("alice")
    await page.get_by_label(password, exact=True).fill(secret)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_whole_way_without_scripts_or_a_mouse(
    works: Store, browser: Browser, language: str
):
    complaints: list[str] = []
    async with (
        opened(works, language) as link,
        open_page(browser, locale=LOCALES[language], complaints=complaints) as page,
    ):
        await page.goto(f"{link.house.url}/calendar/{link.code}")
        await look(page, "login", language)
        await fill_in(page, language, "wrong")
        await expect(page.locator("#summary")).to_be_focused()
        await expect(page.locator("#secret")).to_have_value("")
        await expect(page.locator("#address")).to_have_value(HOME)
        await look(page, "refused", language)
        await page.locator("#summary a").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#secret")).to_be_focused()
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("#write-new")).to_be_checked()
        assert PASSWORD not in await page.content()
        await look(page, "choice", language)
        await page.locator("#write-new").focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#write-0")).to_be_checked()
        await page.locator("#read-1").focus()
        await page.keyboard.press("Space")
        link.servers.accounts[HOME].calendars[f"{HOME}Travail/"].writable = False
        await page.keyboard.press("Enter")
        await expect(page.locator("#summary")).to_be_focused()
        await look(page, "read-only", language)
        link.servers.accounts[HOME].calendars[f"{HOME}Travail/"].writable = True
        await page.locator("button[type=submit]").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=DONE[language])).to_be_visible()
        await look(page, "done", language)
        await page.goto(f"{link.house.url}/calendar/{link.code}")
        await look(page, "closed", language)
        linked = await link.linked()
        assert linked is not None
        assert [(one.name, one.ours) for one in linked.calendars] == [
            ("Famille", False),
            ("Travail", True),
        ]
    # A page is told by its status too: a browser notes it on its console.
    assert not [one for one in complaints if "status of 4" not in one]
