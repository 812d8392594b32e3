"""The layout of a guest's mail: on a phone and beside a list of mails, in light and in dark."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, ViewportSize

from bridge.domain.mail import MailKind
from bridge.i18n import Language
from bridge.mail.invite import invitation_letter
from tests.door.looks import SCREENS
from tests.servers import chromium
from tests.servers.require import need
from tests.unit.bridge.mail.kit import SENDER, told

WIDE, NARROW = 640, 320
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
REGIONS = {"region", "landmark-one-main"}
"""A mail is shown within the page of a mail reader, which has them."""
LONG = {
    "title": "Anticonstitutionnellement" * 4,
    "inviter": "Marie-Antoinette de La Rochefoucauld-Montmorency",
    "address": "marie-antoinette.de-la-rochefoucauld-montmorency@administration.exemple.gouv.fr",
}


async def seen(page: Page, kind: MailKind, language: Language = Language.FR) -> None:
    """Hold a mail to axe in both colour schemes, and to both widths without scrolling."""
    name = f"mail-{kind}-{language}"
    await page.set_content(invitation_letter(told(kind, language=language), SENDER).html)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        rules = RULES if scheme == "light" else ("cat.color",)
        found = await chromium.axe(page, tags=rules)
        assert [one for one in found if one.rule not in REGIONS] == [], (name, scheme)
        for width, taken in (WIDE, ""), (NARROW, f"-{NARROW}"):
            await fits(page, width)
            if SCREENS.is_dir():
                path = SCREENS / f"{name}-{scheme}{taken}.png"
                await page.screenshot(path=path, full_page=True)


async def fits(page: Page, width: int) -> None:
    await page.set_viewport_size(ViewportSize(width=width, height=640))
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_an_invitation_and_a_cancellation() -> None:
    need(chromium.missing() is None, chromium.missing() or "")
    async with chromium.chromium() as browser, chromium.open_page(browser) as page:
        await seen(page, MailKind.INVITATION)
        await seen(page, MailKind.CANCELLATION)
        long = replace(SENDER, organisation="O" * 100)
        await page.set_content(invitation_letter(told(MailKind.CHANGE, **LONG), long).html)
        await fits(page, NARROW)


@pytest.mark.long
async def test_every_mail_in_both_languages() -> None:
    need(chromium.missing() is None, chromium.missing() or "")
    async with chromium.chromium() as browser, chromium.open_page(browser) as page:
        for kind in MailKind:
            for language in Language:
                await seen(page, kind, language)
