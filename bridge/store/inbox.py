"""Events from Matrix: durable before anything of them is handled, blank afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from bridge.ids import EventId, SalonId, UserId
from bridge.store.tables import inbox, positions
from bridge.store.tx import AnyRow, AnySelect, Begin, Changed, Tx
from bridge.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """An event as the bot wrote it down; the payload is its own business, and is encrypted."""

    event: EventId
    account: UserId
    salon: SalonId
    kind: str
    payload: Mapping[str, object] = field(repr=False)
    received_at: datetime
    seq: int = 0
    """Its place; given by the database."""


@dataclass(frozen=True, slots=True)
class InboxRows:
    """Implements `bridge.ports.Inbox`."""

    tx: Tx

    async def done(self, event: EventId) -> bool:
        """Mark an event handled and blank its line; `False` if it was already.

        An event that was never written down is marked too: twice is still once.
        """
        now = self.tx.clock.now()
        blank = {"payload": None, "sealed": False, "done_at": now}
        marked = await self.tx.run(
            update(inbox).where(inbox.c.event == event, inbox.c.done_at.is_(None)).values(blank)
        )
        if not marked:
            insert = self.tx.insert(inbox).values(event=event, sealed=False, done_at=now)
            marked = await self.tx.run(insert.on_conflict_do_nothing(index_elements=["event"]))
        return bool(marked)


@dataclass(frozen=True, slots=True)
class Journal:
    """The inbox as the bot fills it; each method is a transaction of its own."""

    begin: Begin

    async def position(self, account: UserId) -> str | None:
        """Return the sync position after the last recorded batch."""
        async with self.begin(writing=False) as tx:
            found: str | None = await tx.connection.scalar(
                select(positions.c.position).where(positions.c.account == account)
            )
            return found

    async def record(
        self,
        account: UserId,
        position: str,
        rows: Sequence[InboxRow],
        sealed_rows: Sequence[InboxRow] = (),
    ) -> None:
        """Keep the events, each once for ever, and the position after them."""
        async with self.begin() as tx:
            values = [_values(row, tx.vault, sealed=False) for row in rows]
            values += [_values(row, tx.vault, sealed=True) for row in sealed_rows]
            if values:
                insert = tx.insert(inbox)
                await tx.connection.execute(
                    insert.on_conflict_do_nothing(index_elements=["event"]), values
                )
                tx.changed |= Changed(inbox=bool(rows))
            place = tx.insert(positions).values(account=account, position=position)
            await tx.run(
                place.on_conflict_do_update(index_elements=["account"], set_={"position": position})
            )

    async def pending(self, account: UserId, limit: int) -> list[InboxRow]:
        """Return what is to be handled, in the order in which it came."""
        return await self._undone(_UNDONE.where(_is(account, sealed=False)).limit(limit))

    async def sealed(self, account: UserId) -> list[InboxRow]:
        """Return the encrypted events that still wait for their key, oldest first."""
        return await self._undone(_UNDONE.where(_is(account, sealed=True)))

    async def opened(self, event: EventId, row: InboxRow | None) -> None:
        """Replace a sealed event by what it turned out to be; `None`: nothing for us."""
        async with self.begin() as tx:
            if row is None:
                values: dict[str, Any] = {
                    "payload": None,
                    "sealed": False,
                    "done_at": tx.clock.now(),
                }
            else:
                values = _values(row, tx.vault, sealed=False)
            changed = await tx.run(
                update(inbox).where(inbox.c.event == event, inbox.c.sealed).values(values)
            )
            tx.changed |= Changed(inbox=bool(changed) and row is not None)

    async def purge(self, before: datetime) -> int:
        """Forget what was done, or never opened, before that moment; return how many."""
        never = inbox.c.sealed & (inbox.c.received_at < before)
        async with self.begin() as tx:
            return await tx.run(delete(inbox).where(or_(inbox.c.done_at < before, never)))

    async def _undone(self, statement: AnySelect) -> list[InboxRow]:
        async with self.begin(writing=False) as tx:
            rows = await tx.all(statement)
            return [_row(row, tx.vault) for row in rows]


_UNDONE = select(inbox).where(inbox.c.done_at.is_(None)).order_by(inbox.c.seq)


def _is(account: UserId, *, sealed: bool) -> Any:
    return (inbox.c.account == account) & (inbox.c.sealed.is_(sealed))


def _place(event: EventId) -> str:
    return f"inbox.payload:{event}"


def _values(row: InboxRow, vault: Vault, *, sealed: bool) -> dict[str, Any]:
    return {
        "event": row.event,
        "account": row.account,
        "salon": row.salon,
        "kind": row.kind,
        "payload": vault.seal_json(dict(row.payload), _place(row.event)),
        "sealed": sealed,
        "received_at": row.received_at,
    }


def _row(row: AnyRow, vault: Vault) -> InboxRow:
    payload = vault.open_json(row.payload, _place(row.event))
    assert isinstance(payload, dict)
    return InboxRow(
        event=row.event,
        account=row.account,
        salon=row.salon,
        kind=row.kind,
        payload=payload,
        received_at=row.received_at,
        seq=row.seq,
    )
