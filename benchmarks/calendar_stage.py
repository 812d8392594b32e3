"""Linked calendars in a database, and an engine that looks at them."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr
from sqlalchemy import delete

from benchmarks.calendar_server import LARGE
from bridge.agenda import EmbeddedEngine, Ran
from bridge.caldav.servers import DavCalendars, open_calendars
from bridge.calendars.event_texts import ICalendarTexts
from bridge.calendars.recurrence import Recurrences
from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarLogin
from bridge.domain.capability import Capability
from bridge.domain.polls import PollPace
from bridge.i18n import Language
from bridge.ids import CalendarAccountId, CalendarId, UserId, uuid7
from bridge.metrics import Metrics
from bridge.services.calendars.describing import Describing
from bridge.services.calendars.wire import CalendarWorld, calendars
from bridge.services.tools import Tools
from bridge.store import Store, open_store
from bridge.store.schema import migrate
from bridge.store.tables import agenda
from tests.contract.store_samples import vault
from tests.defaults import default_policy
from tests.servers.calendars import on_loopback
from tests.servers.processes import bound_to_us, running

PATIENCE = 300.0
EVENTS = 10_000
READ = 2
"""Calendars of an account that are read, of the three that it has."""
_STATE = "http://sabre.io/ns/sync/7"
_BATCH = 250
_HOURS = timedelta(hours=6)


@contextmanager
def canned() -> Iterator[str]:
    """Run the canned server in another process, on another core; yield its address."""
    argv = [*bound_to_us(), sys.executable, "-m", "benchmarks.calendar_server", str(EVENTS)]
    with running(argv, mark="READY") as process:
        port = next(line for line in process.tail if "READY" in line).split()[1]
        yield f"http://127.0.0.1:{port}"


@dataclass(slots=True)
class Stage:
    """A database with accounts, and the connections to their server."""

    store: Store
    servers: DavCalendars
    base: str
    pace: PollPace
    accounts: list[CalendarAccountId] = field(default_factory=list)
    work: Capability = field(default_factory=Capability)

    def __post_init__(self) -> None:
        self.work = self.fresh()

    def fresh(self) -> Capability:
        """Return the handlers of a process that remembers nothing."""
        texts = ICalendarTexts(
            zone="Europe/Paris", visio="https://visio.example", language=Language.FR
        )
        world = CalendarWorld(
            expansion=Recurrences(),
            servers=self.servers,
            texts=texts,
            pace=self.pace,
            describing=Describing("agents.example", "Réunion Visio"),
            bot=UserId("@parvis:agent.tchap"),
        )
        return calendars(Tools(self.store, SystemClock(), default_policy()), world)

    async def link(self, count: int) -> None:
        """Link so many accounts more, whose calendars are read already."""
        now = self.store.clock.now()
        for first in range(0, count, _BATCH):
            async with self.store() as work:
                for _ in range(first, min(first + _BATCH, count)):
                    number = len(self.accounts)
                    home = f"{self.base}/dav/agent{number}/"
                    account = _account(number, home, now)
                    await work.calendars.add_account(account)
                    await work.calendars.save_calendars(
                        *[_calendar(account, f"{home}{n}/", now, ours=not n) for n in range(READ)]
                    )
                    self.accounts.append(account.id)

    async def link_large(self) -> CalendarAccountId:
        """Link the account whose calendar has many events, and was never read."""
        now, home = self.store.clock.now(), f"{self.base}/dav/{LARGE}/"
        account = _account(-1, home, now)
        async with self.store() as work:
            await work.calendars.add_account(account)
            await work.calendars.save_calendars(
                AgentCalendar(
                    id=CalendarId(uuid7(now)), account=account.id, url=f"{home}0/", ours=True
                )
            )
        return account.id

    async def unlink(self, account: CalendarAccountId) -> None:
        """Drop an account with all that it has."""
        async with self.store() as work:
            await work.calendars.drop_account(account)

    async def polled(self, accounts: Sequence[CalendarAccountId]) -> float:
        """Poll these by an engine; return the seconds of processor time."""
        now = self.store.clock.now()
        async with self.store.begin() as tx:
            await tx.connection.execute(delete(agenda))
        for first in range(0, len(accounts), _BATCH):
            some = accounts[first : first + _BATCH]
            async with self.store() as work:
                await work.agenda.plan([Due(Kind.POLL, str(one), now) for one in some])
        stop, left = asyncio.Event(), len(accounts)

        def ran(run: Ran) -> None:
            nonlocal left
            assert not run.failed
            left -= run.kind is Kind.POLL
            if not left:
                stop.set()

        engine = EmbeddedEngine(self.store, SystemClock(), observer=ran)
        began = time.process_time()
        async with asyncio.timeout(PATIENCE):
            await engine.run(self.work, stop)
        return time.process_time() - began


@asynccontextmanager
async def staged(url: str, base: str, pace: PollPace | None = None) -> AsyncIterator[Stage]:
    """Open an empty database, and connections to the server at `base`."""
    await migrate(url)
    every = PollPace(soon=_HOURS, busy=_HOURS, idle=_HOURS, night=_HOURS, zone="Europe/Paris")
    async with (
        open_store(url, vault=vault(), alone=url.startswith("sqlite")) as store,
        open_calendars(on_loopback(base), clock=SystemClock(), metrics=Metrics()) as servers,
    ):
        yield Stage(store, servers, base, pace or every)


@dataclass(slots=True)
class Gaps:
    """The longest time in which the event loop did not come round."""

    longest: float = 0.0

    async def watch(self) -> None:
        """Watch until cancelled."""
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last)
            last = now


def _account(number: int, home: str, now: datetime) -> CalendarAccount:
    return CalendarAccount(
        id=CalendarAccountId(uuid7(now)),
        owner=UserId(f"@agent{number}:agent.tchap"),
        home=home,
        login=CalendarLogin(user=f"agent{number}", secret=SecretStr(f"word of {number}")),
        addresses=(f"agent{number}@agents.example",),
        linked_at=now,
        polled_at=now,
        ok_at=now,
    )


def _calendar(account: CalendarAccount, url: str, now: datetime, *, ours: bool) -> AgentCalendar:
    return AgentCalendar(
        id=CalendarId(uuid7(now)),
        account=account.id,
        url=url,
        name="Personnel",
        ctag=_STATE,
        token=_STATE,
        ours=ours,
        reconciled_at=now,
    )
