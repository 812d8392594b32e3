"""The bot between a real database and a Matrix account in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.commands.help import AccountStanding
from bot.commands.wire import talk
from bot.conversation.bucket import Bucket
from bot.conversation.journal import DatabaseJournal
from bot.conversation.talk import Talk
from bot.matrix.events import Batch, Incoming, IncomingMessage, Reaction, SalonState
from bridge.calendars.event_texts import ICalendarTexts
from bridge.calendars.recurrence import Recurrences
from bridge.domain.home import HomeInstance
from bridge.domain.polls import PollPace
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from bridge.metrics import Metrics
from bridge.ports import UnitsOfWork
from bridge.ports.calendar_servers import CalendarServers
from bridge.services.calendars.describing import Describing
from bridge.services.calendars.wire import CalendarWorld, MailedWorld
from tests.doubles.account import FakeAccount, Sent
from tests.doubles.calendars import FakeCalendars
from tests.services.house import ALICE, BOB, SALON, START, House
from tests.wiring import MAIL_DOMAIN, speaker

SERVERS = ("agent.tchap",)
PAUL = UserId("@paul:externe.tchap")


VISIO = "https://visio.example"
PACE = PollPace(
    soon=timedelta(minutes=1),
    busy=timedelta(minutes=5),
    idle=timedelta(minutes=15),
    night=timedelta(minutes=60),
    zone="Europe/Paris",
)


def world_of(servers: CalendarServers, bot: UserId) -> CalendarWorld:
    """Return how calendars on these servers are kept in step."""
    return CalendarWorld(
        servers=servers,
        texts=ICalendarTexts(zone="Europe/Paris", visio=VISIO, language=Language.FR),
        pace=PACE,
        describing=Describing(MAIL_DOMAIN, "Réunion Visio"),
        bot=bot,
        expansion=Recurrences(),
    )


@dataclass(repr=False)
class Office:
    """One account's router and sender, on the services of a house."""

    house: House
    account: FakeAccount = field(default_factory=FakeAccount)
    ticks: list[float] = field(default_factory=lambda: [0.0])
    """The monotonic clock of the bucket."""
    blank: bool = False
    """The account has not synced and is not signed."""
    rate: float = 0
    burst: int = 10
    servers: Sequence[str] = SERVERS
    """Homeservers of agents."""
    calendars: bool = True
    """Agents may link theirs."""
    mailed: MailedWorld | None = None
    """How events are read to which agents invite our box, if one is read."""
    home: HomeInstance | None = None
    """Our side of the federation, if there are partners."""

    def __post_init__(self) -> None:
        if SALON not in self.account.salons:
            self.account.enter(SALON, [ALICE, BOB, PAUL])
        self.journal = DatabaseJournal(self.house.store.inbox, self.account.user, self.house.clock)
        self.metrics = Metrics("1")
        self.wire(self.house.store)

    def wire(self, works: UnitsOfWork) -> None:
        """Start a process on this database."""
        self.house.works = works
        self.house.wire(works)
        speaking = speaker(
            self.house.tools,
            self.account,
            self.house.store.outbox,
            talk=self.talk(),
            identities=self.house.identities,
            servers=self.servers,
            bucket=Bucket(self.rate, self.burst, lambda: self.ticks[0]),
            metrics=self.metrics,
        )
        self.router, self.wording = speaking.router, speaking.wording
        self.sender = speaking.sender

    def choose(self, **choices: Any) -> None:
        """Have another policy."""
        self.house.choose(**choices)
        self.wire(self.house.works or self.house.store)

    def talk(self) -> Talk:
        """Return all that the bot understands."""

        def standing() -> AccountStanding:
            if self.blank:
                return AccountStanding(None, signed=False)
            return AccountStanding(self.house.clock.now() - timedelta(seconds=3), signed=True)

        return talk(
            self.house.tools,
            self.account,
            invitations=self.house.invitations,
            identities=self.house.identities,
            admitting=self.house.admitting,
            carrying=self.house.carrying,
            agents=self.servers,
            standing=standing,
            calendars=self._world if self.calendars else None,
            mailed=self.mailed,
            home=self.home,
        )

    @property
    def _world(self) -> CalendarWorld:
        return self.house.calendars or world_of(FakeCalendars(), self.account.user)

    # --- what Matrix does -----------------------------------------------------------------------

    def line(self, body: str, event: str = "ask", **more: Any) -> IncomingMessage:
        """Return a line that somebody writes now."""
        values: dict[str, Any] = {
            "event": EventId(f"${event}"),
            "salon": SALON,
            "sender": ALICE,
            "sent_at": self.house.clock.now(),
            "body": body,
        }
        return IncomingMessage(**values | more)

    async def record(self, *incoming: Incoming) -> None:
        """Keep what a sync brought."""
        position = f"s{self.house.clock.now().timestamp()}"
        await self.journal.record(Batch(position=position, incoming=incoming))

    async def handle(self) -> int:
        """Handle everything that was kept; return how much."""
        handled = 0
        while rows := await self.house.store.inbox.pending(self.account.user, 100):
            for row in rows:
                await self.router.handle(row)
                handled += 1
        return handled

    async def hears(self, *incoming: Incoming) -> None:
        """Keep and handle what a sync brought, do what is due, and let messages leave."""
        await self.record(*incoming)
        await self.handle()
        await self.house.run_due()
        await self.flush()

    async def says(self, body: str, event: str = "ask", **more: Any) -> list[Sent]:
        """Have somebody write a line; return what the bot says to it, edits aside."""
        before = len(self.account.sent)
        await self.hears(self.line(body, event, **more))
        return [one for one in self.account.sent[before:] if one.edits is None]

    async def reacts(self, target: EventId, key: str, event: str = "r", **more: Any) -> None:
        """Have somebody react to an event now."""
        values: dict[str, Any] = {
            "event": EventId(f"${event}"),
            "salon": SALON,
            "sender": BOB,
            "sent_at": self.house.clock.now(),
            "target": target,
            "key": key,
        }
        await self.hears(Reaction(**values | more))

    async def flush(self) -> None:
        """Let leave what may leave now."""
        while rows := await self.sender._due(8):
            for row in rows:
                await self.sender._send(row)

    async def run(self, until: asyncio.Event) -> None:
        """Run the sender as the program does."""
        await self.sender.run(until)

    # --- what people see ------------------------------------------------------------------------

    def bodies(self, salon: SalonId = SALON) -> list[str]:
        """Return the messages of a salon, with the last version of cards."""
        return [one.body for one in self.account.seen(salon)]

    def private(self, user: UserId = ALICE) -> list[str]:
        """Return the direct messages to a person."""
        return self.bodies(SalonId(f"!direct-{user[1:]}"))

    def state(self, salon: SalonId = SALON, **other: Any) -> SalonState:
        """Change what a salon is."""
        changed = replace(self.account.salons[salon], **other)
        self.account.salons[salon] = changed
        return changed


def starts(sent: Sequence[Sent]) -> list[str]:
    """Return the first line of each message."""
    return [one.body.partition("\n")[0] for one in sent]


__all__ = ["ALICE", "BOB", "PAUL", "SALON", "START", "Office", "starts"]
