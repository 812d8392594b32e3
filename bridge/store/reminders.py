"""Agents' reminders, and what decides when a salon is reminded.

People change a reminder under the lock of its occurrence, so reading it locks nothing; sending
takes many at once, without that lock: one that moves meanwhile is due again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, or_, select, update

from bridge.domain.meeting import OccurrenceState
from bridge.domain.reminder import Reminder
from bridge.ids import OccurrenceId, ReminderId, UserId
from bridge.store.statements import AnyRow, Query, chosen, insert, query
from bridge.store.tables import occurrences, reminders, salons
from bridge.store.tx import Tx, fields
from bridge.store.types import Moment

_ADD = insert(reminders)
_get = select(reminders).where(reminders.c.id == bindparam("id"))
_GET = Query(_get, _get)
_of = (
    select(reminders)
    .where(reminders.c.occurrence == bindparam("occurrence"))
    .order_by(reminders.c.at, reminders.c.id)
)
_OF_OCCURRENCE = Query(_of, _of)
_mine = (
    select(reminders)
    .where(reminders.c.user == bindparam("user"), reminders.c.done_at.is_(None))
    .order_by(reminders.c.at, reminders.c.id)
)
_WAITING = Query(_mine, _mine)
_COUNT = (
    select(func.count())
    .select_from(reminders)
    .where(reminders.c.user == bindparam("user"), reminders.c.done_at.is_(None))
)
_HOLD = query(_get)
_also = (
    select(reminders.c.id)
    .join(occurrences, occurrences.c.id == reminders.c.occurrence)
    .where(reminders.c.done_at.is_(None), reminders.c.at <= bindparam("now", type_=Moment))
    .where(occurrences.c.state == OccurrenceState.PLANNED)
    .order_by(reminders.c.at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=reminders, skip_locked=True)
)
_TAKE = (
    update(reminders)
    .where(reminders.c.done_at.is_(None))
    .where(or_(reminders.c.id == bindparam("first"), reminders.c.id.in_(chosen(_also))))
    .values(done_at=bindparam("now", type_=Moment))
    .returning(*reminders.c)
)
_SAVE = update(reminders).where(reminders.c.id == bindparam("saved"))
_DROP = delete(reminders).where(
    reminders.c.occurrence == bindparam("occurrence"),
    reminders.c.user == bindparam("user"),
    reminders.c.done_at.is_(None),
)
_CHOICE = (
    select(salons.c.remind)
    .join_from(occurrences, salons, salons.c.id == occurrences.c.salon)
    .where(occurrences.c.id == bindparam("occurrence"))
)


@dataclass(frozen=True, slots=True)
class ReminderRows:
    """Implements `bridge.ports.ReminderRepository`."""

    tx: Tx

    async def add(self, reminder: Reminder) -> None:
        """Insert a reminder."""
        values = _values(reminder)
        await self.tx.run(_ADD, values)

    async def get(self, reminder: ReminderId) -> Reminder | None:
        """Return a reminder, without locking it."""
        row = await self.tx.one(_GET, id=reminder)
        return None if row is None else _reminder(row)

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Reminder]:
        """Return an occurrence's reminders, sent ones too, in order."""
        return [_reminder(row) for row in await self.tx.all(_OF_OCCURRENCE, occurrence=occurrence)]

    async def waiting(self, user: UserId) -> Sequence[Reminder]:
        """Return an agent's reminders to come, in order."""
        return [_reminder(row) for row in await self.tx.all(_WAITING, user=user)]

    async def count(self, user: UserId) -> int:
        """Return how many reminders of an agent are to come."""
        return int(await self.tx.scalar(_COUNT, user=user))

    async def save(self, reminder: Reminder) -> None:
        """Replace a reminder's row."""
        await self.tx.run(_SAVE, {"saved": reminder.id, **_values(reminder)})

    async def hold(self, reminder: ReminderId) -> Reminder | None:
        """Return a reminder, locked: it waits for whoever takes it just now."""
        row = await self.tx.one(_HOLD, id=reminder)
        return None if row is None else _reminder(row)

    async def take(self, first: ReminderId, now: datetime, most: int) -> Sequence[Reminder]:
        """Mark a held reminder as done, and others that are due, at most so many; return them.

        None of an occurrence that is over, and none that another transaction takes.
        """
        rows = await self.tx.changing(_TAKE, {"first": first, "now": now, "most": most})
        return [_reminder(row) for row in rows]

    async def drop(self, occurrence: OccurrenceId, user: UserId) -> int:
        """Delete an agent's reminders of an occurrence that are to come; return how many."""
        return await self.tx.run(_DROP, {"occurrence": occurrence, "user": user})

    async def choice(self, occurrence: OccurrenceId) -> int | None:
        """Return how many minutes before it the occurrence's salon wants to be reminded.

        Negative: never; `None`: it made no choice, or there is no salon.
        """
        found: int | None = await self.tx.scalar(_CHOICE, occurrence=occurrence)
        return found


def _values(reminder: Reminder) -> dict[str, Any]:
    before = reminder.before
    return {
        "id": reminder.id,
        "occurrence": reminder.occurrence,
        "user": reminder.user,
        "account": reminder.account,
        "before": None if before is None else round(before.total_seconds()),
        "at": reminder.at,
        "start": reminder.start,
        "created_at": reminder.created_at,
        "done_at": reminder.done_at,
    }


def _reminder(row: AnyRow) -> Reminder:
    values = fields(row)
    before = None if row.before is None else timedelta(seconds=row.before)
    return Reminder(**{**values, "before": before})
