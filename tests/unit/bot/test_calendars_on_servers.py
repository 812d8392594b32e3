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
from bridge.domain.answer import Answer
from bridge.domain.calendar import AgentCalendar, CalendarLogin
from bridge.domain.calendar_event import Attendee, CalendarEvent, EventDate
from bridge.ids import CalendarId, uuid7
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
from tests.unit.bot.office import ALICE, BOB, SALON, START, Office
from tests.unit.bot.test_calendars import HOUR

pytestmark = pytest.mark.long
GUEST = "lea@partenaire.example"
SERVERS = {"radicale": (radicale_server, radicale), "xandikos": (xandikos_server, xandikos)}


@dataclass
class Client:
    """Another client of the same calendar, over our own adapter."""

    desk: Desk
    servers: CalendarServers
    url: str
    login: CalendarLogin
    owner: str
    """The address of the calendar's owner."""

    async def texts(self) -> dict[str, str]:
        listed = await self.servers.listing(self.url, self.login)
        found = await self.servers.fetch(self.url, self.login, sorted(listed))
        return {href: one.text for href, one in found.items()}

    async def event(self) -> CalendarEvent:
        (text,) = (await self.texts()).values()
        return await self.desk.texts.read(text)

    async def edit(self, **changes: Any) -> None:
        await self.edit_unseen(**changes)
        await self.desk.poll()

    async def edit_unseen(self, **changes: Any) -> None:
        ((href, text),) = (await self.texts()).items()
        event = replace(await self.desk.texts.read(text), **changes)
        written = await self.desk.texts.write(event, text, stamp=self.desk.house.clock.now())
        etag = (await self.servers.listing(self.url, self.login))[href]
        await self.servers.put(self.url, self.login, href, written, etag)

    async def titles(self) -> dict[str, str]:
        """Return the dates that have a title of their own."""
        meeting, _ = await self.desk.of()
        async with self.desk.house.store.reading() as work:
            known = await work.meetings.occurrences_of(meeting.id)
        return {f"{one.wall_start:%m-%d %H:%M}": one.title for one in known if one.title}

    async def is_quiet(self) -> None:
        """Check that nothing goes back and forth."""
        before = await self.texts(), len(self.desk.office.account.sent)
        for _ in range(2):
            await self.desk.poll()
        assert (await self.texts(), len(self.desk.office.account.sent)) == before

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
        known = server.account.addresses or ("alice@example.org",)
        told: dict[str, Any] = {"addresses": known, "schedules": server.account.schedules}
        await desk.linked(ALICE, home, login, made.url, **told)
        yield Client(desk, ours, made.url, login, known[0])


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


async def test_a_salon_gets_the_events_of_a_calendar(client: Client):
    desk = client.desk
    desk.office.state(levels={ALICE: 50})
    made = await client.servers.create(client.url.rsplit("/", 2)[0] + "/", client.login, "Équipe")
    async with desk.house.store() as work:
        account = await work.calendars.account_of(ALICE)
        assert account is not None
        identity = CalendarId(uuid7(desk.house.clock.now()))
        team = AgentCalendar(id=identity, account=account.id, url=made.url, mode=made.mode)
        await work.calendars.save_calendars(team)
    await desk.poll()
    (said,) = await desk.says("!visio agenda salon")
    assert "Équipe" in said
    text = event_text(
        title="Comité", lines=("ORGANIZER:mailto:bob@beta.gouv.fr", "LOCATION:Salle 3")
    )
    href = f"{_path(made.url)}comite.ics"
    await client.servers.put(made.url, client.login, href, text, None)
    hidden = event_text("secret", title="Licenciement", lines=("CLASS:PRIVATE",))
    await client.servers.put(made.url, client.login, f"{_path(made.url)}secret.ics", hidden, None)
    await desk.poll()
    bodies = "\n".join(desk.office.bodies())
    assert "Comité" in bodies
    assert "Licenciement" not in bodies
    async with desk.house.store.reading() as work:
        found = await work.meetings.of_salon(SALON, ending_after=START, most=10)
    assert [(one.title, one.organiser) for one, _ in found] == [("Comité", BOB)]
    there = await client.servers.fetch(made.url, client.login, [href])
    event = await desk.texts.read(there[href].text)
    assert event.meeting == found[0][0].id
    assert event.link
    await desk.says("!visio agenda salon retirer", "stop")
    later = event_text("later", title="Suite")
    await client.servers.put(made.url, client.login, f"{_path(made.url)}later.ics", later, None)
    await desk.poll()
    assert all("Suite" not in one for one in desk.office.bodies())


