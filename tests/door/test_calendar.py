"""The page on which an agent links their calendars, by HTTP."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bridge.domain.calendar import CalendarAuth, CalendarLogin
from bridge.domain.calendar_link import LINK_LASTS, MOST_TRIES
from bridge.domain.cause import Actor, Cause
from bridge.errors import (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarSignInUnknown,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    ParvisError,
    SyncUnsupported,
)
from bridge.services.calendars.linking import NEW_CALENDAR, Linking
from bridge.services.calendars.links import CalendarLinks, LinkedCalendars, code_of, state
from bridge.services.tools import Tools
from bridge.store.work import Store
from tests.door.house import ORGANISER, House, open_house
from tests.doubles.calendars import FakeCalendars

HOME = "https://dav.example/jean/"
PASSWORD = "hush-hush"
FILLED = {"address": HOME, "auth": "basic", "user": "alice", "secret": PASSWORD}
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Page:
    """A link's page in one browser."""

    house: House
    session: ClientSession
    code: str
    servers: FakeCalendars = field(default_factory=FakeCalendars)

    async def show(self) -> tuple[int, str]:
        async with self.session.get(f"/calendar/{self.code}") as answer:
            return answer.status, html.unescape(await answer.text())

    async def send(self, **fields: str) -> tuple[int, str]:
        """Send a form; a redirect's page is its address."""
        path = f"/calendar/{self.code}"
        async with self.session.post(path, data=fields, allow_redirects=False) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            page = html.unescape(await answer.text())
            assert PASSWORD not in page
            return answer.status, answer.headers.get("Location", page)

    async def token(self) -> str:
        """Send the first form; return the field that its answer has for the second one."""
        status, page = await self.send(**FILLED)
        assert status == 200, page
        found = TOKEN.search(page)
        assert found is not None
        return found[1]

    async def linked(self) -> LinkedCalendars | None:
        async with self.house.works.reading() as work:
            return await state(work, ORGANISER)


def calendars(servers: FakeCalendars) -> FakeCalendars:
    account = servers.account(HOME, "Travail", "Famille", "Équipe", password=PASSWORD)
    account.calendars[f"{HOME}Équipe/"].writable = False
    return servers


async def code_for(house: House) -> str:
    """Return the code of a new link, as `!visio agenda lier` sends it."""
    links = CalendarLinks(house.minter, house.tools)
    async with house.works() as work:
        asked = Cause(key=uuid4().hex, actor=Actor(name=ORGANISER))
        return code_of(await links.invite(work, asked), house.minter)


@asynccontextmanager
async def opened(
    works: Store, language: str = "fr", servers: FakeCalendars | None = None
) -> AsyncIterator[Page]:
    servers = servers or calendars(FakeCalendars())

    def linking(tools: Tools) -> Linking:
        return Linking(tools, servers, works.vault)

    async with (
        open_house(works, linking=linking) as house,
        house.browser(**{"Accept-Language": language}) as session,
    ):
        yield Page(house, session, await code_for(house), servers)


@pytest.fixture
async def page(works: Store) -> AsyncIterator[Page]:
    async with opened(works) as page:
        yield page


async def test_an_agent_links_their_calendars(page: Page):
    status, text = await page.show()
    assert status == 200
    assert "Lier votre agenda" in text
    status, text = await page.send(**FILLED)
    assert status == 200
    assert "Choisir vos agendas" in text
    assert 'id="write-0"' in text
    assert 'id="write-2"' not in text, "which is read only"
    assert "Équipe (lecture seule)" in text
    assert 'id="free" name="free" value="yes" aria-describedby="free-hint">' in text, "off"
    token = await page.token()
    status, where = await page.send(**{"token": token, "write": "0", "read-2": "yes"})
    assert (status, where) == (303, "/calendar/done")
    async with page.session.get(where) as answer:
        assert "Votre agenda est lié" in await answer.text()
    linked = await page.linked()
    assert linked is not None
    assert not linked.account.shares_free
    assert linked.account.login.auth is CalendarAuth.BASIC
    assert [(one.name, one.ours) for one in linked.calendars] == [
        ("Travail", True),
        ("Équipe", False),
    ]
    status, text = await page.show()
    assert status == 404
    assert "Ce lien ne sert plus" in text
    assert (await page.send(**FILLED))[0] == 404


