"""Checks every page by the same rules, and takes its picture."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, ViewportSize

from tests.servers.chromium import axe

SCREENS = Path("build/screens")
"""If this folder exists (`make screens`), the tests fill it."""
NARROW = ViewportSize(width=320, height=640)


MOVES = """() => [...document.querySelectorAll("*")].filter(element => {
  const style = getComputedStyle(element);
  return `${style.transitionDuration},${style.animationDuration}`.split(",")
    .some(time => parseFloat(time) > 0.01);
}).map(element => element.id || element.className || element.tagName)"""
"""Returns elements that move although the system asks for reduced motion."""


async def comes_true(page: Page, expression: str, *, within: float = 30) -> None:
    """Poll the page until it is true; its policy forbids Playwright's own way to wait."""
    async with asyncio.timeout(within):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def screen(page: Page, name: str) -> None:
    """Take a picture if the folder exists: each takes a slow machine a second."""
    if SCREENS.is_dir():
        # Sticky buttons would stand in the middle of a picture of the whole page.
        whole = not await page.locator("#stage .controls").count()
        await page.evaluate("document.documentElement.scrollTop = 0")
        await page.screenshot(path=SCREENS / f"door-{name}.png", full_page=whole)


async def seen(page: Page, name: str) -> None:
    """Check a page with axe in both colour schemes, and at 320 CSS pixels without scrolling.

    Nothing may move on it: the system asks for reduced motion.
    """
    assert await page.evaluate(MOVES) == [], name
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        # Only the rules on colours can judge the other scheme differently.
        found = await axe(page, tags=("cat.color",) if scheme == "dark" else ())
        assert found == (), (name, scheme, found)
        await screen(page, f"{name}-{scheme}")
    await page.emulate_media(color_scheme="light")
    wide = page.viewport_size
    await page.set_viewport_size(NARROW)
    scrolls = await page.evaluate("document.documentElement.scrollWidth")
    await screen(page, f"{name}-320")
    assert scrolls <= NARROW["width"], name
    assert wide is not None
    await page.set_viewport_size(wide)
