"""Meetings and calendars in step, on real Radicale and Xandikos."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.caldav.servers import open_calendars
from bridge.clock import SystemClock
from bridge.domain.calendar import CalendarLogin
from bridge.domain.calendar_event import CalendarEvent, EventDate
from bridge.metrics import Metrics
from bridge.ports.calendar_servers import CalendarServers
from tests.servers import given as given_server
from tests.servers import radicale as radicale_server
from tests.servers import xandikos as xandikos_server
from tests.servers.calendars import on_loopback
from tests.servers.given import NAME, GivenServer, given
from tests.servers.radicale import radicale
from tests.servers.require import need
from tests.servers.xandikos import xandikos
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.office import ALICE, Office
from tests.unit.bot.test_calendars import HOUR

pytestmark = pytest.mark.long
SERVERS = {"radicale": (radicale_server, radicale), "xandikos": (xandikos_server, xandikos)}


@dataclass
class Client:
    """Another client of the same calendar, over our own adapter."""

    desk: Desk
    servers: CalendarServers
    url: str
    login: CalendarLogin

    async def texts(self) -> dict[str, str]:
        listed = await self.servers.listing(self.url, self.login)
        found = await self.servers.fetch(self.url, self.login, sorted(listed))
        return {href: one.text for href, one in found.items()}

    async def event(self) -> CalendarEvent:
        (text,) = (await self.texts()).values()
        return await self.desk.texts.read(text)

    async def edit(self, **changes: Any) -> None:
        ((href, text),) = (await self.texts()).items()
        event = replace(await self.desk.texts.read(text), **changes)
        written = await self.desk.texts.write(event, text, stamp=self.desk.house.clock.now())
        etag = (await self.servers.listing(self.url, self.login))[href]
        await self.servers.put(self.url, self.login, href, written, etag)
        await self.desk.poll()

    async def delete(self) -> None:
        ((href, etag),) = (await self.servers.listing(self.url, self.login)).items()
        await self.servers.delete(self.url, self.login, href, etag)
        await self.desk.poll()


@asynccontextmanager
async def serving(kind: str, folder: Path) -> AsyncIterator[GivenServer]:
    """Run a server, or find the one that was given."""
    if kind == "given":
        async with given() as theirs:
            yield theirs
        return
    module, running = SERVERS[kind]
    need(not module.missing(), module.missing() or "")
    with running(folder) as server:
        networks, login = on_loopback(server.url), server.login("alice")
        async with open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as ours:
            found = await ours.discover(server.home("alice"), login)
            yield GivenServer(ours, found, login)


@pytest_asyncio.fixture(loop_scope="session", params=[*SERVERS, *given_server.kinds()])
async def client(
    request: pytest.FixtureRequest, office: Office, tmp_path: Path
) -> AsyncIterator[Client]:
    async with serving(request.param, tmp_path) as server:
        ours, home, login = server.calendars, server.account.home, server.login
        made = await ours.create(home, login, NAME)
        await ours.prove(made.url, login)
        desk = Desk(office.house, real=ours)
        await desk.linked(ALICE, home, login, made.url, schedules=server.account.schedules)
        yield Client(desk, ours, made.url, login)


async def test_a_series_and_its_dates_follow_both_ways(client: Client):
    desk = client.desk
    await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
    event = await client.event()
    assert event.link
    assert event.recurrence is not None
    moved = EventDate(
        original=datetime(2026, 12, 15, 10), start=datetime(2026, 12, 16, 9), length=HOUR
    )
    await client.edit(dates=(moved,))
    assert "12-16 09:00" in await desk.walls()
    await desk.says("!visio annuler le 22/12", "cancel")
    assert (await client.event()).recurrence.without == (datetime(2026, 12, 22, 10),)  # type: ignore[union-attr]
    assert (await client.event()).dates[0].start == datetime(2026, 12, 16, 9)
    before = len(desk.office.account.sent)
    await desk.poll()
    assert len(desk.office.account.sent) == before


async def test_an_event_is_renamed_moved_and_deleted(client: Client):
    desk = client.desk
    await desk.says('!visio demain 14h30 "Budget"')
    await client.edit(title="Budget 2027", start=datetime(2026, 12, 2, 17))
    assert await desk.walls() == ["12-02 17:00"]
    assert (await desk.of())[0].title == "Budget 2027"
    await client.delete()
    await desk.later(HOUR)
    assert await desk.walls() == []


async def test_a_tagged_event_gets_a_room(client: Client):
    desk = client.desk
    await client.servers.put(
        client.url, client.login, f"{_path(client.url)}fresh.ics", event_text(), None
    )
    await desk.poll()
    event = await client.event()
    assert event.meeting is not None
    assert event.link
    assert "#visio" in next(iter((await client.texts()).values()))


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]
