"""Every page of the door that only gives the reason for refusing another, in a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import pytest
from playwright.async_api import Browser, Route, expect

from bridge.domain.admission import KNOCK_KEYED, LIVEKIT
from bridge.domain.invitation import Standing
from bridge.domain.window import Window
from bridge.i18n import Language, catalogues
from bridge.services.visits.snapshot import View
from federation.door.pages import PROBLEMS, Pages
from federation.door.statics import assets
from tests.defaults import default_policy, door_options
from tests.door.house import NOTICES, ORGANISER, START, House
from tests.door.looks import seen
from tests.servers.chromium import axe, open_page

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

CLOSED = (
    Standing.REFUSED,
    Standing.REMOVED,
    Standing.REPLACED,
    Standing.LOCKED,
    Standing.ENDED,
)


@dataclass(frozen=True)
class Shown:
    """A page, and what its heading must say."""

    name: str
    language: Language
    body: bytes
    heading: str


@pytest.fixture(scope="module")
def browser(lasting_browser: Browser) -> Browser:
    return lasting_browser


def shown(house: House) -> Iterator[Shown]:
    """Yield them, alternately in French and in English; in both if Visio's host admits."""
    settings = door_options(public_url=house.url, visio_origin=house.visio, notices=NOTICES)
    languages = cycle(Language)
    for mode in (LIVEKIT, KNOCK_KEYED):
        pages = Pages(settings, assets(), default_policy(mode=mode))
        for standing in CLOSED:
            view = View(
                standing=standing,
                name="Claire Martin",
                language="fr",
                title="Point budget",
                start=START,
                end=START,
                zone="Europe/Paris",
                window=Window(START, START),
                organiser=ORGANISER,
            )
            language = next(languages)
            body = pages.visit(view, language, organiser="Jean Dupont", now=START, visit="0" * 32)
            heading = catalogues()[language].text(f"door.{standing.value}.title")
            yield Shown(f"{mode.name}-{standing.value}", language, body, heading)
    for name in PROBLEMS:
        language = next(languages)
        heading = catalogues()[language].text(f"door.problem.{name}.title")
        yield Shown(f"problem-{name}", language, pages.problems[name][language], heading)


async def test_each_breaks_no_rule_of_accessibility(lasting_house: House, browser: Browser):
    every = {one.name: one for one in shown(lasting_house)}
    async with open_page(browser) as page:

        async def answer(route: Route) -> None:
            one = every[route.request.url.rpartition("/")[2]]
            await route.fulfill(body=one.body, content_type="text/html; charset=utf-8")

        await page.route(f"{lasting_house.url}/shown/*", answer)
        await page.route("**/events", lambda route: route.abort())
        for one in every.values():
            await page.goto(f"{lasting_house.url}/shown/{one.name}")
            await expect(page.get_by_role("heading", level=1)).to_have_text(one.heading)
            assert await page.evaluate("document.documentElement.lang") == one.language.value
            assert await axe(page) == (), one.name
        await page.goto(f"{lasting_house.url}/shown/problem-host-lost")
        await seen(page, "host-lost")