async def test_a_date_is_renamed_and_another_left_out(client: Client):
    desk = client.desk
    await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
    event = await client.event()
    assert event.recurrence is not None
    without = replace(event.recurrence, without=(datetime(2026, 12, 22, 10),))
    named = EventDate(
        original=datetime(2026, 12, 15, 10),
        start=datetime(2026, 12, 15, 10),
        length=HOUR,
        title="Mêlée de Noël",
    )
    await client.edit(recurrence=without, dates=(named,))
    assert await client.titles() == {"12-15 10:00": "Mêlée de Noël"}
    assert "12-22 10:00" not in await desk.walls()
    assert "12-29 10:00" in await desk.walls()
    await client.is_quiet()


async def test_a_series_moves_as_a_whole(client: Client):
    desk = client.desk
    await desk.says('!visio tous les mercredis à 10h pendant 1h "Mêlée"')
    event = await client.event()
    await client.edit(start=event.start + HOUR)
    assert (await desk.walls())[:2] == ["12-02 11:00", "12-09 11:00"]
    await client.is_quiet()


async def test_both_sides_change_at_once(client: Client):
    desk = client.desk
    await desk.says('!visio demain 14h30 "Budget"')
    await client.edit_unseen(title="Budget 2027")
    await desk.says("!visio déplacer à 16h", "move")
    await desk.later(HOUR)
    event = await client.event()
    assert (event.title, event.start) == ("Budget 2027", datetime(2026, 12, 2, 16))
    assert (await desk.of())[0].title == "Budget 2027"
    assert await desk.walls() == ["12-02 16:00"]


async def test_a_change_since_a_token_that_is_known_no_more_is_followed(client: Client):
    desk = client.desk
    await desk.says('!visio demain 14h30 "Budget"')
    await desk.poll()
    async with desk.house.store() as work:
        account = await work.calendars.account_of(ALICE)
        assert account is not None
        (calendar,) = await work.calendars.calendars_of(account.id)
        await work.calendars.save_calendars(replace(calendar, token="https://example.org/old"))
    await client.edit(start=datetime(2026, 12, 2, 17))
    assert await desk.walls() == ["12-02 17:00"]
    assert not any("agenda lier" in one for one in desk.office.private())


async def test_people_of_an_event_are_invited_once_and_their_answers_kept(client: Client):
    desk = client.desk
    await desk.says('!visio demain 14h30 "Budget"')
    await client.edit(organizer=client.owner, attendees=(Attendee(address=GUEST, name="Léa"),))
    assert [one.to for one in desk.house.post.sent] == [GUEST]
    await desk.says("!visio déplacer à 16h", "move")
    event = await client.event()
    assert [one.address for one in event.attendees] == [GUEST]
    assert event.start == datetime(2026, 12, 2, 16)
    await client.edit(attendees=(Attendee(address=GUEST, name="Léa", answer=Answer.NO),))
    assert list((await desk.answers()).values()) == [Answer.NO]
    await client.is_quiet()


async def test_a_line_changes_dates_of_a_series_with_people(client: Client):
    desk = client.desk
    await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
    await client.edit(organizer=client.owner, attendees=(Attendee(address=GUEST, name="Léa"),))
    await desk.says("!visio annuler le 22/12", "cancel")
    await desk.says("!visio déplacer celle du 15/12 à 16h", "move")
    event = await client.event()
    assert event.recurrence is not None
    assert event.recurrence.without == (datetime(2026, 12, 22, 10),)
    assert [(one.original, one.start) for one in event.dates] == [
        (datetime(2026, 12, 15, 10), datetime(2026, 12, 15, 16))
    ]
    assert [one.address for one in event.attendees] == [GUEST]
    await client.is_quiet()


async def test_a_cancelled_meeting_says_so_and_goes(client: Client):
    desk = client.desk
    await desk.says('!visio demain 14h30 "Budget"')
    await client.edit(organizer=client.owner, attendees=(Attendee(address=GUEST, name="Léa"),))
    await desk.says("!visio annuler", "cancel")
    assert (await client.event()).cancelled
    await desk.poll()
    await desk.later(HOUR)
    assert await client.texts() == {}
    await client.is_quiet()


async def test_an_unlinked_calendar_keeps_its_events_and_is_left_alone(client: Client):
    desk = client.desk
    await desk.says('!visio demain 14h30 "Budget"')
    await desk.says("!visio agenda délier", "unlink")
    async with desk.house.store.reading() as work:
        assert await work.calendars.account_of(ALICE) is None
    await desk.says("!visio déplacer à 16h", "move")
    assert (await client.event()).start == datetime(2026, 12, 2, 14, 30)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]
