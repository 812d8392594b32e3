"""A calendar linked on the door's page, on a real Radicale: what moves there moves in the salon.

Another client of the calendar, ours here, edits the event as a person would.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import aiohttp

from bridge.caldav.servers import open_calendars
from bridge.calendars.event_texts import ICalendarTexts
from bridge.clock import SystemClock
from bridge.domain.calendar import CalendarLogin
from bridge.domain.calendar_event import CalendarEvent, EventDate
from bridge.i18n import Language
from bridge.metrics import Metrics
from bridge.ports.calendar_servers import CalendarServers
from tests.sandbox.guest import Guest, Page
from tests.sandbox.story import (
    Cast,
    expect,
    head,
    in_private,
    is_card,
    link_in,
    opening,
    when,
)
from tests.servers.calendars import CalendarServer, on_loopback
from tests.servers.matrix_client import Seen

TITLE = "Suivi des achats"
GUEST = "ines@partenaire.example"
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/calendar/\S+")
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_PARIS = ZoneInfo("Europe/Paris")
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_HOUR, _BEFORE = timedelta(hours=1), timedelta(minutes=10)
_PATIENCE = 60.0


def settings_of(server: CalendarServer) -> Mapping[str, object]:
    """Return the operator's settings for a calendar server on this machine."""
    return {
        "enabled": True,
        "networks": ["127.0.0.0/8"],
        "ports": [urlsplit(server.url).port],
        "insecure": ["127.0.0.1"],
        "poll": "5s",
    }


@dataclass(slots=True)
class CalendarPlay:
    """The meeting, its guest's page, and Alice's calendar as another client has it."""

    cast: Cast
    server: CalendarServer
    servers: CalendarServers
    texts: ICalendarTexts
    ines: Guest
    first: datetime
    """The first date: in three days, at ten."""
    calendar: str = ""
    card: str = ""
    page: Page = field(default_factory=lambda: Page("", 0, ""))

    @property
    def login(self) -> CalendarLogin:
        """Return Alice's login."""
        return self.server.login("alice")

    async def event(self) -> tuple[str, str, str, CalendarEvent] | None:
        """Return the path, ETag, text and meaning of the meeting's event, if it is there."""
        listed = await self.servers.listing(self.calendar, self.login)
        found = await self.servers.fetch(self.calendar, self.login, sorted(listed))
        for href, there in found.items():
            event = await self.texts.read(there.text)
            if event.title == TITLE:
                return href, there.etag, there.text, event
        return None

    async def there(self) -> tuple[str, str, str, CalendarEvent]:
        """Return the same of an event that is there."""
        found = await self.event()
        assert found is not None
        return found

    async def edit(self, event: CalendarEvent) -> None:
        """Write the event as another client would."""
        href, etag, text, _ = await self.there()
        written = await self.texts.write(event, text, stamp=SystemClock().now())
        await self.servers.put(self.calendar, self.login, href, written, etag)


@asynccontextmanager
async def _opened(cast: Cast, server: CalendarServer) -> AsyncIterator[CalendarPlay]:
    day = SystemClock().now().astimezone(_PARIS).date() + timedelta(days=3)
    networks = on_loopback(server.url)
    async with (
        open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as servers,
        aiohttp.ClientSession() as session,
    ):
        yield CalendarPlay(
            cast,
            server,
            servers,
            ICalendarTexts(zone="Europe/Paris", visio=cast.world.visio.url, language=Language.FR),
            Guest(session),
            datetime.combine(day, time(10), _PARIS),
        )


async def play(cast: Cast, server: CalendarServer) -> None:
    """Play the scenes; raises at the first promise that does not hold."""
    async with _opened(cast, server) as scenes:
        await _linked(scenes)
        await _planned(scenes)
        await _moves(scenes)
        await _cancelled(scenes)


async def _linked(scenes: CalendarPlay) -> None:
    tell, alice = scenes.cast.tell, scenes.cast.alice
    tell.scene("Alice relie son agenda (Radicale)")
    tell.say("Alice", "!visio agenda lier")
    with tell.step("Alice", "reçoit un lien en message direct"):
        await alice.send(scenes.cast.salon, "!visio agenda lier")
        told = await in_private(scenes.cast, _LINK)
    found = _LINK.search(told.body)
    assert found is not None
    with tell.step("Alice", "tape l’adresse et son mot de passe, et choisit un agenda"):
        await link_account(found[0].rstrip(").,"), scenes.server, "alice")
    with tell.step("Alice", "apprend que c’est fait") as seen:
        done = await alice.wait_for(
            lambda event: event.room == told.room and "agenda est lié" in event.body
        )
        seen.words = done.body
    (calendar,) = await scenes.servers.look(scenes.server.home("alice"), scenes.login)
    scenes.calendar = calendar.url


async def link_account(url: str, server: CalendarServer, who: str) -> None:
    """Fill in the two forms of a link, so that meetings get a new calendar."""
    typed = {
        "address": server.home(who),
        "auth": "basic",
        "user": who,
        "secret": server.passwords[who],
    }
    async with aiohttp.ClientSession() as session:
        picker = await _posted(session, url, typed)
        token = _TOKEN.search(picker)
        expect(token, f"the page shows the calendars: {Page(url, 0, picker).text}")
        assert token is not None
        await _posted(session, url, {"token": token[1], "write": "new"})


