"""The administration address: liveness, readiness and metrics.

It has no password: it listens on loopback unless set otherwise, and says nothing about people.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.program.disk import FULL, fullest
from bot.program.pulse import Pulse
from bot.program.upkeep import Still
from bridge.clock import Clock
from bridge.domain.agenda import Kind
from bridge.ids import UserId
from bridge.metrics import Metrics
from bridge.store import DATABASE_ERRORS
from bridge.vitals import Part, Vitals

log = structlog.get_logger()

SYNC_LATE = timedelta(seconds=75)
"""Two long polls of 30 s and time to answer: a homeserver without news is no fault."""
AGENDA_LATE = timedelta(seconds=60)
OUTBOX_LATE = timedelta(minutes=5)
"""Longer than a homeserver's rate limit usually delays messages."""
DATABASE_TIMEOUT = 5.0
WRITE_TIMEOUT = 5.0
"""Seconds; equal to a writer's wait for another process on SQLite."""


class Ailment(StrEnum):
    """Faults that keep a role of this process from its work: `/readyz` answers 503."""

    SYNC = "sync"
    ACCOUNT = Still.ACCOUNT.value
    BOT = Still.BOT.value
    DATABASE = "database"
    AGENDA = "agenda"


class Impairment(StrEnum):
    """Faults that the roles of this process survive: something works badly, or not at all."""

    MAIL = Part.MAIL.value
    INBOX = Part.INBOX.value
    VISIO = Part.VISIO.value
    MEDIA = Part.MEDIA.value
    IDENTITY = "identity"
    """Some clients neither read the bot's messages nor share theirs with it."""
    OUTBOX = "outbox"
    AGENDA = "agenda"
    DISK = "disk"


@dataclass(slots=True)
class Report:
    """A process's health."""

    ailments: list[Ailment]
    degraded: list[Impairment]


@dataclass(frozen=True, slots=True)
class Backlog:
    """The work that waits in the database."""

    outbox_oldest: Mapping[UserId | None, timedelta]
    """The wait of the oldest message of each account; under `None`, of those that name none."""
    agenda_waiting: int
    agenda_late: timedelta
    agenda_stuck: timedelta
    """The delay of the oldest overdue row of a kind that this worker could run now."""
    seats: int = 0
    """Guests who were admitted and may still be in a meeting."""
    live: int = 0
    """Meetings with people in them."""
    people: int = 0
    mails: int = 0
    """Mails that have not been sent."""


class Database(Protocol):
    """Counts the work that waits."""

    async def backlog(self, now: datetime, full: Collection[Kind] = ()) -> Backlog:
        """Return the backlog now; this worker can start no more rows of the kinds `full`.

        Raises one of `bridge.store.DATABASE_ERRORS`.
        """
        ...


class Worker(Protocol):
    """Runs the agenda in this process."""

    @property
    def full(self) -> Collection[Kind]:
        """Return the kinds at their limit of concurrent runs."""
        ...


class HostCounts(Protocol):
    """Counts the accounts at calendar hosts."""

    async def note(self, metrics: Metrics, now: datetime) -> None:
        """Record them."""
        ...


