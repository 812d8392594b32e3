"""The organiser's calendar in the storm: another client moves events there while Parvis is killed."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import time

from bridge.caldav.servers import open_calendars
from bridge.calendars.event_texts import ICalendarTexts
from bridge.clock import SystemClock
from bridge.domain.calendar_event import CalendarEvent
from bridge.errors import EventOvertaken
from bridge.i18n import Language
from bridge.metrics import Metrics
from bridge.ports.calendar_servers import CalendarServers
from tests.e2e.house import House
from tests.sandbox.calendars import link_account
from tests.servers.calendars import CalendarServer, on_loopback

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/calendar/[A-Za-z0-9_-]{22}")
_WHO = "alice"
NAP = 0.5


@dataclass(frozen=True, slots=True)
class Agenda:
    """Alice's calendar, as a client of hers has it."""

    server: CalendarServer
    servers: CalendarServers
    texts: ICalendarTexts
    url: str

    async def events(self) -> dict[str, list[tuple[str, str, str, CalendarEvent]]]:
        """Return all events by title: path, ETag, text and meaning."""
        login = self.server.login(_WHO)
        listed = await self.servers.listing(self.url, login)
        found = defaultdict(list)
        for href, there in (await self.servers.fetch(self.url, login, sorted(listed))).items():
            event = await self.texts.read(there.text)
            found[event.title].append((href, there.etag, there.text, event))
        return dict(found)

    async def of(self, title: str) -> Sequence[tuple[str, str, str, CalendarEvent]]:
        """Return the events of a title."""
        return (await self.events()).get(title, [])

    async def at(self, title: str, hour: int) -> None:
        """Return once the event of a title begins at this hour."""
        while [one.start.hour for *_, one in await self.of(title)] != [hour]:
            await asyncio.sleep(NAP)

    async def move(self, title: str, hour: int) -> None:
        """Move the event of a title as a person does, who looks again if it changed meanwhile."""
        login, clock = self.server.login(_WHO), SystemClock()
        while True:
            for href, etag, text, event in await self.of(title):
                start = event.start.combine(event.start.date(), time(hour))
                moved = replace(event, start=start)
                written = await self.texts.write(moved, text, stamp=clock.now())
                try:
                    await self.servers.put(self.url, login, href, written, etag)
                except EventOvertaken:
                    break
                return
            await asyncio.sleep(NAP)


@asynccontextmanager
async def linked(house: House, server: CalendarServer) -> AsyncIterator[Agenda]:
    """Link Alice's account on the door's page, and open it as another client of hers."""
    salon = await house.direct()
    await salon.says("!visio agenda lier")
    told = await salon.answer("/calendar/")
    found = _LINK.search(told.body)
    assert found is not None
    await link_account(found[0], server, _WHO)
    networks, visio = on_loopback(server.url), house.world.visio.url
    async with open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as servers:
        (calendar,) = await servers.look(server.home(_WHO), server.login(_WHO))
        texts = ICalendarTexts(zone="Europe/Paris", visio=visio, language=Language.FR)
        yield Agenda(server, servers, texts, calendar.url)