async def test_a_new_calendar_and_free_times(page: Page):
    status, _ = await page.send(token=await page.token(), write="new", free="yes")
    assert status == 303
    linked = await page.linked()
    assert linked is not None
    assert linked.account.shares_free
    assert [one.name for one in linked.calendars] == [NEW_CALENDAR]


async def test_in_english(works: Store):
    async with opened(works, "en") as page:
        status, text = await page.show()
        assert (status, "Link your calendar" in text) == (200, True)
        status, text = await page.send(**FILLED | {"secret": "wrong"})
        assert status == 422
        assert "The server refuses this user name or this password" in text


async def test_an_address_is_a_user_name_too_and_a_token_has_none(page: Page):
    page.servers.leads["jean@example.org"] = HOME
    page.servers.accounts[HOME].user = "jean@example.org"
    status, _ = await page.send(address="jean@example.org", auth="basic", user="", secret=PASSWORD)
    assert status == 200
    page.servers.accounts[HOME].user = ""
    status, _ = await page.send(**FILLED | {"auth": "bearer", "user": "ignored"})
    assert status == 200


@pytest.mark.parametrize(
    ("changes", "told", "about"),
    [
        ({"address": " "}, "Indiquez l’adresse de votre agenda", "address"),
        ({"user": ""}, "Indiquez votre nom d’utilisateur", "user"),
        ({"secret": ""}, "Indiquez le mot de passe d’application", "secret"),
        ({"secret": "x" * 5000}, "Indiquez le mot de passe d’application", "secret"),
    ],
)
async def test_what_is_missing_is_said_and_no_server_asked(
    page: Page, changes: dict[str, str], told: str, about: str
):
    status, text = await page.send(**FILLED | changes)
    assert status == 422
    assert text.count(told) == 2, "above the page, and beside the field"
    assert f'<a href="#{about}">' in text
    assert page.servers.asked == []


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (CalendarLoginRefused("401"), "Il a été essayé une fois, et ne le sera plus"),
        (CalendarSignInUnknown("ntlm"), "Parvis ne peut pas s’y connecter"),
        (CalendarAddressRefused("internal"), "ou Parvis n’a pas le droit d’y aller"),
        (CalendarGone(), "Aucun agenda n’est à cette adresse"),
        (CalendarUnreachable("slow"), "n’a pas répondu, ou trop lentement"),
        (CalendarBusy(LINK_LASTS), "prie d’attendre"),
        (CalendarUnreadable("html"), "n’est pas un serveur d’agendas que Parvis sait lire"),
        (SyncUnsupported(), "n’est pas un serveur d’agendas que Parvis sait lire"),
        (CalendarForbidden("403"), "ne nous laisse pas lire vos agendas"),
    ],
)
async def test_each_failure_says_what_to_mend(page: Page, trouble: ParvisError, told: str):
    page.servers.troubles["discover"].append(trouble)
    status, text = await page.send(**FILLED)
    assert status == 422
    assert text.count(told) == 2
    assert f'value="{HOME}"' in text, "what was typed is still there"
    assert page.servers.count("discover") == 1
    assert (await page.send(**FILLED))[0] == 200, "and it may be tried again"


async def test_an_account_without_calendars_gets_a_new_one(page: Page):
    page.servers.accounts[HOME].calendars.clear()
    status, text = await page.send(**FILLED)
    assert status == 200
    assert "Visio" in text


