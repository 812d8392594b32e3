"""What must happen later: planned by services, claimed and settled by an engine."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, select, update

from bridge.domain.agenda import Due, Kind
from bridge.store.tables import agenda
from bridge.store.tx import Changed, Tx

_MOST_KEYS = 500
"""SQLite takes some thousands of parameters in a statement; half a thousand is enough."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an engine can take."""

    kinds: Collection[Kind]
    but: Collection[int] = ()
    """Rows that it runs already."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A due row in somebody's hands until the claim runs out."""

    due: Due
    id: int
    claim: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a claimed row."""

    claimed: Claimed
    at: datetime | None = None
    """When it is to happen again; `None`: done."""
    retry_at: datetime | None = None
    """It failed: the same thing again then. Its `at` stays, so that twice is once."""


@dataclass(frozen=True, slots=True)
class AgendaRows:
    """Implements `bridge.ports.Agenda`, and what an engine needs besides."""

    tx: Tx

    async def plan(self, items: Sequence[Due]) -> None:
        """Plan, or plan again at another time: (kind, key) is unique."""
        if not items:
            return
        latest = {(item.kind, item.key): item for item in items}
        insert = self.tx.insert(agenda)
        fresh = ("at", "ready", "attempts", "claim")
        await self.tx.connection.execute(
            insert.on_conflict_do_update(
                index_elements=["kind", "key"],
                set_={name: insert.excluded[name] for name in fresh},
            ),
            [
                {
                    "kind": item.kind,
                    "key": item.key,
                    "at": item.at,
                    "ready": item.at,
                    "attempts": 0,
                    "claim": None,
                }
                for item in latest.values()
            ],
        )
        self.tx.changed |= Changed(agenda=min(item.at for item in items))

    async def drop(self, kind: Kind, keys: Sequence[str]) -> None:
        """Forget what was planned."""
        for start in range(0, len(keys), _MOST_KEYS):
            some = keys[start : start + _MOST_KEYS]
            await self.tx.run(delete(agenda).where(agenda.c.kind == kind, agenda.c.key.in_(some)))

    async def next(self, wanted: Wanted) -> datetime | None:
        """Return when the first of these rows is to be looked at."""
        statement = select(agenda.c.ready).where(*_is(wanted)).order_by(agenda.c.ready).limit(1)
        found: datetime | None = await self.tx.connection.scalar(statement)
        return found

    async def claim(
        self, wanted: Wanted, *, now: datetime, limit: int, lease: timedelta
    ) -> list[Claimed]:
        """Take due rows, earliest first, so that nobody else has them until the lease ends.

        A row that was claimed before and is due again lost its process: one attempt more.
        """
        due = (
            select(agenda.c.id)
            .where(agenda.c.ready <= now, *_is(wanted))
            .order_by(agenda.c.ready, agenda.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claim = secrets.randbits(62)
        lost = case((agenda.c.claim.is_not(None), 1), else_=0)
        taken = (
            update(agenda)
            .where(agenda.c.id.in_(due))
            .values(claim=claim, ready=now + lease, attempts=agenda.c.attempts + lost)
            .returning(agenda.c.id, agenda.c.kind, agenda.c.key, agenda.c.at, agenda.c.attempts)
        )
        rows = (await self.tx.connection.execute(taken)).all()
        claimed = [
            Claimed(Due(row.kind, row.key, row.at, row.attempts), row.id, claim) for row in rows
        ]
        return sorted(claimed, key=lambda one: one.due.at)

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write what came of claimed rows; one that was planned anew meanwhile stays as it is."""
        done: dict[int, list[int]] = {}
        for outcome in outcomes:
            claimed = outcome.claimed
            if outcome.at is None and outcome.retry_at is None:
                done.setdefault(claimed.claim, []).append(claimed.id)
                continue
            if outcome.retry_at is not None:
                values = {"ready": outcome.retry_at, "attempts": agenda.c.attempts + 1}
            else:
                values = {"at": outcome.at, "ready": outcome.at, "attempts": 0}
            mine = update(agenda).where(agenda.c.id == claimed.id, agenda.c.claim == claimed.claim)
            await self.tx.run(mine.values(claim=None, **values))
        for claim, ids in done.items():
            await self.tx.run(delete(agenda).where(agenda.c.id.in_(ids), agenda.c.claim == claim))

    async def release(self, *, now: datetime) -> int:
        """Take all rows out of the hands of processes known to be dead; return how many."""
        return await self.tx.run(
            update(agenda)
            .where(agenda.c.claim.is_not(None), agenda.c.ready > now)
            .values(claim=None, ready=now, attempts=agenda.c.attempts + 1)
        )

    async def waiting(self, *, now: datetime) -> int:
        """Return how many rows are due and in nobody's hands."""
        statement = select(func.count()).select_from(agenda).where(agenda.c.ready <= now)
        return await self.tx.connection.scalar(statement) or 0


def _is(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    return (agenda.c.kind.in_(sorted(wanted.kinds)), agenda.c.id.not_in(sorted(wanted.but)))
