"""The engine without a server of its own: it claims rows of the agenda and runs them in-process."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import structlog

from bridge.agenda.anew import ClockStepWatch
from bridge.agenda.failures import told
from bridge.agenda.hands import Observer, WorkerPool
from bridge.agenda.periodic import Leads, recurring
from bridge.clock import Clock, Steps
from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability, PeriodicTask
from bridge.store import DATABASE_ERRORS, Changed, Store
from bridge.store.agenda import AgendaOutcome, Claimable
from bridge.store.claims import Claimed
from bridge.store.leases import Leadership

log = structlog.get_logger()

TICK = timedelta(seconds=1)
"""How late a row may run that another process planned without notifying us.

It goes by the monotonic clock, so that nothing waits for a wall clock that was set back.
"""
LEASE = timedelta(seconds=60)
"""After this a claimed row counts as abandoned; an engine that runs it renews the lease in time."""
_RENEWALS = 3
"""Renewals per lease: two of them may fail."""
_LEAD = timedelta(seconds=1)
"""How often a process takes or renews the lease below, whether or not it has such a task now."""
LEADS = "periodic"
"""The lease of the process that runs shared periodic tasks for all."""


class _Alone:
    """The only process on its database runs everything."""

    async def held(self) -> bool:
        """Return true."""
        return True

    async def release(self) -> None:
        """Do nothing: there is no other."""


class EmbeddedEngine:
    """Implements `bridge.ports.Engine`.

    Several engines may work on one PostgreSQL database: one engine holds a row until its lease
    ends. On SQLite the store must have been opened for this process `alone`.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        lease: timedelta = LEASE,
        observer: Observer | None = None,
        steps: Steps | None = None,
    ) -> None:
        """Take the database; `observer` receives every run, `steps` report a clock step."""
        self._store = store
        self._clock = clock
        self.lease = lease
        """How long a row is claimed."""
        self._wake = asyncio.Event()
        self._quiet = store.quiet()
        self._known: tuple[Claimable, datetime | None] | None = None
        """The last answer of the agenda; it holds while the database is quiet."""
        self._until: datetime | None = None
        self._hands = WorkerPool(clock, ended=self.wake, observe=observer)
        self._renewal = PeriodicTask("agenda.renew", lease / _RENEWALS, self._renew)
        self._leads: Leads = _Alone()
        if store.engines.path is None:
            self._leads = Leadership(store.begin, LEADS, clock)
        self._lead = PeriodicTask("agenda.lead", _LEAD, self._keep_leading)
        self._steps = steps or Steps(clock)
        self._anew = ClockStepWatch()
        self._work, self._stop = Capability(), asyncio.Event()

    @property
    def full(self) -> Collection[Kind]:
        """Return the kinds that already run as often as they may: their other rows have to wait."""
        return self._hands.full

    def takes(self, kind: Kind) -> bool:
        """Tell whether a row of this kind would be started at once (`Starter`)."""
        going = kind in self._work.handlers and not self._stop.is_set()
        return going and self._hands.takes(kind)

    def wake(self) -> None:
        """Look at the agenda now."""
        self._wake.set()

    async def run(self, work: Capability, stop: asyncio.Event) -> None:
        """Do this work until `stop`; kinds without a handler here are left to other processes."""
        if not self._store.alone:
            raise ValueError("an engine on SQLite needs open_store(…, alone=True)")
        self._work, self._stop = work, stop
        stopping = asyncio.create_task(self._wake_when(stop))
        try:
            async with self._recurring(work):
                while not stop.is_set():
                    self._wake.clear()
                    self._until = None
                    until = await self._round(work)
                    await self._sleep(self._clock.now() if await self._looked_anew() else until)
        finally:
            stopping.cancel()
            await self._hands.drain()
            await self._settle()
            with suppress(*DATABASE_ERRORS):  # then it ends by itself
                await self._leads.release()

    async def _wake_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()

    @asynccontextmanager
    async def _recurring(self, work: Capability) -> AsyncIterator[None]:
        """Run the periodic tasks, and listen for commits and clock steps."""
        forget = [self._store.on_commit(self._hear)]

        def stepped(by: timedelta) -> None:
            set_anew(by)
            self._anew.stepped(by, self._hands.unsettled())
            self.wake()

        try:
            periodic = (self._renewal, self._lead, *work.periodic)
            async with recurring(periodic, work.hourly, self._clock, self._leads) as set_anew:
                forget.append(self._steps.on_step(stepped))
                with self._store.started_by(self):
                    yield
        finally:
            for one in forget:
                one()

    async def _keep_leading(self, _: datetime) -> None:
        await self._leads.held()

    async def _renew(self, now: datetime) -> None:
        """Renew the leases of running rows: only a dead or stopped process loses its rows."""
        held = self._hands.claims()
        if held:
            async with self._store() as work:
                await work.agenda.renew(held, until=now + self.lease)

    def _hear(self, changed: Changed) -> None:
        self._hands.finished(changed.finished)
        for claimed in changed.claimed:
            self._start(claimed)
        if changed.agenda is not None and (self._until is None or changed.agenda < self._until):
            self.wake()

    async def _sleep(self, until: datetime | None) -> None:
        """Wait for `until`, or for a reason to look earlier: the tick is one."""
        self._until = until
        left = TICK if until is None else min(until - self._clock.now(), TICK)
        seconds = max(left.total_seconds(), 0)
        timer = asyncio.get_running_loop().call_later(seconds, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    async def _round(self, work: Capability) -> datetime | None:
        """Settle ended rows, start due ones; return when to look again."""
        outcomes = self._hands.take()
        kinds, room = self._hands.room(work.handlers)
        wanted = Claimable(kinds, self._hands.held(kinds))
        started: list[Claimed] = []
        try:
            due = await self._next(wanted) if room else None
            now = self._clock.now()
            ripe = due is not None and due <= now
            if outcomes or ripe:
                started = await self._write(outcomes, wanted, now=now, limit=room if ripe else 0)
                self._anew.settled(outcomes)
        except DATABASE_ERRORS as error:
            self._hands.give_back(outcomes)
            log.warning("agenda.unreachable", **told(error))
            return None
        for claimed in started:
            self._hands.start(claimed, work.handlers[claimed.due.kind], self._limit(claimed))
        if ripe:
            return now if started else None  # another engine has it; the next tick will show
        return due

    async def _looked_anew(self) -> bool:
        """Shorten waits for a time that the clock showed before; return whether it was set."""
        if not self._anew.wanted:
            return False
        now, by = self._clock.now(), self._anew.take()
        try:
            async with self._store() as work:
                await work.agenda.clock_set(now, now - by, lease=self.lease)
        except DATABASE_ERRORS as error:
            self._anew.failed()
            log.warning("agenda.unreachable", **told(error))
            return False
        return True

    def _start(self, claimed: Claimed) -> None:
        """Start a row that was claimed as it was planned, unless it runs already, or none may."""
        kind = claimed.due.kind
        if claimed.id in self._hands.held() or not self.takes(kind):
            self._hands.put_off(claimed)
        else:
            self._hands.start(claimed, self._work.handlers[kind], self._limit(claimed))

    def _limit(self, claimed: Claimed) -> timedelta:
        return self._work.limits.get(claimed.due.kind, LONGEST)

    async def _next(self, wanted: Claimable) -> datetime | None:
        """Return when to look at these rows; read again only what somebody has written since."""
        if self._known is not None and self._known[0] == wanted and self._quiet.lasts:
            return self._known[1]
        mark = self._quiet.mark()
        async with self._store.reading() as work:
            found = await work.agenda.next(wanted)
        self._quiet.begin(mark)
        self._known = wanted, found
        return found

    async def _write(
        self, outcomes: Sequence[AgendaOutcome], wanted: Claimable, *, now: datetime, limit: int
    ) -> list[Claimed]:
        async with self._store() as work:
            await work.agenda.settle(outcomes)
            if not limit:
                return []
            return await work.agenda.claim(wanted, now=now, limit=limit, lease=self.lease)

    async def _settle(self) -> None:
        """Write the last outcomes; a row whose outcome is lost runs again after its lease."""
        try:
            async with self._store() as work:
                await work.agenda.settle(self._hands.take())
        except DATABASE_ERRORS as error:
            log.warning("agenda.unreachable", **told(error))