async def _posted(session: aiohttp.ClientSession, url: str, fields: Mapping[str, str]) -> str:
    """Send a form of the door as a browser does, and return the page that follows."""
    origin = "/".join(url.split("/")[:3])
    headers = {"Origin": origin, "Accept-Language": "fr"}
    async with session.post(url, data=fields, headers=headers, allow_redirects=False) as answer:
        location = answer.headers.get("Location")
        body = await answer.text()
    if location is None:
        return body
    async with session.get(urljoin(url, location), headers=headers) as answer:
        return await answer.text()


async def _planned(scenes: CalendarPlay) -> None:
    tell, alice = scenes.cast.tell, scenes.cast.alice
    tell.scene("Elle planifie une série : l’agenda la montre")
    rule = f"tous les {_DAYS[scenes.first.weekday()]}s"
    line = f"!visio {rule} à 10h « {TITLE} » avec {GUEST}"
    tell.say("Alice", line)
    with tell.step("Alice", "voit la carte") as seen:
        await alice.send(scenes.cast.salon, line)
        card = await alice.wait_for(lambda event: is_card(event, TITLE))
        seen.words = head(card)
    scenes.card = card.event
    with tell.step("Alice", "voit la série dans son agenda, avec le lien") as seen:
        event = await _until(scenes, lambda one: bool(one.link))
        rule = "" if event.recurrence is None else event.recurrence.rule
        seen.words = f"{event.title}\nRRULE:{rule}\nURL:{event.link}"
    expect(event.title == TITLE, "the event has the title")
    expect(event.start == scenes.first.replace(tzinfo=None), "the event has the first date")
    text = (await scenes.there())[2]
    expect(GUEST not in text, "no guest is in the event")
    with tell.step("Inès", "lit sur sa page quand revenir") as seen:
        letter = await scenes.cast.world.mail.wait_for(lambda one: GUEST in one.recipients)
        scenes.page = await scenes.ines.enter(link_in(letter), "Inès Roy")
        seen.words = opening(scenes.page)
    expect(when(scenes.first - _BEFORE) in seen.words, "the window is that of the first date")
    tell.say("Alice", "!visio rappel 15min")
    with tell.step("Alice", "demande un rappel") as seen:
        answer = await _replies(scenes, "!visio rappel 15min", "rappel")
        seen.words = answer.body


async def _moves(scenes: CalendarPlay) -> None:
    tell, alice = scenes.cast.tell, scenes.cast.alice
    moved = scenes.first + timedelta(hours=5)
    tell.scene("Elle déplace une date dans son agenda : tout suit")
    known = {one.event for one in alice.history(scenes.cast.salon)}
    wall = scenes.first.replace(tzinfo=None)
    *_, event = await scenes.there()
    one = EventDate(original=wall, start=moved.replace(tzinfo=None), length=_HOUR)
    tell.say("Alice", f"dans son agenda : {moved:%d/%m %Hh%M} au lieu de {scenes.first:%Hh%M}")
    await scenes.edit(replace(event, dates=(one,)))
    with tell.step("Le salon", "lit ce qui a changé dans l’agenda") as seen:
        told = await alice.wait_for(
            lambda each: each.event not in known and "Dans l’agenda" in each.body, _PATIENCE
        )
        seen.words = told.body
    with tell.step("Alice", "voit la carte suivre") as seen:
        edit = await alice.wait_for(
            lambda each: each.replaces == scenes.card and when(moved) in each.body
        )
        seen.words = head(edit)
    with tell.step("Inès", "lit sur sa page la nouvelle heure") as seen:
        scenes.page = await scenes.ines.again(scenes.page.url)
        seen.words = opening(scenes.page)
    expect(when(moved - _BEFORE) in seen.words, "the window is that of the moved date")
    with tell.step("Alice", "voit son rappel suivre") as seen:
        await alice.send(scenes.cast.salon, "!visio rappels")
        listed = await alice.wait_for(
            lambda each: each.event not in known and f"{moved - _HOUR / 4:%Hh%M}" in each.body
        )
        seen.words = listed.body


async def _cancelled(scenes: CalendarPlay) -> None:
    tell, alice = scenes.cast.tell, scenes.cast.alice
    tell.scene("Elle supprime la série dans son agenda, puis se reprend dans le salon")
    known = {one.event for one in alice.history(scenes.cast.salon)}
    href, etag, *_ = await scenes.there()
    await scenes.servers.delete(scenes.calendar, scenes.login, href, etag)
    with tell.step("Le salon", "lit que les dates sont annulées") as seen:
        told = await alice.wait_for(
            lambda each: each.event not in known and "Dans l’agenda" in each.body, 2 * _PATIENCE
        )
        seen.words = told.body
    with tell.step("Alice", "rétablit la série ; son agenda la montre de nouveau") as seen:
        await alice.send(scenes.cast.salon, "!visio rétablir")
        event = await _until(scenes, lambda one: bool(one.link) and not one.cancelled)
        seen.words = event.title


async def _replies(scenes: CalendarPlay, line: str, said: str) -> Seen:
    alice, salon = scenes.cast.alice, scenes.cast.salon
    known = {one.event for one in alice.history(salon)}
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": scenes.card}}}
    await alice.send(salon, line, extra=reply)
    return await alice.wait_for(
        lambda each: each.event not in known and each.body != line and said in each.body.lower()
    )


async def _until(scenes: CalendarPlay, holds: Callable[[CalendarEvent], bool]) -> CalendarEvent:
    """Return the meeting's event once something holds of it."""
    async with asyncio.timeout(_PATIENCE):
        while (found := await scenes.event()) is None or not holds(found[3]):
            await asyncio.sleep(0.2)
        return found[3]
