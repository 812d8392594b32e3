"""Messages to Matrix that wait to be sent: services post them in their own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from bridge.domain.message import Message
from bridge.ids import EventId, SalonId
from bridge.store.claims import SENDING, OutboxId, OutboxRow
from bridge.store.message_rows import message_of, message_values
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import outbox
from bridge.store.tx import Changed, Tx

_KNOWN = select(outbox.c.seq).where(outbox.c.dedupe == bindparam("dedupe"))
_EVENT_OF = select(outbox.c.event).where(outbox.c.dedupe == bindparam("dedupe"))
_waiting = select(outbox).where(outbox.c.done_at.is_(None)).order_by(outbox.c.seq)
_WAITING = Query(_waiting, _waiting)
_KEY_OF = select(outbox.c.dedupe).where(outbox.c.event == bindparam("event")).limit(1)
_LEFT = (
    select(outbox.c.seq)
    .where(outbox.c.event == bindparam("event"), outbox.c.lane == bindparam("lane"))
    .limit(1)
)
_LEFT_AT = select(outbox.c.done_at).where(
    outbox.c.dedupe == bindparam("dedupe"), outbox.c.event.is_not(None)
)
_ELDER = query(
    select(outbox.c.seq, outbox.c.dedupe)
    .where(outbox.c.collapse == bindparam("collapse"))
    .where(outbox.c.done_at.is_(None), outbox.c.taken_until.is_(None))
    .order_by(outbox.c.seq.desc())
    .limit(1)
)
_ADD = insert(outbox, unless="dedupe")
_ADD_TAKEN = insert(outbox, unless="dedupe", returning=outbox.c.seq)
_BEFORE = (
    select(outbox.c.seq)
    .where(outbox.c.lane == bindparam("lane"), outbox.c.done_at.is_(None))
    .limit(1)
)
_FORGET_FAILED = delete(outbox).where(
    outbox.c.dedupe == bindparam("dedupe"), outbox.c.failure.is_not(None)
)
_REPLACE = update(outbox).where(outbox.c.seq == bindparam("elder"))


@dataclass(frozen=True, slots=True)
class OutboxRows:
    """Implements `bridge.ports.Outbox`."""

    tx: Tx

    async def post(self, message: Message) -> bool:
        """Queue a message, once per idempotency key.

        An edit replaces its unsent predecessor. A row that is being sent right now
        is not replaced: the new one leaves after it. The idempotency key of the replaced row stays
        known, so that its cause, if repeated, can't undo a later edit.
        """
        if await self.tx.scalar(_KNOWN, dedupe=message.idempotency_key) is not None:
            return False
        elder = await self._elder(message)
        if elder is None:
            return await self._append(message)
        await self._replace(elder, message)
        self.tx.changed |= Changed(outbox=True)
        return True

    async def post_all(self, messages: Sequence[Message]) -> None:
        """Queue many messages, none of them an edit, once per idempotency key."""
        if not messages:
            return
        now = self.tx.clock.now()
        rows = [
            {"posted_at": now, "attempts": 0, **message_values(one, self.tx.vault)}
            for one in messages
        ]
        await self.tx.run(_ADD, rows)
        self.tx.changed |= Changed(outbox=True)

    async def again(self, message: Message) -> bool:
        """Queue a message again, once per idempotency key, unless the earlier was given up."""
        await self.tx.run(_FORGET_FAILED, {"dedupe": message.idempotency_key})
        return await self.post(message)

    async def event_of(self, idempotency_key: str) -> EventId | None:
        """Return the event id with which a message was sent, in the last days."""
        found: EventId | None = await self.tx.scalar(_EVENT_OF, dedupe=idempotency_key)
        return found

    async def waiting(self) -> Sequence[Message]:
        """Return the messages that wait to be sent, in the order of their posting."""
        rows = await self.tx.all(_WAITING)
        return [message_of(row, self.tx.vault) for row in rows]

    async def key_of(self, event: EventId) -> str | None:
        """Return the idempotency key of the message that is this event, in the last days."""
        found: str | None = await self.tx.scalar(_KEY_OF, event=event)
        return found

    async def left(self, event: EventId, salon: SalonId) -> bool:
        """Tell whether an event is a message that we sent to a salon in the last days."""
        return await self.tx.scalar(_LEFT, event=event, lane=salon) is not None

    async def left_at(self, idempotency_key: str) -> datetime | None:
        """Return when a message was sent, in the last days; `None` if it was not yet."""
        found: datetime | None = await self.tx.scalar(_LEFT_AT, dedupe=idempotency_key)
        return found

    async def _elder(self, message: Message) -> AnyRow | None:
        if message.coalesce_key is None:
            return None
        return await self.tx.one(_ELDER, collapse=message.coalesce_key)

    async def _append(self, message: Message) -> bool:
        now = self.tx.clock.now()
        values = {"posted_at": now, "attempts": 0, **message_values(message, self.tx.vault)}
        if not await self._is_taken(message):
            posted = bool(await self.tx.run(_ADD, values))
            self.tx.changed |= Changed(outbox=posted)
            return posted
        added = await self.tx.changing(_ADD_TAKEN, {**values, "taken_until": now + SENDING})
        rows = [OutboxRow(OutboxId(one.seq), message, 0, None, now) for one in added]
        self.tx.changed |= Changed(taken=tuple(rows))
        return bool(rows)

    async def _is_taken(self, message: Message) -> bool:
        """Tell whether our own sender sends it after the commit: nothing may wait before it."""
        taker = self.tx.taker
        if taker is None or message.coalesce_key is not None or not taker.takes(message):
            return False
        return await self.tx.scalar(_BEFORE, lane=message.lane) is None

    async def _replace(self, elder: AnyRow, message: Message) -> None:
        values = message_values(message, self.tx.vault)
        await self.tx.run(_REPLACE, {"elder": elder.seq, **values})
        now = self.tx.clock.now()
        replaced = {**values, "dedupe": elder.dedupe, "facts": None, "collapse": None}
        await self.tx.run(_ADD, {**replaced, "posted_at": now, "done_at": now, "attempts": 0})