class AccountHealth(Protocol):
    """A Matrix account's report on itself."""

    @property
    def sync_age(self) -> timedelta | None: ...  # noqa: D102
    @property
    def signed(self) -> bool: ...  # noqa: D102
    @property
    def unsigned(self) -> bool: ...  # noqa: D102
    @property
    def undecryptable_total(self) -> int: ...  # noqa: D102
    @property
    def forged_total(self) -> int: ...  # noqa: D102
    @property
    def sync_failures_total(self) -> int: ...  # noqa: D102
    @property
    def rewound_total(self) -> int: ...  # noqa: D102
    @property
    def still(self) -> Still | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The parts of this process whose health counts."""

    database: Database
    pulse: Pulse
    clock: Clock
    vitals: Vitals
    user: UserId
    """The bot's account."""
    account: AccountHealth | None = None
    """None in a process without the role `bot`, which does not send either."""
    worker: Worker | None = None
    """None in a process without the role `worker`."""
    folders: Sequence[Path] = ()
    """The folders that this process writes to."""
    account_expires: date | None = None
    hosts: HostCounts | None = None
    """The calendar hosts, which one process reports."""
    started: datetime | None = None
    """When this process began to wait for a first sync."""

    async def look(self, metrics: Metrics) -> Report:
        """Measure, record it in `metrics`, and return the process's health."""
        now = self.clock.now()
        if self.account_expires is not None:
            metrics.account_expires.labels(self.user).set((self.account_expires - now.date()).days)
        report = Report([*self._bot(metrics, now)], [*self._parts()])
        if await self._low_on_disk(metrics):
            report.degraded.append(Impairment.DISK)
        backlog = await self._backlog(now)
        if backlog is not None:
            self._note(backlog, metrics)
            self._judge(backlog, report)
            if self.hosts is not None:
                await self.hosts.note(metrics, now)
        up = backlog is not None and await self.pulse.beats(WRITE_TIMEOUT)
        metrics.database.set(up)
        if not up:
            report.ailments.append(Ailment.DATABASE)
        metrics.health(
            {one: one in report.ailments for one in Ailment},
            {one: one in report.degraded for one in Impairment},
        )
        return report

    def _bot(self, metrics: Metrics, now: datetime) -> Iterator[Ailment]:
        if self.account is None:
            return
        self._tell(self.account, metrics)
        if self.account.still is not None:
            yield Ailment(self.account.still.value)
        age = self.account.sync_age
        if age is None and self.started is not None:
            metrics.sync_age.labels(self.user).set((now - self.started).total_seconds())
        elif age is not None:
            metrics.sync_age.labels(self.user).set(age.total_seconds())
        if age is None or age > SYNC_LATE:
            yield Ailment.SYNC

    def _parts(self) -> Iterator[Impairment]:
        for part in Part:
            if self.vitals.ailing(part):
                yield Impairment(part.value)
        if self.account is not None and self.account.unsigned:
            yield Impairment.IDENTITY

    async def _low_on_disk(self, metrics: Metrics) -> bool:
        if not self.folders:
            return False
        try:
            _, left = await asyncio.to_thread(fullest, self.folders)
        except OSError as error:
            log.warning("disk.unreadable", error=type(error).__name__)
            return True
        metrics.disk_free.set(left)
        return left < FULL

    async def _backlog(self, now: datetime) -> Backlog | None:
        full = () if self.worker is None else self.worker.full
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT):
                return await self.database.backlog(now, full)
        except DATABASE_ERRORS as error:
            log.warning("database.unreachable", error=type(error).__name__)
            return None

    def _oldest(self, backlog: Backlog) -> timedelta:
        """Return the wait of the oldest message; zero if none waits.

        The one account also sends those of an account that the bot had formerly.
        """
        return max(backlog.outbox_oldest.values(), default=timedelta())

    def _note(self, backlog: Backlog, metrics: Metrics) -> None:
        metrics.outbox_oldest.labels(self.user).set(self._oldest(backlog).total_seconds())
        metrics.agenda_waiting.set(backlog.agenda_waiting)
        metrics.mails_waiting.set(backlog.mails)
        metrics.agenda_lateness.set(backlog.agenda_late.total_seconds())
        metrics.seats.set(backlog.seats)
        metrics.meetings_live.set(backlog.live)
        metrics.people.set(backlog.people)

    def _tell(self, account: AccountHealth, metrics: Metrics) -> None:
        metrics.signed.labels(self.user).set(account.signed)
        metrics.undecryptable.labels(self.user).set(account.undecryptable_total)
        metrics.forged.labels(self.user).set(account.forged_total)
        metrics.sync_failures.labels(self.user).set(account.sync_failures_total)
        metrics.rewound.labels(self.user).set(account.rewound_total)
        metrics.bot_up.labels(self.user).set(account.still is None)

    def _judge(self, backlog: Backlog, report: Report) -> None:
        """Distinguish a role that does not work from one with more work than it can do."""
        if self.account is not None and self._oldest(backlog) > OUTBOX_LATE:
            report.degraded.append(Impairment.OUTBOX)
        if self.worker is None:
            return
        if backlog.agenda_stuck > AGENDA_LATE:
            report.ailments.append(Ailment.AGENDA)
        elif backlog.agenda_late > AGENDA_LATE:
            report.degraded.append(Impairment.AGENDA)


def make_admin(health: Health, metrics: Metrics) -> web.Application:
    """Return the web application of the administration address."""

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")  # the event loop answers: that is all we test

    async def readyz(_: web.Request) -> web.Response:
        report = await health.look(metrics)
        status = HTTPStatus.SERVICE_UNAVAILABLE if report.ailments else HTTPStatus.OK
        said = {
            "ready": not report.ailments,
            "ailments": report.ailments,
            "degraded": report.degraded,
        }
        return web.json_response(said, status=status)

    async def measures(_: web.Request) -> web.Response:
        await health.look(metrics)
        return web.Response(
            body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", measures)
    return app


@asynccontextmanager
async def serve_admin(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve for the block and yield the port; port 0 takes any."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
