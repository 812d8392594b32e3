from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from tests.servers.chromium import PHONE, axe, chromium, missing, open_page
from tests.servers.node import NODE
from tests.servers.require import need

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRICT = (
    "default-src 'none'; script-src 'self'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
GOOD = """<!doctype html><html lang="fr"><head><title>Salle d’attente</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>Bonjour</h1>
<noscript><p>sans script</p></noscript><script src="/script.js"></script></main></body></html>"""
BAD = (
    '<!doctype html><html><title>x</title><body><img src="/x.png"><script>1</script></body></html>'
)
SCRIPT = """
const said = document.createElement('p');
said.textContent = [navigator.language, innerWidth,
  Intl.DateTimeFormat().resolvedOptions().timeZone].join(' ');
document.querySelector('main').append(said);
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    need(not missing(), missing() or "")
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        kind = "text/javascript" if request.path == "/script.js" else "text/html"
        text = {"/good": GOOD, "/bad": BAD, "/script.js": SCRIPT}[request.path]
        headers = {"Content-Security-Policy": STRICT}
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)

    app = web.Application()
    for path in ("/good", "/bad", "/script.js"):
        app.router.add_get(path, page)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


async def test_a_page_has_its_person_s_language_zone_and_screen(
    browser: Browser, site: str
) -> None:
    async with open_page(browser, viewport=PHONE) as page:
        await page.goto(f"{site}/good")
        await expect(page.locator("p")).to_have_text("fr-FR 360 Europe/Paris")
    async with open_page(browser, locale="en-GB", timezone="America/Cayenne") as page:
        await page.goto(f"{site}/good")
        await expect(page.locator("p")).to_have_text("en-GB 1280 America/Cayenne")


async def test_a_page_works_without_javascript(browser: Browser, site: str) -> None:
    async with open_page(browser, javascript=False) as page:
        await page.goto(f"{site}/good")
        await expect(page.locator("p")).to_have_text("sans script")
        await expect(page.locator("p")).to_be_visible()


async def test_axe_runs_in_spite_of_a_strict_policy(browser: Browser, site: str) -> None:
    complaints: list[str] = []
    async with open_page(browser, complaints=complaints) as page:
        await page.goto(f"{site}/good")
        assert await axe(page) == ()
    assert complaints == []


async def test_axe_and_the_console_tell_what_is_wrong(browser: Browser, site: str) -> None:
    complaints: list[str] = []
    async with open_page(browser, complaints=complaints) as page:
        await page.goto(f"{site}/bad")
        found = {one.rule: one for one in await axe(page, tags=("wcag2a",))}
    assert {"html-has-lang", "image-alt"} <= found.keys()
    assert found["image-alt"].nodes == ('<img src="/x.png">',)
    assert any("Content Security Policy" in one for one in complaints)


async def test_camera_and_microphone_are_there_without_a_question(
    browser: Browser, site: str
) -> None:
    async with open_page(browser) as page:
        await page.goto(f"{site}/good")
        kinds = await page.evaluate(
            "navigator.mediaDevices.getUserMedia({audio: true, video: true})"
            ".then(stream => stream.getTracks().map(track => track.kind).sort())"
        )
    assert kinds == ["audio", "video"]


async def test_its_driver_is_the_environments_node(browser: Browser) -> None:
    """Playwright's own needs a library that Debian's Chromium does not bring (libatomic1)."""
    assert browser.is_connected()
    assert str(NODE.resolve()) in {child.exe() for child in psutil.Process().children()}
