"""Every page is held to the same rules, and photographed."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, ViewportSize

from tests.servers.chromium import axe

SCREENS = Path("build/screens")
"""Make this folder (`make screens`), and the tests fill it."""
NARROW = ViewportSize(width=320, height=640)


MOVES = """() => [...document.querySelectorAll("*")].filter(element => {
  const style = getComputedStyle(element);
  return `${style.transitionDuration},${style.animationDuration}`.split(",")
    .some(time => parseFloat(time) > 0.01);
}).map(element => element.id || element.className || element.tagName)"""
"""What moves on the page of somebody who asked for nothing to."""


async def comes_true(page: Page, expression: str, *, within: float = 30) -> None:
    """Ask the page until it is so; its policy forbids Playwright's own way of waiting."""
    async with asyncio.timeout(within):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def screen(page: Page, name: str) -> None:
    """Photograph the page where that was asked for: a picture takes a second of a slow machine."""
    if SCREENS.is_dir():
        # Buttons that stay in reach would stand in the middle of the whole page.
        whole = not await page.locator("#stage .controls").count()
        await page.evaluate("document.documentElement.scrollTop = 0")
        await page.screenshot(path=SCREENS / f"door-{name}.png", full_page=whole)


async def seen(page: Page, name: str) -> None:
    """Hold every page to axe in both colour schemes, and to 320 CSS pixels without scrolling.

    Nothing moves on it: whoever looks has asked their system for that.
    """
    assert await page.evaluate(MOVES) == [], name
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        # Of all rules only those on colours can judge the other scheme differently.
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
