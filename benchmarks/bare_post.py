"""The statements of a guest's form, executed by a library alone; a test compares them.

Twice: on the same SQLAlchemy engines as the door's, so that the difference is the door, and on
plain aiosqlite with one trip to its thread for each statement, so that it is all we add.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import aiosqlite
from sqlalchemy import bindparam, func, insert, select, update

from bridge.clock import SystemClock
from bridge.store.engine import Engines
from bridge.store.tables import invitations, visits

_BY_DIGEST = select(invitations).where(invitations.c.digest == bindparam("digest"))
_COUNT = select(func.count()).where(visits.c.invitation == bindparam("invitation"))
_OPEN = insert(visits)
_WAITS = (
    update(invitations)
    .where(invitations.c.id == bindparam("by"))
    .where(invitations.c.waiting_since.is_(None))
)

_COLUMNS = [column.name for column in invitations.columns]
_VISIT = (
    "id",
    "invitation",
    "occurrence",
    "digest",
    "name",
    "language",
    "created_at",
    "followed_at",
    "number",
)
FIND = f"SELECT {', '.join(_COLUMNS)} FROM invitations WHERE digest = ?"
COUNT = "SELECT count(*) FROM visits WHERE invitation = ?"
ENTER = f"INSERT INTO visits ({', '.join(_VISIT)}) VALUES ({', '.join('?' * len(_VISIT))})"
WAIT = "UPDATE invitations SET waiting_since = ? WHERE id = ? AND waiting_since IS NULL"


@dataclass(frozen=True, slots=True)
class Opened:
    """A visit to insert."""

    visit: UUID
    secret: str
    name: str


class Enters(Protocol):
    """Inserts visits."""

    async def enter(self, code: str, opened: Opened) -> bool:
        """Open a visit for the holder of a code; tell whether there is one."""
        ...


@dataclass(frozen=True, slots=True)
class OnEngines:
    """On SQLAlchemy, as the store does it."""

    engines: Engines

    async def enter(self, code: str, opened: Opened) -> bool:
        """Open a visit for the holder of a code; tell whether there is one."""
        found = {"digest": _digest(code)}
        async with self.engines.reading.begin() as reading:
            known = (await reading.execute(_BY_DIGEST, found)).one_or_none()
            if known is None:
                return False
            await reading.execute(_COUNT, {"invitation": known.id})
        now = SystemClock().now()
        async with self.engines.writing.begin() as writing:
            row = (await writing.execute(_BY_DIGEST, found)).one()
            visit = {
                "id": opened.visit,
                "invitation": row.id,
                "occurrence": row.occurrence,
                "digest": _digest(opened.secret),
                "name": opened.name,
                "language": "fr",
                "created_at": now,
                "followed_at": None,
                "number": 0,
            }
            await writing.execute(_OPEN, visit)
            await writing.execute(_WAITS, {"by": row.id, "waiting_since": now})
        return True


@dataclass(frozen=True, slots=True)
class OnSqlite:
    """On plain aiosqlite: one connection that reads and one that writes."""

    reading: aiosqlite.Connection
    writing: aiosqlite.Connection
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def enter(self, code: str, opened: Opened) -> bool:
        """Open a visit for the holder of a code; tell whether there is one."""
        found = (_digest(code),)
        known = list(await self.reading.execute_fetchall(FIND, found))
        if not known:
            return False
        counted = (dict(zip(_COLUMNS, known[0], strict=True))["id"],)
        await self.reading.execute_fetchall(COUNT, counted)
        now = SystemClock().now().strftime("%Y-%m-%d %H:%M:%S.%f")
        async with self.turn:
            await self.writing.execute("BEGIN IMMEDIATE")
            (row,) = await self.writing.execute_fetchall(FIND, found)
            kept = dict(zip(_COLUMNS, row, strict=True))
            proof = _digest(opened.secret)
            typed = (opened.name, "fr", now, None, 0)
            visit = (opened.visit.hex, kept["id"], kept["occurrence"], proof, *typed)
            await self.writing.execute(ENTER, visit)
            await self.writing.execute(WAIT, (now, kept["id"]))
            await self.writing.execute("COMMIT")
        return True


async def open_plain(path: str, synchronous: str) -> aiosqlite.Connection:
    """Connect with the settings of the store."""
    connection = await aiosqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
        await connection.execute(f"PRAGMA {pragma}")
    return connection


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
