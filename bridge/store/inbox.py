"""Events from Matrix: stored before they are handled, blanked afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Integer, Select, and_, bindparam, func, select, update

from bridge.ids import EventId, SalonId, UserId
from bridge.store.claims import InboxRow
from bridge.store.quiet import Quiet
from bridge.store.statements import AnyRow, insert, upsert
from bridge.store.tables import inbox, positions
from bridge.store.tx import Begin, Changed, Tx
from bridge.store.vault import SealBroken, Vault

log = structlog.get_logger()


_undone = inbox.c.done_at.is_(None)
_BLANK = {"payload": None, "sealed": False}
_DONE = update(inbox).where(inbox.c.event == bindparam("which"), _undone)
_TAKEN_BACK = _DONE.where(inbox.c.salon == bindparam("place"))
_ADD = insert(inbox, unless="event")
_POSITION = select(positions.c.position).where(positions.c.account == bindparam("account"))
_MOVE = upsert(positions, "account", replace=["position"])
_OURS = and_(
    _undone, inbox.c.account == bindparam("account"), inbox.c.sealed == bindparam("sealed")
)
_WAITING = select(inbox).where(_OURS).order_by(inbox.c.seq).limit(bindparam("most", type_=Integer))
_FIRST = select(func.min(inbox.c.seq)).where(_OURS).group_by(inbox.c.salon)
_FIRST_OF_EACH = _WAITING.where(inbox.c.seq.in_(_FIRST))
_WAITS = (
    select(inbox.c.seq)
    .where(_undone, inbox.c.account == bindparam("account"), inbox.c.salon == bindparam("salon"))
    .limit(1)
)
_OPENED = update(inbox).where(inbox.c.event == bindparam("which"), inbox.c.sealed)
_MOST_SEALED = 1000
"""Most undecryptable events that one read returns."""


@dataclass(frozen=True, slots=True)
class InboxRows:
    """Implements `bridge.ports.Inbox`."""

    tx: Tx

    async def done(self, event: EventId) -> bool:
        """Mark an event handled and blank its line; `False` if it was already.

        An event that was never recorded is marked too, so that it is handled at most once.
        """
        now = self.tx.clock.now()
        marked = await self.tx.run(_DONE, {"which": event, "done_at": now, **_BLANK})
        if not marked:
            values = {"event": event, "done_at": now, **_BLANK}
            marked = await self.tx.run(_ADD, values)
        return bool(marked)

    async def taken_back(self, event: EventId, salon: SalonId) -> None:
        """Mark an event of a salon as handled, if it still waits: its author deleted it."""
        now = self.tx.clock.now()
        await self.tx.run(_TAKEN_BACK, {"which": event, "place": salon, "done_at": now, **_BLANK})

    async def leave(
        self,
        event: EventId,
        *,
        account: UserId,
        salon: SalonId,
        kind: str,
        payload: Mapping[str, object],
    ) -> None:
        """Leave an event that is not Matrix's for the bot of this account, once for ever."""
        row = InboxRow(
            event=event,
            account=account,
            salon=salon,
            kind=kind,
            payload=payload,
            received_at=self.tx.clock.now(),
        )
        if await self.tx.run(_ADD, _values(row, self.tx.vault, sealed=False)):
            self.tx.changed |= Changed(inbox=True)


@dataclass(frozen=True, slots=True)
class InboxJournal:
    """The inbox as the bot fills it; each method is a transaction of its own."""

    begin: Begin
    vault: Vault = field(repr=False)
    quiet: Callable[[], Quiet]
    _quiet: dict[UserId, Quiet] = field(default_factory=dict)
    """By account: nothing waits to be handled."""

    async def position(self, account: UserId) -> str | None:
        """Return the sync position after the last recorded batch."""
        async with self.begin(writing=False) as tx:
            found: str | None = await tx.scalar(_POSITION, account=account)
            return found

    async def record(
        self,
        account: UserId,
        position: str | None,
        rows: Sequence[InboxRow],
        sealed_rows: Sequence[InboxRow] = (),
    ) -> None:
        """Store the events, each only once for ever, and the sync position after them, if any."""
        async with self.begin() as tx:
            values = [_values(row, tx.vault, sealed=False) for row in rows]
            values += [_values(row, tx.vault, sealed=True) for row in sealed_rows]
            alone = len(values) == len(rows) == 1 and not await self._waits(tx, rows[0])
            if values:
                added = await tx.run(_ADD, values)
                handed = tuple(rows) if alone and added else ()
                tx.changed |= Changed(inbox=bool(rows) and not handed, received=handed)
            if position is not None:
                await tx.run(_MOVE, {"account": account, "position": position})

    async def _waits(self, tx: Tx, row: InboxRow) -> bool:
        """Tell whether an earlier event of a row's salon is still to be handled."""
        return await tx.scalar(_WAITS, account=row.account, salon=row.salon) is not None

    async def pending(self, account: UserId, limit: int) -> list[InboxRow]:
        """Return the next event to handle of each salon, in the order in which they arrived.

        However many events of one salon can't be handled now, they hide no other salon's.
        """
        quiet = self._quiet.setdefault(account, self.quiet())
        if quiet.lasts:
            return []
        mark = quiet.mark()
        found = await self._waiting(_FIRST_OF_EACH, account, sealed=False, limit=limit)
        if not found:
            quiet.begin(mark)
        return found

    async def sealed(self, account: UserId) -> list[InboxRow]:
        """Return the encrypted events that still wait for their key, oldest first."""
        return await self._waiting(_WAITING, account, sealed=True, limit=_MOST_SEALED)

    async def opened(self, event: EventId, row: InboxRow | None) -> None:
        """Replace an encrypted event by its decrypted content; `None`: nothing for us."""
        async with self.begin() as tx:
            values: dict[str, Any] = {"which": event}
            if row is None:
                values |= {"done_at": tx.clock.now(), **_BLANK}
            else:
                values |= _values(row, tx.vault, sealed=False)
            changed = await tx.run(_OPENED, values)
            tx.changed |= Changed(inbox=bool(changed) and row is not None)

    async def _waiting(
        self, wanted: Select[Any], account: UserId, *, sealed: bool, limit: int
    ) -> list[InboxRow]:
        async with self.begin(writing=False) as tx:
            values = {"account": account, "sealed": sealed, "most": limit}
            rows = (await tx.connection.execute(wanted, values)).all()
        found, broken = _opened(rows, self.vault)
        for event in broken:
            async with self.begin() as tx:
                await InboxRows(tx).done(event)
        return found


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


def _opened(rows: Sequence[AnyRow], vault: Vault) -> tuple[list[InboxRow], list[EventId]]:
    """Return the readable rows, and the events that can't be read, which would block the queue."""
    found: list[InboxRow] = []
    broken: list[EventId] = []
    for row in rows:
        try:
            found.append(_row(row, vault))
        except SealBroken as error:
            log.error("event.unreadable", inbox=row.seq, detail=str(error))  # noqa: TRY400 - known
            broken.append(row.event)
    return found, broken


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
