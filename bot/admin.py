"""The administration address: is it alive, is it ready, what does it count.

It has no password: it listens on loopback unless told otherwise, and says nothing about people.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge.clock import Clock
from bridge.metrics import Metrics
from bridge.store import DATABASE_ERRORS

log = structlog.get_logger()

SYNC_LATE = timedelta(seconds=75)
"""Two long polls of 30 s and some time to answer: a homeserver with nothing to say is no fault."""
AGENDA_LATE = timedelta(seconds=60)
OUTBOX_LATE = timedelta(minutes=5)
"""Longer than a homeserver's rate limit usually holds messages back."""
DATABASE_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the database says is still to do."""

    outbox_oldest: timedelta
    agenda_waiting: int
    agenda_late: timedelta
    seats: int = 0
    """Guests who were let in and may still be there."""
    live: int = 0
    """Meetings with people in them."""
    people: int = 0


class Database(Protocol):
    """Counts what waits."""

    async def backlog(self, now: datetime) -> Backlog:
        """Return what waits now. Raises one of `bridge.store.DATABASE_ERRORS`."""
        ...


class Account(Protocol):
    """What a Matrix account knows of itself."""

    @property
    def sync_age(self) -> timedelta | None: ...  # noqa: D102
    @property
    def signed(self) -> bool: ...  # noqa: D102
    @property
    def undecryptable_total(self) -> int: ...  # noqa: D102
    @property
    def forged_total(self) -> int: ...  # noqa: D102
    @property
    def sync_failures_total(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What this process does, and so what may ail it."""

    database: Database
    clock: Clock
    account: Account | None = None
    """None in a process without the role `bot`, which then does not send either."""
    works: bool = True
    """Whether it has the role `worker`."""
    account_expires: date | None = None

    async def ailments(self, metrics: Metrics) -> list[str]:
        """Measure, note it in `metrics`, and return what keeps the process from being ready."""
        now = self.clock.now()
        found = [] if self.account is None else list(_account(self.account, metrics))
        if self.account_expires is not None:
            metrics.account_expires.set((self.account_expires - now.date()).days)
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT):
                backlog = await self.database.backlog(now)
        except DATABASE_ERRORS as error:
            log.warning("database.unreachable", error=type(error).__name__)
            metrics.database.set(0)
            return [*found, "database"]
        metrics.database.set(1)
        metrics.outbox_oldest.set(backlog.outbox_oldest.total_seconds())
        metrics.agenda_waiting.set(backlog.agenda_waiting)
        metrics.agenda_lateness.set(backlog.agenda_late.total_seconds())
        metrics.seats.set(backlog.seats)
        metrics.meetings_live.set(backlog.live)
        metrics.people.set(backlog.people)
        if self.account is not None and backlog.outbox_oldest > OUTBOX_LATE:
            found.append("outbox")
        if self.works and backlog.agenda_late > AGENDA_LATE:
            found.append("agenda")
        return found


def _account(account: Account, metrics: Metrics) -> Iterator[str]:
    metrics.signed.set(account.signed)
    metrics.undecryptable.set(account.undecryptable_total)
    metrics.forged.set(account.forged_total)
    metrics.sync_failures.set(account.sync_failures_total)
    age = account.sync_age
    if age is not None:
        metrics.sync_age.set(age.total_seconds())
    if age is None or age > SYNC_LATE:
        yield "sync"


def make_admin(health: Health, metrics: Metrics) -> web.Application:
    """Return the web application of the administration address."""

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")  # the loop answers: that is all there is to know

    async def readyz(_: web.Request) -> web.Response:
        ailments = await health.ailments(metrics)
        status = HTTPStatus.SERVICE_UNAVAILABLE if ailments else HTTPStatus.OK
        return web.json_response({"ready": not ailments, "ailments": ailments}, status=status)

    async def measures(_: web.Request) -> web.Response:
        await health.ailments(metrics)
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
