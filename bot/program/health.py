"""The administration address: is it alive, is it ready, what does it count.

It has no password: it listens on loopback unless told otherwise, and says nothing about people.
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
"""Two long polls of 30 s and some time to answer: a homeserver with nothing to say is no fault."""
AGENDA_LATE = timedelta(seconds=60)
OUTBOX_LATE = timedelta(minutes=5)
"""Longer than a homeserver's rate limit usually holds messages back."""
DATABASE_TIMEOUT = 5.0
WRITE_TIMEOUT = 5.0
"""Seconds; as long as a writer waits for another process on SQLite."""


class Ailment(StrEnum):
    """What keeps a role of this process from its work: `/readyz` answers 503."""

    SYNC = "sync"
    ACCOUNT = Still.ACCOUNT.value
    BOT = Still.BOT.value
    DATABASE = "database"
    AGENDA = "agenda"


class Impairment(StrEnum):
    """What works badly, or not at all, while the roles of this process go on."""

    MAIL = Part.MAIL.value
    VISIO = Part.VISIO.value
    MEDIA = Part.MEDIA.value
    IDENTITY = "identity"
    """Some clients neither hear the bot nor let it hear them."""
    OUTBOX = "outbox"
    AGENDA = "agenda"
    DISK = "disk"


@dataclass(slots=True)
class Report:
    """How a process does."""

    ailments: list[Ailment]
    degraded: list[Impairment]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the database says is still to do."""

    outbox_oldest: Mapping[UserId | None, timedelta]
    """How long each account's oldest message has waited; under `None`, the first account's."""
    agenda_waiting: int
    agenda_late: timedelta
    agenda_stuck: timedelta
    """How late the oldest is that this worker has hands free for."""
    seats: int = 0
    """Guests who were let in and may still be there."""
    live: int = 0
    """Meetings with people in them."""
    people: int = 0
    mails: int = 0
    """Letters that have not left."""


class Database(Protocol):
    """Counts what waits."""

    async def backlog(self, now: datetime, full: Collection[Kind] = ()) -> Backlog:
        """Return what waits now; this worker has no hands free for the kinds `full`.

        Raises one of `bridge.store.DATABASE_ERRORS`.
        """
        ...


class Worker(Protocol):
    """Runs the agenda in this process."""

    @property
    def full(self) -> Collection[Kind]:
        """Return the kinds of which as many run as may run at once."""
        ...


class AccountHealth(Protocol):
    """What a Matrix account knows of itself."""

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
    """What this process does, and so what may ail it."""

    database: Database
    pulse: Pulse
    clock: Clock
    vitals: Vitals
    user: UserId
    """The bot's account."""
    account: AccountHealth | None = None
    """None in a process without the role `bot`, which then does not send either."""
    worker: Worker | None = None
    """None in a process without the role `worker`."""
    folders: Sequence[Path] = ()
    """Where this process writes."""
    account_expires: date | None = None
    started: datetime | None = None
    """Since when a first sync is waited for."""

    async def look(self, metrics: Metrics) -> Report:
        """Measure, note it in `metrics`, and return how the process does."""
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
        for part in (Part.MAIL, Part.VISIO, Part.MEDIA):
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
        """Return how long this account's oldest message has waited; zero if none waits."""
        found = backlog.outbox_oldest
        return max(found.get(self.user, timedelta()), found.get(None, timedelta()))

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
        """Tell a role that does not do its work from one that has more of it than it can do."""
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
        return web.Response(text="ok\n")  # the loop answers: that is all there is to know

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
