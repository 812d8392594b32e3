"""An engine's worker pool: how many handlers run at once, and the outcome of each."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import structlog

from bridge.agenda.failures import told
from bridge.clock import Clock
from bridge.domain.agenda import Due, Handler, Kind, backoff
from bridge.store.agenda import AgendaOutcome
from bridge.store.claims import Claimed

log = structlog.get_logger()

HANDS = 240
"""Handlers that run at the same time: if three kinds hang, a quarter is left for the others.

Mails, codes and rooms wait for servers that may take minutes; a waiting handler costs nothing.
"""
OF_ONE_KIND = 60
"""Handlers of one kind at the same time: a mail server that hangs holds up only mail.

It is more than the guests that a meeting may have by default: all must be out at one moment.
"""
DRAIN = 10.0
"""Seconds for handlers to end when the engine stops."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a handler, for the metrics."""

    kind: Kind
    late: timedelta
    """The time from when it was due to when it ended."""
    failed: bool


Observer: TypeAlias = Callable[[Ran], None]


class WorkerPool:
    """Runs handlers as tasks and gathers their outcomes."""

    def __init__(
        self,
        clock: Clock,
        *,
        ended: Callable[[], None],
        observe: Observer | None = None,
    ) -> None:
        """Call `ended` for each outcome to take."""
        self._clock = clock
        self._told = ended
        self._observe = observe
        self._tasks: dict[int, asyncio.Task[AgendaOutcome]] = {}
        self._claims: dict[int, Claimed] = {}
        self._busy: Counter[Kind] = Counter()
        self._full: set[Kind] = set()
        self._outcomes: list[AgendaOutcome] = []
        self._finished: set[Due] = set()

    def room(self, kinds: Iterable[Kind]) -> tuple[list[Kind], int]:
        """Return the kinds that may be started now, and how many of them.

        A kind that has used up its share is offered again when half of it is free: else its rows
        would be claimed one by one.
        """
        for kind in kinds:
            if self._busy[kind] >= OF_ONE_KIND:
                self._full.add(kind)
            elif self._busy[kind] <= OF_ONE_KIND // 2:
                self._full.discard(kind)
        free = [kind for kind in kinds if kind not in self._full]
        most = min((OF_ONE_KIND - self._busy[kind] for kind in free), default=0)
        return free, max(min(most, HANDS - len(self._tasks)), 0)

    @property
    def full(self) -> Collection[Kind]:
        """Return the kinds that have no slot free; all kinds if none is left at all."""
        return frozenset(Kind) if len(self._tasks) >= HANDS else frozenset(self._full)

    def takes(self, kind: Kind) -> bool:
        """Tell whether a row of this kind may be started now."""
        return bool(self.room([kind])[1])

    def put_off(self, claimed: Claimed) -> None:
        """Give a claimed row back: it is started as soon as that may be."""
        self._outcomes.append(AgendaOutcome(claimed, at=claimed.due.at))
        self._told()

    def finished(self, rows: Collection[Due]) -> None:
        """Note rows that their handlers deleted: there is no outcome left to write."""
        self._finished.update(one.due for one in self._claims.values() if one.due in rows)

    def take(self) -> list[AgendaOutcome]:
        """Return the outcomes since the last time."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def give_back(self, outcomes: list[AgendaOutcome]) -> None:
        """Keep outcomes that could not be written."""
        self._outcomes = outcomes + self._outcomes

    def unsettled(self) -> set[int]:
        """Return the rows that run now, or whose outcome is not taken yet."""
        return self.held().union(outcome.claimed.id for outcome in self._outcomes)

    def held(self, kinds: Collection[Kind] = frozenset(Kind)) -> set[int]:
        """Return the rows that run now: they must not be claimed again before they end."""
        return {key for key, one in self._claims.items() if one.due.kind in kinds}

    def claims(self) -> list[Claimed]:
        """Return the claims of the rows that run, to renew their leases."""
        return list(self._claims.values())

    def start(self, claimed: Claimed, handler: Handler, limit: timedelta) -> None:
        """Run a handler for a claimed row, and cancel it after its limit.

        A limit is for a handler that would never end. It is longer than everything the handler may
        wait for, since a cancelled handler can't say what became of its requests.
        """
        task = asyncio.create_task(self._handle(claimed, handler, limit))
        self._busy[claimed.due.kind] += 1
        if self._busy[claimed.due.kind] >= OF_ONE_KIND:
            self._full.add(claimed.due.kind)
        self._tasks[claimed.id] = task
        self._claims[claimed.id] = claimed
        task.add_done_callback(lambda ended: self._ended(claimed, ended))

    async def drain(self, patience: float = DRAIN) -> None:
        """Let running handlers end, and cancel those that do not within `patience` seconds."""
        if not self._tasks:
            return
        _, endless = await asyncio.wait(self._tasks.values(), timeout=patience)
        for task in endless:
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks.values())
            await asyncio.sleep(0)  # their callbacks

    def _ended(self, claimed: Claimed, task: asyncio.Task[AgendaOutcome]) -> None:
        del self._tasks[claimed.id], self._claims[claimed.id]
        self._busy[claimed.due.kind] -= 1
        finished = claimed.due in self._finished
        self._finished.discard(claimed.due)
        if finished and not self._full:
            return
        if not finished:
            interrupted = AgendaOutcome(claimed, retry_at=self._clock.now())
            self._outcomes.append(interrupted if task.cancelled() else task.result())
        if not self._used_up(claimed.due.kind):
            self._told()

    def _used_up(self, kind: Kind) -> bool:
        """Tell whether no row of this kind may be started yet: then outcomes wait for each other.

        They are written with those that end next, or at the engine's next look, within a second.
        """
        return kind in self._full and self._busy[kind] > OF_ONE_KIND // 2

    async def _handle(self, claimed: Claimed, handler: Handler, limit: timedelta) -> AgendaOutcome:
        due = claimed.due
        try:
            structlog.contextvars.bind_contextvars(job=due.kind.value, key=due.key)  # of this task
            async with asyncio.timeout(limit.total_seconds()):
                outcome = AgendaOutcome(claimed, at=await handler(due))
        except Exception as error:  # noqa: BLE001 - any error is the handler's, not the pool's
            outcome = self._failed(claimed, error)
        if self._observe is not None:
            late = self._clock.now() - due.at
            self._observe(Ran(due.kind, late, failed=outcome.retry_at is not None))
        return outcome

    def _failed(self, claimed: Claimed, error: Exception) -> AgendaOutcome:
        due = claimed.due
        retry_at = self._clock.now() + backoff(due.attempts)
        log.warning(
            "agenda.failed",
            job=due.kind.value,
            key=due.key,
            attempts=due.attempts + 1,
            retry_at=retry_at.isoformat(),
            **told(error),
        )
        return AgendaOutcome(claimed, retry_at=retry_at)
