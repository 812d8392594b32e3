"""Links that were mailed before lead where they led, and browsers that were there stay there."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, DummyCookieJar

from bot.program.app import _door
from config.settings import Settings
from tests.servers.ports import free_ports
from tests.yesterday.browser import LEADS, PUBLIC, WAITS, WITHDRAWN, Browser, heading, path
from tests.yesterday.installation import INSTALLATION, Program, salon, started

GUEST = re.compile(r"https://externes\.parvis\.test/j/[A-Za-z0-9_-]{22}")
PROOF = re.compile(r'action="(/m/[0-9a-f]{32}/proof[^"]*)"')
HOST = re.compile(r"https://externes\.parvis\.test/h/[A-Za-z0-9_-]{22}")


@pytest.fixture
def port() -> int:
    """The door's port."""
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


def test_every_link_is_tried() -> None:
    assert {*LEADS, "host"} == set(INSTALLATION["links"])


async def test_links_lead_where_they_led(browser: Browser) -> None:
    assert {whose: await browser.tries(whose) for whose in LEADS} == LEADS


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


async def test_a_pin_that_was_told_opens(browser: Browser) -> None:
    page = await browser.enter(path("Paul Petit"), name="Paul Petit")
    [form] = PROOF.findall(page)
    page = await browser.enter(form, code=INSTALLATION["links"]["Paul Petit"]["pin"])
    assert heading(page) == WAITS


async def test_a_mail_that_had_not_left_leads_in(browser: Browser, program: Program) -> None:
    await program.run_due()
    [letter] = program.post.sent
    found = GUEST.search(letter.plain)
    assert found is not None
    page = await browser.enter(found[0].removeprefix(PUBLIC), name="Jean")
    assert heading(page) == WAITS


async def test_who_withdraws_a_link_of_before_withdraws_it(
    browser: Browser, program: Program
) -> None:
    about = INSTALLATION["cards"]["Point budget"]
    await program.says("!visio retirer jean@partenaire.example", reply_to=about)
    assert await browser.tries("jean@partenaire.example") == WITHDRAWN
