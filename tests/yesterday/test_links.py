"""Links that were mailed before lead where they led, and browsers that were there stay there."""

import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from bot.app import _door
from config.settings import Settings
from tests.servers.ports import free_ports
from tests.yesterday.installation import INSTALLATION, Program, salon, started

PUBLIC = "https://externes.parvis.test"
HOST = re.compile(r"https://externes\.parvis\.test/h/[A-Za-z0-9_-]{22}")
HEADINGS = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
WAITS = "Votre arrivée est annoncée"
PROVES = "Confirmez que c’est bien vous"
EARLY = "La réunion n’est pas encore ouverte"
WITHDRAWN = "Votre invitation a été retirée"
OVER = "La réunion est terminée"
LEADS = {
    "jean@partenaire.example": WAITS,
    "omar@partenaire.example": WAITS,
    "lea@autre.example": WAITS,
    "sara@partenaire.example": WAITS,
    "hugo@autre.example": WAITS,
    "eva@partenaire.example": WAITS,
    "nadia@partenaire.example": PROVES,
    "Paul Petit": PROVES,
    "ana@partner.example": EARLY,
    "ben@partner.example": EARLY,
    "retire@autre.example": WITHDRAWN,
    "gone@partner.example": WITHDRAWN,
    "ines@partenaire.example": WITHDRAWN,
    "late@partner.example": OVER,
    "off@partner.example": OVER,
}
"""What somebody reads who follows a link in another browser, and types a name."""


class Browser:
    """Speaks to the door as the reverse proxy passes it on."""

    def __init__(self, session: ClientSession, door: str) -> None:
        self._session = session
        self._door = door
        self.cookies: dict[str, str] = {}

    def of(self, cookies: Mapping[str, str]) -> "Browser":
        """Return one that has been there."""
        made = Browser(self._session, self._door)
        made.cookies.update(cookies)
        return made

    async def enter(self, path: str, **form: str) -> str:
        """Send the form of a page; return the text of the page to which that leads."""
        status, location, text = await self.ask("POST", path, data=form)
        return text if status != 303 else await self.read(location)

    async def read(self, path: str) -> str:
        """Return the text of a page."""
        _, _, text = await self.ask("GET", path)
        return text

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, str, str]:
        """Return status, where it leads, and text."""
        headers = {
            "Host": PUBLIC.removeprefix("https://"),
            "Origin": PUBLIC,
            "X-Forwarded-For": "203.0.113.7",
            "Accept-Language": "fr",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        async with self._session.request(
            method, self._door + path, headers=headers, allow_redirects=False, **more
        ) as answer:
            self.cookies |= {name: one.value for name, one in answer.cookies.items()}
            text = unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")
            return answer.status, answer.headers.get("Location", ""), text


@pytest.fixture
def port() -> int:
    """Where the door listens."""
    return free_ports(1)[0]


@pytest.fixture
async def program(settings: Settings, port: int) -> AsyncIterator[Program]:
    """Today's program with its door, five minutes later."""
    door = settings.door.model_copy(update={"port": port})
    async with (
        started(settings.model_copy(update={"door": door})) as running,
        _door(running.core),
    ):
        yield running


@pytest.fixture
async def browser(program: Program, port: int) -> AsyncIterator[Browser]:
    """Somebody who never came by."""
    del program  # which has to run
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield Browser(session, f"http://127.0.0.1:{port}")


def path(whose: str) -> str:
    """Return the path of a recorded link."""
    return str(INSTALLATION["links"][whose]["link"]).removeprefix(PUBLIC)


def test_every_link_is_tried() -> None:
    assert {*LEADS, "host"} == set(INSTALLATION["links"])


async def test_links_lead_where_they_led(browser: Browser) -> None:
    found = {}
    for whose in LEADS:
        page = await browser.of({}).enter(path(whose), name="Jean Dupont")
        found[whose] = HEADINGS.findall(page)[0]
    assert found == LEADS


@pytest.mark.parametrize(
    ("whose", "state"),
    [("nadia@partenaire.example", "waiting"), ("omar@partenaire.example", "admitted")],
)
async def test_who_was_there_is_there(browser: Browser, whose: str, state: str) -> None:
    recorded = INSTALLATION["links"][whose]
    there = browser.of(recorded["cookies"])
    assert f'data-state="{state}"' in await there.read(f"/m/{recorded['visit']}")


async def test_who_was_let_in_gets_in(browser: Browser) -> None:
    recorded = INSTALLATION["links"]["omar@partenaire.example"]
    there = browser.of(recorded["cookies"])
    status, _, answer = await there.ask("POST", f"/m/{recorded['visit']}/pass")
    assert status == 200
    assert "wss://media.parvis.test" in answer


async def test_who_waits_is_let_in_from_the_salon(browser: Browser, program: Program) -> None:
    recorded = INSTALLATION["links"]["nadia@partenaire.example"]
    await program.reacts(recorded["notice"], "✅", salon("Budget"))
    there = browser.of(recorded["cookies"])
    assert 'data-state="admitted"' in await there.read(f"/m/{recorded['visit']}")
    assert [one.body for one in program.edits(recorded["notice"])] == [
        "* Nadia Benali : entrée accordée par Alice Martin."
    ]


@pytest.mark.parametrize("way", ["the browser that had it", "the link that had not left"])
async def test_a_hosts_page_opens(browser: Browser, program: Program, way: str) -> None:
    recorded = INSTALLATION["links"]["host"]
    await program.handle()
    await program.flush()
    if way == "the browser that had it":
        page = await browser.of(recorded["cookies"]).read(f"/h/{recorded['page']}")
    else:
        [link] = [
            found[0] for one in program.account.sent if (found := HOST.search(str(one.content)))
        ]
        page = await browser.enter(link.removeprefix(PUBLIC))
    assert "Point budget" in page or "Point court" in page


async def test_who_withdraws_a_link_of_before_withdraws_it(
    browser: Browser, program: Program
) -> None:
    about = INSTALLATION["cards"]["Point budget"]
    await program.says("!visio retirer jean@partenaire.example", reply_to=about)
    page = await browser.enter(path("jean@partenaire.example"), name="Jean Dupont")
    assert HEADINGS.findall(page)[0] == WITHDRAWN
