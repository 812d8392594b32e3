"""The page on which an agent links their calendars, in front of a real calendar server."""

from pathlib import Path

import pytest

from bridge.caldav.servers import open_calendars
from bridge.clock import SystemClock
from bridge.metrics import Metrics
from bridge.services.calendars.linking import NEW_CALENDAR, Linking
from bridge.store.work import Store
from tests.door.house import open_house
from tests.door.test_calendar import TOKEN, Page, code_for
from tests.servers import radicale
from tests.servers.calendars import on_loopback
from tests.servers.require import need

pytestmark = pytest.mark.long


async def test_an_agent_links_a_calendar_of_theirs_and_then_a_new_one(works: Store, tmp_path: Path):
    reason = radicale.missing()
    need(reason is None, reason or "")
    with radicale.radicale(tmp_path) as server:
        networks = on_loopback(server.url)
        async with open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as servers:
            home, login = server.home("alice"), server.login("alice")
            work = await servers.create(home, login, "Travail")
            async with (
                open_house(
                    works, linking=lambda tools: Linking(tools, servers, works.vault)
                ) as house,
                house.browser() as session,
            ):
                page = Page(house, session, await code_for(house))
                filled = {"address": server.url, "auth": "basic", "user": "alice"}
                status, text = await page.send(**filled, secret="wrong")
                assert status == 422
                assert "Il a été essayé une fois" in text
                secret = login.secret.get_secret_value()
                status, text = await page.send(**filled, secret=secret)
                assert status == 200
                assert "Travail" in text
                found = TOKEN.search(text)
                assert found is not None
                assert (await page.send(token=found[1], write="0"))[0] == 303
                linked = await page.linked()
                assert linked is not None
                assert [(one.url, one.name) for one in linked.calendars] == [(work.url, "Travail")]
                assert linked.account.home == home
                assert await servers.listing(work.url, login) == {}, "no test event stayed"
                for _ in range(2):
                    page.code = await code_for(house)
                    _, text = await page.send(**filled, secret=secret)
                    found = TOKEN.search(text)
                    assert found is not None
                    assert (await page.send(token=found[1], write="new"))[0] == 303
                linked = await page.linked()
                assert linked is not None
                assert [one.name for one in linked.calendars] == [NEW_CALENDAR]
                calendars = await servers.look(home, login)
                assert sorted(one.name for one in calendars) == ["Travail", NEW_CALENDAR]
