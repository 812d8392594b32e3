"""The agenda's table: services plan rows, an engine claims them and settles their outcome."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, case, delete, func, select, union_all, update

from bridge.domain.agenda import LONGEST_PAUSE, URGENT, Due, Kind
from bridge.store.claims import Claimed
from bridge.store.statements import AnySelect, Query, chosen, upsert
from bridge.store.tables import agenda
from bridge.store.tx import Changed, Tx
from bridge.store.types import Moment

_MOST_KEYS = 500
"""Keys per statement: SQLite takes some thousands of parameters, so 500 is safe."""
_FEW = 8
"""The most rows that are claimed as they are planned: each takes a statement of its own."""

_many_kinds = agenda.c.kind.in_(bindparam("kinds", expanding=True))
_but = agenda.c.id.not_in(bindparam("but", expanding=True))
_mine = (
    select(agenda.c.id)
    .where(agenda.c.id.in_(bindparam("rows", expanding=True)), agenda.c.claim == bindparam("mine"))
    .with_for_update(skip_locked=True)
)
"""The rows that we still claim, except those that another transaction is replanning right now.

Those are no longer ours, and waiting for them while we hold other rows could deadlock.
"""
_now = bindparam("now", type_=Moment)

_PLANNED_ANEW = ["at", "ready", "attempts", "claim"]
_PLAN = upsert(agenda, "kind", "key", replace=_PLANNED_ANEW)
_PLAN_CLAIMED = upsert(agenda, "kind", "key", replace=_PLANNED_ANEW, returning=agenda.c.id)
_FINISH = delete(agenda).where(
    agenda.c.kind == bindparam("kind"),
    agenda.c.key == bindparam("key"),
    agenda.c.at == bindparam("planned", type_=Moment),
)
_coming = (
    select(agenda.c.kind, agenda.c.key, agenda.c.at, agenda.c.attempts)
    .where(agenda.c.at < bindparam("until", type_=Moment))
    .order_by(agenda.c.at, agenda.c.id)
)
_COMING = Query(_coming, _coming)
_UNLESS = delete(agenda).where(
    agenda.c.kind == bindparam("kind"),
    agenda.c.key == bindparam("key"),
    agenda.c.at != bindparam("planned", type_=Moment),
)
_DROP = delete(agenda).where(
    agenda.c.kind == bindparam("kind"), agenda.c.key.in_(bindparam("keys", expanding=True))
)
_begins = (
    agenda.c.kind == bindparam("of_kind"),
    agenda.c.key >= bindparam("first"),
    agenda.c.key < bindparam("behind"),
)
_HASTEN = update(agenda).where(*_begins)
_DROP_ALL = delete(agenda).where(*_begins)
_of_them = func.coalesce(agenda.c.kind, "").in_(bindparam("kinds", expanding=True))
"""Rows of several kinds, found in the order of `ready`: by their kinds they would be sorted."""
_due = (
    select(agenda.c.id)
    .where(agenda.c.ready <= _now, _of_them, _but)
    .order_by(agenda.c.ready, agenda.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(agenda)
    .where(agenda.c.id.in_(chosen(_due)))
    .values(attempts=agenda.c.attempts + case((agenda.c.claim.is_not(None), 1), else_=0))
    .returning(agenda.c.id, agenda.c.kind, agenda.c.key, agenda.c.at, agenda.c.attempts)
)
_AGAIN = update(agenda).where(agenda.c.id.in_(_mine))
_planned_again = (
    select(agenda.c.id)
    .where(agenda.c.id == bindparam("row"), agenda.c.claim == bindparam("mine"))
    .with_for_update(skip_locked=True)
)
_EACH_AGAIN = (
    update(agenda)
    .where(agenda.c.id.in_(_planned_again))
    .values(
        at=bindparam("again", type_=Moment),
        ready=bindparam("again", type_=Moment),
        attempts=0,
        claim=None,
    )
)
"""Each row at a time of its own; one statement for many rows."""
_RETRY = _AGAIN.values(attempts=agenda.c.attempts + 1)
_SETTLE = delete(agenda).where(agenda.c.id.in_(_mine))
_RELEASE = (
    update(agenda)
    .where(agenda.c.claim.is_not(None), agenda.c.ready > _now)
    .values(attempts=agenda.c.attempts + 1)
)
_latest = bindparam("latest", type_=Moment)
_too_long = select(agenda.c.id).where(agenda.c.claim.is_not(None), agenda.c.ready > _latest)
_SHORTEN = update(agenda).where(agenda.c.id.in_(_too_long.with_for_update(skip_locked=True)))
_soon = select(agenda.c.id).where(
    agenda.c.claim.is_(None), agenda.c.ready > _now, agenda.c.ready <= _latest
)
_LOOK = update(agenda).where(agenda.c.id.in_(_soon.with_for_update(skip_locked=True)))
_WAITING = select(func.count()).select_from(agenda).where(agenda.c.ready <= _now)
_PLANNED = _WAITING.where(_many_kinds)


@dataclass(frozen=True, slots=True)
class Claimable:
    """Selects the rows that an engine can claim."""

    kinds: Collection[Kind]
    but: Collection[int] = ()
    """Rows that the engine runs already."""


@dataclass(frozen=True, slots=True)
class AgendaOutcome:
    """The outcome of a claimed row."""

    claimed: Claimed
    at: datetime | None = None
    """When the row is to run again; `None`: it is done."""
    retry_at: datetime | None = None
    """It failed: retry then. Its `at` stays, so that a second run has the same identity."""


@dataclass(frozen=True, slots=True)
class AgendaRows:
    """Implements `bridge.ports.Agenda`, and the methods that an engine needs besides."""

    tx: Tx

    async def plan(self, items: Sequence[Due]) -> None:
        """Plan rows, or move planned ones to another time: (kind, key) is unique."""
        if not items:
            return
        latest = {(item.kind, item.key): item for item in items}.values()
        now = self.tx.clock.now()
        urgent = tuple(one for one in latest if one.kind in URGENT and one.at <= now)
        self.tx.changed |= Changed(urgent=urgent)
        at_once = len(latest) <= _FEW
        later = [one for one in latest if not (at_once and await self._claimed(one, now))]
        if later:
            rows = [_planned(one, one.at) for one in later]
            await self.tx.run(_PLAN, rows if len(rows) > 1 else rows[0])
            self.tx.changed |= Changed(agenda=min(one.at for one in later))

    async def at_once(self, kind: Kind, key: str) -> None:
        """Plan a row for now."""
        await self.plan([Due(kind, key, self.tx.clock.now())])

    async def _claimed(self, item: Due, now: datetime) -> bool:
        """Plan a row that is due now as claimed, if our own engine starts it after the commit."""
        starter = self.tx.starter
        if starter is None or item.at > now or not starter.takes(item.kind):
            return False
        claim = secrets.randbits(62)
        values = _planned(item, now + starter.lease, claim)
        (row,) = await self.tx.changing(_PLAN_CLAIMED, values)
        self.tx.changed |= Changed(claimed=(Claimed(item, row.id, claim),))
        return True

    async def finish(self, due: Due) -> None:
        """Delete a row in its handler's own transaction, unless it was planned anew meanwhile."""
        values = {"kind": due.kind, "key": due.key, "planned": due.at}
        if await self.tx.run(_FINISH, values):
            self.tx.changed |= Changed(finished=frozenset({due}))

    async def coming(self, until: datetime) -> Sequence[Due]:
        """Return all rows that are due before a moment, earliest first, without locking them."""
        rows = await self.tx.all(_COMING, until=until)
        return [Due(row.kind, row.key, row.at, row.attempts) for row in rows]

    async def unless(self, due: Due) -> None:
        """Drop a row that is planned for another moment than this; one that waits for it stays."""
        await self.tx.run(_UNLESS, {"kind": due.kind, "key": due.key, "planned": due.at})

    async def finish_all(self, dues: Sequence[Due]) -> None:
        """Delete the rows of several, as `finish` does."""
        if dues:
            rows = [{"kind": due.kind, "key": due.key, "planned": due.at} for due in dues]
            await self.tx.run(_FINISH, rows)
            self.tx.changed |= Changed(finished=frozenset(dues))

    async def drop(self, kind: Kind, keys: Sequence[str]) -> None:
        """Drop planned rows."""
        for start in range(0, len(keys), _MOST_KEYS):
            some = keys[start : start + _MOST_KEYS]
            await self.tx.run(_DROP, {"kind": kind, "keys": some})

    async def hasten(self, kind: Kind, beginning: str) -> None:
        """Plan for now the rows whose keys begin so; the keys are hexadecimal."""
        now = self.tx.clock.now()
        values = {"at": now, "ready": now, "attempts": 0, "claim": None}
        if await self.tx.run(_HASTEN, {**_range(kind, beginning), **values}):
            self.tx.changed |= Changed(agenda=now)

    async def drop_all(self, kind: Kind, beginning: str) -> None:
        """Drop the rows whose keys begin so; the keys are hexadecimal."""
        await self.tx.run(_DROP_ALL, _range(kind, beginning))

    async def next(self, wanted: Claimable) -> datetime | None:
        """Return when the first of these rows is to be looked at."""
        kinds = {f"kind{n}": kind for n, kind in enumerate(sorted(wanted.kinds))}
        if not kinds:
            return None
        first = _first_of(len(kinds))
        found: datetime | None = await self.tx.scalar(first, but=sorted(wanted.but), **kinds)
        return found

    async def claim(
        self, wanted: Claimable, *, now: datetime, limit: int, lease: timedelta
    ) -> list[Claimed]:
        """Claim due rows, earliest first; nobody else can claim them until the lease ends.

        A row whose earlier claim ran out lost its process: that counts as one more attempt.
        """
        claim = secrets.randbits(62)
        values = {**_what(wanted), "now": now, "most": limit, "claim": claim, "ready": now + lease}
        rows = await self.tx.changing(_CLAIM, values)
        claimed = [
            Claimed(Due(row.kind, row.key, row.at, row.attempts), row.id, claim) for row in rows
        ]
        return sorted(claimed, key=lambda one: one.due.at)

    async def renew(self, held: Sequence[Claimed], *, until: datetime) -> None:
        """Extend the lease of claimed rows, except those that were replanned or lost meanwhile."""
        by_claim: dict[int, list[int]] = {}
        for claimed in held:
            by_claim.setdefault(claimed.claim, []).append(claimed.id)
        for claim, ids in by_claim.items():
            await self.tx.run(_AGAIN, {"rows": ids, "mine": claim, "ready": until})

    async def settle(self, outcomes: Sequence[AgendaOutcome]) -> None:
        """Write the outcome of claimed rows; a row that was replanned meanwhile stays as it is."""
        done: dict[int, list[int]] = {}
        again = []
        for outcome in outcomes:
            claimed = outcome.claimed
            if outcome.retry_at is not None:
                values = {"rows": [claimed.id], "mine": claimed.claim, "claim": None}
                await self.tx.run(_RETRY, {**values, "ready": outcome.retry_at})
            elif outcome.at is not None:
                again.append({"row": claimed.id, "mine": claimed.claim, "again": outcome.at})
            else:
                done.setdefault(claimed.claim, []).append(claimed.id)
        if again:
            await self.tx.run(_EACH_AGAIN, again)
        for claim, ids in done.items():
            await self.tx.run(_SETTLE, {"rows": ids, "mine": claim})

    async def release(self, *, now: datetime) -> int:
        """Release all rows that dead processes had claimed; return how many."""
        return await self.tx.run(_RELEASE, {"now": now, "claim": None, "ready": now})

    async def clock_set(self, now: datetime, before: datetime, *, lease: timedelta) -> None:
        """Shorten waits that were computed before the clock was set from `before` to `now`.

        No claim outlasts a lease from now. After a step back, rows that would be due by now, or at
        the end of a pause, are looked at: a handler that runs too early answers with its right
        time.
        """
        latest = now + lease
        await self.tx.run(_SHORTEN, {"latest": latest, "ready": latest})
        if before > now:
            values = {"now": now, "latest": before + LONGEST_PAUSE, "ready": now}
            await self.tx.run(_LOOK, values)

    async def waiting(self, *, now: datetime) -> int:
        """Return how many rows are due and unclaimed."""
        return int(await self.tx.scalar(_WAITING, now=now))

    async def planned(self, kinds: Collection[Kind], *, until: datetime) -> int:
        """Return how many rows of these kinds are to be looked at by then, or are running now."""
        return int(await self.tx.scalar(_PLANNED, kinds=sorted(kinds), now=until))


@cache
def _first_of(kinds: int) -> AnySelect:
    """Return the search for the first row of so many kinds, each asked by itself.

    One search by `ready` would read all rows of the other kinds that come before it.
    """
    each = [
        select(func.min(agenda.c.ready).label("ready")).where(
            agenda.c.kind == bindparam(f"kind{n}"), _but
        )
        for n in range(kinds)
    ]
    return select(func.min(union_all(*each).subquery().c.ready))


def _planned(item: Due, ready: datetime, claim: int | None = None) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "key": item.key,
        "at": item.at,
        "ready": ready,
        "attempts": 0,
        "claim": claim,
    }


def _what(wanted: Claimable) -> dict[str, list[Any]]:
    return {"kinds": sorted(wanted.kinds), "but": sorted(wanted.but)}


def _range(kind: Kind, beginning: str) -> dict[str, object]:
    """Return the bounds of the keys that begin so and go on in hexadecimal digits."""
    return {"of_kind": kind, "first": beginning, "behind": f"{beginning}g"}