@pytest.mark.parametrize(
    ("method", "write", "trouble", "told"),
    [
        ("prove", "0", CalendarForbidden("403"), "Cet agenda ne peut qu’être lu"),
        ("create", "new", CalendarForbidden("403"), "ne nous laisse pas créer d’agenda"),
        ("prove", "0", CalendarUnreachable("slow"), "n’a pas répondu, ou trop lentement"),
        ("prove", "0", CalendarLoginRefused("401"), "ne le sera plus"),
    ],
)
async def test_a_choice_that_cannot_be_is_asked_again(
    page: Page, method: str, write: str, trouble: CalendarError, told: str
):
    page.servers.troubles[method].append(trouble)
    token = await page.token()
    choice = {"token": token, "write": write, "read-1": "yes", "free": "yes"}
    status, text = await page.send(**choice)
    assert status == 422
    assert text.count(told) == 2
    checked = re.findall(r'id="([a-z0-9-]+)"[^>]* checked', text)
    assert checked == [f"write-{write}", "read-1", "free"]
    assert TOKEN.search(text)
    assert await page.linked() is None


class Unconfirming(FakeCalendars):
    """Does not confirm that a test event was written."""

    async def prove(self, url: str, login: CalendarLogin) -> None:
        del url, login
        raise CalendarUnconfirmed("lost")


async def test_a_test_event_whose_answer_was_lost_is_told(works: Store):
    async with opened(works, servers=calendars(Unconfirming())) as page:
        status, text = await page.send(token=await page.token(), write="0")
        assert status == 422
        assert text.count("n’a pas confirmé l’essai d’écriture") == 2
        assert await page.linked() is None


@pytest.mark.parametrize("write", [None, "2", "7", "x", "-1"])
async def test_a_place_to_write_is_one_of_those_shown(page: Page, write: str | None):
    token = await page.token()
    status, text = await page.send(token=token, **({} if write is None else {"write": write}))
    assert status == 422
    assert "Choisissez l’agenda où les réunions s’écrivent" in text
    assert page.servers.count("prove") == 0


async def test_ten_tries(page: Page):
    for _ in range(MOST_TRIES):
        assert (await page.send(**FILLED | {"secret": "wrong"}))[0] == 422
    status, text = await page.send(**FILLED)
    assert status == 429
    assert "Trop d’essais" in text
    assert page.servers.count("discover") == MOST_TRIES


async def test_an_expired_link_and_one_that_nobody_has_look_alike(page: Page):
    page.house.clock.forward(LINK_LASTS)
    expired = await page.show()
    page.code = "x" * 22
    assert await page.show() == expired
    assert expired[0] == 404


async def test_a_form_of_another_origin_is_refused(page: Page):
    headers = {"Origin": "https://elsewhere.example"}
    path = f"/calendar/{page.code}"
    async with page.session.post(path, data=FILLED, headers=headers) as answer:
        assert answer.status == 403
    async with page.session.head(path) as answer:
        assert answer.status == 405
    assert page.servers.asked == []


async def test_an_altered_field_is_no_form_of_ours(page: Page):
    token = await page.token()
    for wrong in (token[:-6], "x", ""):
        status, text = await page.send(token=wrong, write="0")
        assert status == 404
        assert "Ce lien ne sert plus" in text
    assert await page.linked() is None


async def test_no_log_and_no_address_holds_a_login(page: Page):
    with capture_logs() as logs:
        await page.send(**FILLED)
        await page.send(**FILLED | {"secret": "wrong"})
        token = await page.token()
        await page.send(token=token, write="0")
    said = repr(logs)
    assert "calendar.linked" in said
    for secret in (PASSWORD, page.code, token, "alice", "jean"):
        assert secret not in said


async def test_without_calendars_there_is_no_page(works: Store):
    async with open_house(works) as house, house.browser() as session:
        code = await code_for(house)
        for path in (f"/calendar/{code}", "/calendar/done"):
            async with session.get(path) as answer:
                assert answer.status == 404
