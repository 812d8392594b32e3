"""An office whose agents have calendars: a bot, a worker and calendar servers in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bridge.domain.agenda import Due, Kind
from bridge.domain.answer import Answer
from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarLogin, SyncMode
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.meeting import Meeting, Occurrence
from bridge.ids import CalendarAccountId, CalendarId, EventId, SalonId, UserId, uuid7
from bridge.ports.calendar_servers import CalendarServers
from tests.doubles.calendars import FakeAccount, FakeCalendar, FakeCalendars
from tests.services.house import ALICE, House
from tests.unit.bot.office import PACE, Office, world_of

SERVER = "https://calendars.example"


@dataclass
class Desk:
    """Agents, their salon and their calendars."""

    house: House
    servers: FakeCalendars = field(default_factory=FakeCalendars)
    real: CalendarServers | None = None
    """Real servers, of which `servers` then knows nothing."""
    office: Office = field(default=None)  # type: ignore[assignment]
    """The bot; `None`: another one."""

    def __post_init__(self) -> None:
        self.accounts: dict[UserId, FakeAccount] = {}
        self.office = self.office or Office(self.house)
        self.house.calendars = world_of(self.real or self.servers, self.office.account.user)
        self.texts = self.house.calendars.texts
        self.describing = self.house.calendars.describing
        self.office.wire(self.house.store)

    async def link(
        self,
        user: UserId = ALICE,
        *,
        salon: SalonId | None = None,
        known: FakeAccount | None = None,
        **more: Any,
    ) -> FakeAccount:
        """Give an agent an account with one calendar, linked, and look at it once."""
        name = user[1:].partition(":")[0]
        home = f"{SERVER}/{name}/"
        made = known or self.servers.account(home, "perso", user=name)
        self.accounts[user] = made
        await self.linked(user, home, made.login, f"{home}perso/", salon=salon, **more)
        return made

    async def linked(
        self,
        user: UserId,
        home: str,
        login: CalendarLogin,
        url: str,
        *,
        salon: SalonId | None = None,
        **more: Any,
    ) -> None:
        """Link an account and one calendar of it, and look at it once."""
        name = user[1:].partition(":")[0]
        now = self.house.clock.now()
        account = CalendarAccount(
            id=CalendarAccountId(uuid7(now)),
            owner=user,
            home=home,
            login=login,
            linked_at=now,
            **{"addresses": (f"{name}@beta.gouv.fr",), **more},
        )
        calendar = AgentCalendar(
            id=CalendarId(uuid7(now)),
            account=account.id,
            url=url,
            mode=SyncMode.SYNC,
            ours=True,
            salon=salon,
        )
        async with self.house.store() as work:
            await work.calendars.add_account(account)
            await work.calendars.save_calendars(calendar)
        await self.poll(user)

    async def poll(self, user: UserId = ALICE) -> None:
        """Look at an agent's calendars now, and do all that follows."""
        async with self.house.store() as work:
            account = await work.calendars.account_of(user)
            assert account is not None
            due = Due(Kind.POLL, str(account.id), self.house.clock.now())
            await work.agenda.plan([due])
        await self.settle()

    async def another_calendar(self, user: UserId = ALICE) -> str:
        """Link another calendar of an agent; return its path."""
        made = FakeCalendar(f"{SERVER}/{user[1:].partition(':')[0]}/autre/", "autre")
        self.accounts[user].calendars[made.url] = made
        async with self.house.store() as work:
            account = await work.calendars.account_of(user)
            assert account is not None
            identity = CalendarId(uuid7(self.house.clock.now()))
            await work.calendars.save_calendars(
                AgentCalendar(id=identity, account=account.id, url=made.url)
            )
        await self.poll(user)
        return made.path

    async def settle(self) -> None:
        """Do all that is to be done now."""
        while await self.house.run_due() or await self.office.handle():
            pass
        await self.office.flush()

    async def says(self, line: str, event: str = "ask", **more: Any) -> list[str]:
        """Have an agent write a line, and return the answers, our reactions aside."""
        sent = await self.office.says(line, event, **more)
        await self.settle()
        return [one.body for one in sent if one.kind != "m.reaction"]

    # --- what is in a calendar ------------------------------------------------------------------

    def hrefs(self, user: UserId = ALICE) -> list[str]:
        """Return the paths of all events of an agent."""
        calendars = self.accounts[user].calendars.values()
        return sorted(href for one in calendars for href in one.objects)

    def text(self, user: UserId = ALICE) -> str:
        """Return the only event of an agent, as its server has it."""
        (href,) = self.hrefs(user)
        return self.servers.text(href)

    async def event(self, user: UserId = ALICE) -> CalendarEvent:
        """Return what that says."""
        return await self.texts.read(self.text(user))

    async def edit(self, user: UserId = ALICE, **changes: Any) -> None:
        """Change the only event of an agent as another client would, and look."""
        (href,) = self.hrefs(user)
        old = self.servers.text(href)
        changed = replace(await self.texts.read(old), **changes)
        text = await self.texts.write(changed, old, stamp=self.house.clock.now())
        self.servers.edit(href, text)
        await self.poll(user)

    async def create(self, text: str, name: str = "new", user: UserId = ALICE) -> None:
        """Put an event into an agent's calendar as another client would, and look."""
        (calendar,) = self.accounts[user].calendars.values()
        self.servers.edit(f"{calendar.path}{name}.ics", text)
        await self.poll(user)

    async def remove(self, user: UserId = ALICE) -> None:
        """Delete the only event of an agent as another client would, and look."""
        (href,) = self.hrefs(user)
        self.servers.remove(href)
        await self.poll(user)
        await self.later(PACE.soon)

    async def later(self, by: timedelta) -> None:
        """Let time go on, and do all that is due."""
        await self.house.run_until(self.house.clock.now() + by)
        await self.settle()

    # --- what our side knows --------------------------------------------------------------------

    async def of(self, event: str = "ask") -> tuple[Meeting, Occurrence]:
        """Return the meeting of a line."""
        async with self.house.store.reading() as work:
            found = await work.meetings.by_card(EventId(f"${event}"))
        assert found is not None
        return found

    async def answers(self, event: str = "ask") -> dict[str, Answer]:
        """Return the answers about the date of a line's meeting."""
        _, occurrence = await self.of(event)
        async with self.house.store.reading() as work:
            said = await work.answers.of_occurrence(occurrence.id)
        return {str(one.who): one.answer for one in said}

    async def walls(self, event: str = "ask") -> list[str]:
        """Return the planned dates of a line's meeting, as clocks show them."""
        meeting, _ = await self.of(event)
        async with self.house.store.reading() as work:
            known = await work.meetings.occurrences_of(meeting.id)
        return [f"{one.wall_start:%m-%d %H:%M}" for one in known if not one.void]


def event_text(
    uid: str = "fresh",
    *,
    title: str = "Comité #visio",
    start: datetime = datetime(2026, 12, 3, 14),
    lines: tuple[str, ...] = (),
) -> str:
    """Return an event as a calendar client writes it."""
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20261201T080000Z",
            f"SUMMARY:{title}",
            f"DTSTART;TZID=Europe/Paris:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID=Europe/Paris:{start + timedelta(hours=1):%Y%m%dT%H%M%S}",
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )
