"""The audit in the database: noted in the transaction of the cause, linked in one of its own.

Noting takes no lock that another command could wait for. Linking is done by one process at a time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Integer, bindparam, delete, func, select, text, update

from bridge.domain.audit import (
    GENESIS,
    SALT_BYTES,
    AuditFact,
    AuditKeys,
    AuditKind,
    AuditRecord,
    Head,
    month_of,
)
from bridge.ids import uuid7
from bridge.store.safe import Secrets, place_of
from bridge.store.statements import AnyRow, insert
from bridge.store.tables import audit, secrets
from bridge.store.tx import Begin, Tx, fields

log = structlog.get_logger()

ROWS = 500
"""Records that one transaction links."""
CUT = 5000
"""Records that one transaction deletes."""
_SALT = "audit.salt:"
_MARKS = "audit.keys"
"""The secret that holds the marks of the keys that were ever used."""
_MONTH = timedelta(days=31)

_ADD = insert(audit, unless="id")
_SALT_GET = select(secrets.c.value).where(secrets.c.name == bindparam("name"))
_SALT_ADD = insert(secrets, unless="name")
_SALTS = select(secrets.c.name, secrets.c.value).where(
    secrets.c.name >= _SALT, secrets.c.name < bindparam("end")
)
_SALT_DROP = delete(secrets).where(secrets.c.name == bindparam("which"))
_KEPT = (
    audit.c.id,
    audit.c.at,
    audit.c.kind,
    audit.c.body,
    audit.c.key,
    audit.c.mac,
    audit.c.position,
    audit.c.link,
    audit.c.link_key,
)
_WAITING = (
    select(*_KEPT)
    .where(audit.c.position.is_(None))
    .order_by(audit.c.at, audit.c.id)
    .limit(bindparam("most", type_=Integer))
)
_LAST = (
    select(audit.c.position, audit.c.link, audit.c.link_key)
    .where(audit.c.position.is_not(None))
    .order_by(audit.c.position.desc())
    .limit(1)
)
_LINKED = (
    select(*_KEPT)
    .where(audit.c.position > bindparam("after"))
    .order_by(audit.c.position)
    .limit(bindparam("most", type_=Integer))
)
_LINK = update(audit).where(audit.c.id == bindparam("which"), audit.c.position.is_(None))
_FIRST = select(func.min(audit.c.position))
_YOUNG = (
    select(audit.c.position)
    .where(audit.c.position.is_not(None), audit.c.at >= bindparam("before"))
    .order_by(audit.c.position)
    .limit(1)
)
_LINK_AT = select(audit.c.link).where(audit.c.position == bindparam("at_position"))
_CUT = delete(audit).where(audit.c.position <= bindparam("upto"))
_ONE_CHAINER = text("SELECT pg_advisory_xact_lock(7377837202)")


class AuditKeyForeign(ValueError):
    """A key has the id of another one with which records of this database were signed."""

    def __init__(self, key: str) -> None:
        """Keep the key's id."""
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class AuditBook:
    """The keys of the audit, and the salts that this process has read."""

    keys: AuditKeys
    salts: dict[str, bytes] = field(default_factory=dict, repr=False)

    def remember(self, month: str, salt: bytes) -> None:
        """Keep a salt that is committed; those of other months are dropped."""
        self.salts.clear()
        self.salts[month] = salt


@dataclass(frozen=True, slots=True)
class AuditRows:
    """Implements `bridge.ports.audit.AuditRepository`."""

    tx: Tx

    async def note(self, *facts: AuditFact) -> None:
        """Keep facts with one statement."""
        book = self.tx.audit
        if book is None or not facts:
            return
        now = self.tx.clock.now()
        salt = await self._salt(book, month_of(now))
        records = [book.keys.record(one, salt, id=_id_of(one, now), at=now) for one in facts]
        await self.tx.run(_ADD, [_values(one) for one in records])

    async def _salt(self, book: AuditBook, month: str) -> bytes:
        """Return the salt of a month, made if it is the first time.

        It is made ahead (`AuditLedger.prepare`): here only in the first hour of all.
        """
        known = book.salts.get(month)
        if known is not None:
            return known
        found = await _read_salt(self.tx, month)
        if found is None:
            self.tx.touched.add(month)  # ours alone until we commit
            return await _make_salt(self.tx, month)
        if month not in self.tx.touched:
            book.remember(month, found)
        return found


@dataclass(frozen=True, slots=True)
class AuditLedger:
    """Implements `bridge.ports.audit.AuditKeeper`, and reads the audit for its check."""

    begin: Begin
    book: AuditBook

    @property
    def keys(self) -> AuditKeys:
        """The keys."""
        return self.book.keys

    async def recognise(self) -> None:
        """Raise AuditKeyForeign unless these are the keys of the other processes on the database.

        A machine that made a key of its own would write records that no check can tell from forged
        ones. A key of which nothing is known yet is noted.
        """
        marks = {name: self.keys.mark(name) for name in self.keys.keys}
        kept = await self._secrets.get(_MARKS)
        known: dict[str, str] = {} if kept is None else json.loads(kept)
        for name, mark in marks.items():
            if known.get(name, mark) != mark:
                raise AuditKeyForeign(name)
        if not marks.keys() <= known.keys():
            await self._secrets.put(_MARKS, json.dumps(known | marks).encode())

    @property
    def _secrets(self) -> Secrets:
        return Secrets(self.begin)

    async def prepare(self, now: datetime) -> None:
        """Make the salts of this month and the next, unless they exist."""
        for month in (month_of(now), month_of(now.replace(day=1) + _MONTH)):
            async with self.begin(writing=False) as tx:
                if await _read_salt(tx, month) is not None:
                    continue
            async with self.begin() as tx:
                await _make_salt(tx, month)

    async def chain(self, now: datetime) -> int:
        """Link the records that wait; return how many."""
        total, found = 0, ROWS
        while found == ROWS:
            async with self.begin(writing=False) as tx:
                if not (await tx.connection.execute(_WAITING, {"most": 1})).all():
                    return total
            async with self.begin(long=True) as tx:
                found = await self._chain(tx, now)
            total += found
        return total

    async def _chain(self, tx: Tx, now: datetime) -> int:
        if tx.connection.dialect.name == "postgresql":
            await tx.connection.execute(_ONE_CHAINER)
        position, link, key = await _end(tx)
        if key is not None and key not in self.keys.keys:
            log.warning("audit.key_missing", key=key)
            return 0
        waiting = await _waiting(tx, ROWS)
        if waiting and key not in (None, self.keys.current):
            waiting.insert(0, await self._hand_over(tx, str(key), now))
        linked = []
        for record in waiting:
            by = str(key) if record.kind == AuditKind.KEY and key else self.keys.current
            position += 1
            link = self.keys.link(record, position, link, by)
            linked.append({"which": record.id, "position": position, "link": link, "link_key": by})
        if linked:
            await tx.run(_LINK, linked)
        return min(len(linked), ROWS)

    async def _hand_over(self, tx: Tx, former: str, now: datetime) -> AuditRecord:
        """Store a record, under the former key, that says which key comes after it."""
        said = {"key": self.keys.current, "mark": self.keys.mark(self.keys.current)}
        fact = AuditFact(kind=AuditKind.KEY, detail=said)
        keys = AuditKeys(self.keys.keys, former)
        record = keys.record(fact, b"", id=uuid7(now), at=now)
        await tx.run(_ADD, [_values(record)])
        log.info("audit.key_changed", former=former, key=self.keys.current)
        return record

    async def head(self, now: datetime) -> Head | None:
        """Return the end of the chain."""
        async with self.begin(writing=False) as tx:
            position, link, key = await _end(tx)
        return None if key is None else Head(position, link, now)

    async def cut(self, before: datetime, now: datetime) -> int:
        """Delete the oldest records; the last one always stays, since the next one links to it."""
        total, found = 0, 1
        while found:
            async with self.begin(long=True) as tx:
                found = await self._cut(tx, before, now)
            total += found
        return total

    async def _cut(self, tx: Tx, before: datetime, now: datetime) -> int:
        first = await tx.scalar(_FIRST)
        if first is None:
            return 0
        young = await tx.scalar(_YOUNG, before=before)
        last = (await _end(tx))[0]
        upto = min((last if young is None else young) - 1, first + CUT - 1)
        if upto < first:
            return 0
        link = await tx.scalar(_LINK_AT, at_position=upto)
        fact = AuditFact(kind=AuditKind.CUT, detail={"upto": upto, "link": link.hex()})
        record = self.keys.record(fact, b"", id=uuid7(now), at=now)
        await tx.run(_ADD, [_values(record) | {"cut": upto}])
        return await tx.run(_CUT, {"upto": upto})

    async def forget(self, before: str, now: datetime) -> int:
        """Destroy the salts of the months before that one; a record says so of each."""
        async with self.begin(writing=False) as tx:
            old = [month for month in await _salts(tx) if month < before]
        for month in old:
            async with self.begin() as tx:
                await tx.run(_SALT_DROP, {"which": f"{_SALT}{month}"})
                fact = AuditFact(
                    kind=AuditKind.FORGOTTEN, detail={"month": month}, once=f"forgotten:{month}"
                )
                record = self.keys.record(fact, b"", id=_id_of(fact, now), at=now)
                await tx.run(_ADD, [_values(record)])
        return len(old)

    # --- to read --------------------------------------------------------------------------------

    async def linked(self, after: int = 0, most: int = ROWS) -> Sequence[AuditRecord]:
        """Return the next linked records after a position."""
        async with self.begin(writing=False, long=True) as tx:
            values = {"after": after, "most": most}
            rows = (await tx.connection.execute(_LINKED, values)).all()
        return [AuditRecord(**fields(row)) for row in rows]

    async def waiting(self) -> Sequence[AuditRecord]:
        """Return the records that are not linked yet."""
        async with self.begin(writing=False, long=True) as tx:
            return await _waiting(tx, 100 * ROWS)

    async def salts(self) -> Mapping[str, bytes]:
        """Return the salts that still exist, by month. Raises SealBroken."""
        async with self.begin(writing=False) as tx:
            return await _salts(tx)


def _id_of(fact: AuditFact, now: datetime) -> UUID:
    """Return a record's id; the same for the same fact that is kept once."""
    if not fact.once:
        return uuid7(now)
    value = int.from_bytes(sha256(f"{fact.kind}:{fact.once}".encode()).digest()[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76  # RFC 9562 §5.8
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


async def _end(tx: Tx) -> tuple[int, bytes, str | None]:
    """Return the last position, its link and its key; 0, the beginning and none without records."""
    row: AnyRow | None = (await tx.connection.execute(_LAST)).one_or_none()
    return (0, GENESIS, None) if row is None else (row.position, row.link, row.link_key)


async def _waiting(tx: Tx, most: int) -> list[AuditRecord]:
    rows = (await tx.connection.execute(_WAITING, {"most": most})).all()
    return [AuditRecord(**fields(row)) for row in rows]


async def _read_salt(tx: Tx, month: str) -> bytes | None:
    name = f"{_SALT}{month}"
    value: bytes | None = await tx.scalar(_SALT_GET, name=name)
    return None if value is None else tx.vault.open(value, place_of(name))


async def _make_salt(tx: Tx, month: str) -> bytes:
    """Store a new salt, unless another process did; return the one that is stored."""
    name = f"{_SALT}{month}"
    value = tx.vault.seal(token_bytes(SALT_BYTES), place_of(name))
    await tx.run(_SALT_ADD, {"name": name, "value": value})
    made = await _read_salt(tx, month)
    assert made is not None
    return made


async def _salts(tx: Tx) -> dict[str, bytes]:
    rows = (await tx.connection.execute(_SALTS, {"end": f"{_SALT}~"})).all()
    return {
        row.name.removeprefix(_SALT): tx.vault.open(row.value, place_of(row.name)) for row in rows
    }


def _values(record: AuditRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": record.at.astimezone(UTC),
        "kind": record.kind,
        "body": record.body,
        "key": record.key,
        "mac": record.mac,
    }
