"""Headless Chromium, the machine's own, and axe-core on its pages."""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from tests.servers.node import NODE
from tests.servers.processes import ServerError

FLAGS = (
    "--headless",
    "--no-sandbox",  # the suite may run as root; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEVICES = ("--use-fake-device-for-media-stream=fps=10", "--use-fake-ui-for-media-stream")
"""A camera and a microphone, both allowed: a turning pie, and a beep each second."""
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)
PATIENCE = 30_000
"""How long an action or an expectation may take, in milliseconds."""


def executable() -> str | None:
    """Return the installed Chromium; Playwright can't download its own everywhere."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def missing() -> str | None:
    """Return the missing part that this machine needs to run a browser, or None."""
    return None if executable() else "Chromium is not installed (apt-get install chromium)"


@asynccontextmanager
async def chromium(*, devices: Sequence[str] = DEVICES) -> AsyncIterator[Browser]:
    """Run a browser for the block; it ends with us in any case. Raises ServerError.

    Without `devices` it has neither camera nor microphone.
    """
    if reason := missing():
        raise ServerError(reason)
    # Playwright's own Node needs a library that Debian's Chromium does not bring (libatomic1).
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(), args=[*FLAGS, *devices], timeout=30_000
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(
    browser: Browser,
    *,
    locale: str = "fr-FR",
    javascript: bool = True,
    viewport: ViewportSize | None = None,
    timezone: str = "Europe/Paris",
    complaints: list[str] | None = None,
) -> AsyncIterator[Page]:
    """Open a page of a person of its own: it shares no cookie with any other.

    `complaints` collects the errors on the page's console: a script that failed, something that the
    content security policy refused, a missing resource.
    """
    context = await browser.new_context(
        locale=locale,
        timezone_id=timezone,
        java_script_enabled=javascript,
        viewport=viewport or DESKTOP,
        reduced_motion="reduce",
        ignore_https_errors=True,  # our media server's proxy has a self-signed certificate
    )
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    try:
        page = await context.new_page()
        if complaints is not None:
            _collect(page, complaints)
        yield page
    finally:
        await context.close()


def _collect(page: Page, complaints: list[str]) -> None:
    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", heard)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of axe-core that a page breaks, and where."""

    rule: str
    impact: str
    help: str
    nodes: tuple[str, ...]


async def axe(page: Page, *, tags: tuple[str, ...] = ()) -> tuple[Violation, ...]:
    """Return axe-core's findings on the page; `tags` such as `wcag2aa` narrow the rules.

    Evaluated through the debugger, to which no content security policy applies. It needs the page's
    JavaScript to be on.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8") + "; undefined")
    only = {"runOnly": {"type": "tag", "values": list(tags)}} if tags else {}
    result = await page.evaluate(
        "options => axe.run(document, options)", {"resultTypes": ["violations"], **only}
    )
    return tuple(
        Violation(
            rule=found["id"],
            impact=found["impact"] or "",
            help=found["help"],
            nodes=tuple(node["html"] for node in found["nodes"]),
        )
        for found in result["violations"]
    )
