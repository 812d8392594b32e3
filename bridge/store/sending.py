"""The outbox as its sender sees it; each method is a transaction of its own."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import Select, and_, delete, exists, func, or_, select, update

from bridge.domain.message import Message
from bridge.ids import EventId
from bridge.store.outbox import message_of
from bridge.store.tables import occurrences, outbox
from bridge.store.tx import Begin

OutboxId = NewType("OutboxId", int)

SENDING = timedelta(minutes=2)
"""How long one message may take to leave before its sender is believed dead."""

_unsent = outbox.c.done_at.is_(None)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that may leave now, and is in the caller's hands."""

    id: OutboxId
    message: Message = field(repr=False)
    attempts: int
    not_before: datetime | None
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """What the sender of messages does with them."""

    begin: Begin

    async def due(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Take what may leave now, at most one message per salon or person.

        Worthiest first, then oldest. A message waits for what precedes it in its own salon, be
        that in flight or put off, so nothing is ever overtaken; ask again after each answer.
        What is taken must be `sent`, put off with `later`, or `failed`, within `SENDING`.
        """
        taken = (
            update(outbox)
            .where(outbox.c.seq.in_(_heads(now, limit)))
            .values(taken_until=now + SENDING)
            .returning(outbox)
        )
        async with self.begin() as tx:
            rows = (await tx.connection.execute(taken)).all()
            rows = sorted(rows, key=lambda row: (row.worth, row.seq))
            return [
                OutboxRow(
                    OutboxId(row.seq),
                    message_of(row, tx.vault),
                    row.attempts,
                    row.not_before,
                    row.posted_at,
                )
                for row in rows
            ]

    async def sent(self, id: OutboxId, event: EventId, now: datetime) -> None:  # noqa: A002
        """Note that a message left as `event`; a card's first event becomes the card."""
        done = (
            update(outbox)
            .where(outbox.c.seq == id)
            .values(event=event, done_at=now, facts=None, taken_until=None)
            .returning(outbox.c.card_of, outbox.c.collapse)
        )
        async with self.begin() as tx:
            row = (await tx.connection.execute(done)).one_or_none()
            if row is not None and row.card_of is not None and row.collapse is None:
                await tx.run(
                    update(occurrences).where(occurrences.c.id == row.card_of).values(card=event)
                )

    async def later(self, id: OutboxId, not_before: datetime) -> None:  # noqa: A002
        """Put a message off; whatever follows it in its salon waits with it."""
        async with self.begin() as tx:
            await tx.run(
                update(outbox)
                .where(outbox.c.seq == id, _unsent)
                .values(not_before=not_before, taken_until=None, attempts=outbox.c.attempts + 1)
            )

    async def failed(self, id: OutboxId, reason: str) -> None:  # noqa: A002
        """Give a message up; `reason` holds no personal data."""
        async with self.begin() as tx:
            await tx.run(
                update(outbox)
                .where(outbox.c.seq == id)
                .values(failure=reason, done_at=tx.clock.now(), facts=None, taken_until=None)
            )

    async def released(self) -> int:
        """Take back what a dead sender had in its hands; only for who knows it is alone."""
        async with self.begin() as tx:
            return await tx.run(
                update(outbox)
                .where(_unsent, outbox.c.taken_until.is_not(None))
                .values(taken_until=None)
            )

    async def event_of(self, dedupe: str) -> EventId | None:
        """Return the event as which a message left."""
        async with self.begin(writing=False) as tx:
            found: EventId | None = await tx.connection.scalar(
                select(outbox.c.event).where(outbox.c.dedupe == dedupe)
            )
            return found

    async def next_at(self) -> datetime | None:
        """Return when the first message that was put off may leave."""
        async with self.begin(writing=False) as tx:
            found: datetime | None = await tx.connection.scalar(
                select(func.min(outbox.c.not_before)).where(_unsent)
            )
            return found

    async def oldest_waiting(self, now: datetime) -> timedelta:
        """Return for how long the oldest unsent message has waited; zero when none waits."""
        async with self.begin(writing=False) as tx:
            posted: datetime | None = await tx.connection.scalar(
                select(outbox.c.posted_at).where(_unsent).order_by(outbox.c.seq).limit(1)
            )
            return timedelta(0) if posted is None else max(now - posted, timedelta(0))

    async def purge(self, before: datetime) -> int:
        """Forget what left or was given up before that moment; return how many."""
        async with self.begin() as tx:
            return await tx.run(delete(outbox).where(outbox.c.done_at < before))


def _heads(now: datetime, limit: int) -> Select[int]:
    """Select the first unsent row of each lane, where it may leave now."""
    other = outbox.alias()
    precedes = or_(
        other.c.worth < outbox.c.worth,
        and_(other.c.worth == outbox.c.worth, other.c.seq < outbox.c.seq),
    )
    in_flight = other.c.taken_until > now
    blocked = exists().where(
        other.c.lane == outbox.c.lane,
        other.c.done_at.is_(None),
        or_(precedes, in_flight),
    )
    return (
        select(outbox.c.seq)
        .where(_unsent, ~blocked)
        .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now))
        .order_by(outbox.c.worth, outbox.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
