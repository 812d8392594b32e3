"""The device's keys at rest: nio's SQLite store, read on demand and made safe to live with.

It differs from nio's own: sessions and devices are read when first needed instead of all at start
(20,000 sessions took 3 s of a blocked loop); the trust of devices is a policy and costs no SQL;
sessions unused for weeks are dropped; and a few small tables of ours store what nio holds in memory
only.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
import structlog
from nio.crypto import InboundGroupSession, OlmDevice
from nio.crypto.sessions import Session
from nio.store import SqliteStore

from bot.matrix.errors import StoreBusy
from bot.matrix.lazy import LazyDevices, LazyGroupSessions, LazySessions

log = structlog.get_logger()

BUSY_MILLISECONDS = 200
"""How long a write waits for another program that holds the file; the event loop waits with it."""

# A row of parvis_wish is a pending membership: names of stored tables and columns stay.
_TABLES = """
CREATE TABLE IF NOT EXISTS parvis_use (session_id TEXT PRIMARY KEY, day INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS parvis_index (session_id TEXT NOT NULL, number INTEGER NOT NULL,
  event_id TEXT NOT NULL, PRIMARY KEY (session_id, number));
CREATE TABLE IF NOT EXISTS parvis_wish (room_id TEXT NOT NULL, wish TEXT NOT NULL,
  via TEXT NOT NULL, inviter TEXT NOT NULL, PRIMARY KEY (room_id, wish));
CREATE TABLE IF NOT EXISTS parvis_gap (room_id TEXT NOT NULL, start TEXT NOT NULL,
  since TEXT NOT NULL, PRIMARY KEY (room_id, start));
CREATE TABLE IF NOT EXISTS parvis_making (user_id TEXT PRIMARY KEY, asked_at REAL NOT NULL,
  patience REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class PendingMembership:
    """A salon to join or to look after, or an invitation to decline, until that is done."""

    room: str
    what: str
    """`join`, `direct` (join, and it is a direct message), `decline`, or `look`; `follow`, then
    `inspect` (join, and leave again unless both salons state the upgrade)."""
    via: str
    """The server to join by; for a look, the event that caused it."""
    inviter: str
    """For `follow` and `inspect` the salon that this one replaces."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a salon's timeline that a sync left out: from `start` back to `since`."""

    room: str
    start: str
    since: str


@contextmanager
def _told_busy() -> Iterator[None]:
    """Tell a file that can't be used now from one that is beyond reading. Raises StoreBusy."""
    try:
        yield
    except (peewee.OperationalError, sqlite3.OperationalError) as error:
        raise StoreBusy(str(error)) from error


class _Database(peewee.SqliteDatabase):  # type: ignore[misc]  # peewee is untyped
    """Raises StoreBusy if SQLite can't do the request now."""

    def execute_sql(self, sql: str, *values: Any, **options: Any) -> Any:
        with _told_busy():
            return super().execute_sql(sql, *values, **options)

    def commit(self) -> Any:
        with _told_busy():
            return super().commit()


@dataclass(frozen=True, slots=True)
class Making:
    """A direct message that was asked for, and whose answer has not come."""

    user: str
    asked_at: float
    """Seconds since 1970."""
    patience: float
    """The seconds during which it may still come into being, and no other is asked for."""


@dataclass
class CryptoStore(SqliteStore):  # type: ignore[misc]  # nio is untyped
    """The store of one device."""

    def _create_database(self) -> _Database:
        pragmas = {
            "foreign_keys": 1,
            "secure_delete": 1,
            "journal_mode": "wal",
            "synchronous": 1,
            "busy_timeout": BUSY_MILLISECONDS,
            "journal_size_limit": 4 << 20,
        }
        wait = BUSY_MILLISECONDS / 1000
        return _Database(self.database_path, pragmas=pragmas, timeout=wait)

    def __post_init__(self) -> None:
        with _told_busy():
            super().__post_init__()
            self.database.connection().executescript(_TABLES)

    def close(self) -> None:
        """Close the file; nio never does."""
        self.database.close()

    def condemn(self) -> None:
        """Put the file aside: it is an old copy, and using it again would break every session."""
        self.close()
        path = Path(self.database_path)
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(path.with_name(f"lost-{path.name}{suffix}"))

    # Trust: a bot excludes no device of a member and vouches for none.

    def is_device_verified(self, device: OlmDevice) -> bool:  # noqa: ARG002 - nio's signature
        """Return False: nobody compared keys with a bot."""
        return False

    def is_device_blacklisted(self, device: OlmDevice) -> bool:  # noqa: ARG002 - nio's signature
        """Return False: every device of a member gets the key."""
        return False

    def is_device_ignored(self, device: OlmDevice) -> bool:  # noqa: ARG002 - nio's signature
        """Return True, so that an unverified device is no reason to refuse sending."""
        return True

    # Reading on demand.

    def load_sessions(self) -> LazySessions:
        """Return the Olm sessions, none of them read yet."""
        return LazySessions(self._sessions_with)

    def _sessions_with(self, sender_key: str) -> list[Session]:
        rows = self._rows(
            "SELECT o.session, o.creation_time FROM olmsessions o JOIN accounts a"
            " ON a.id = o.account_id WHERE a.user_id = ? AND a.device_id = ? AND o.sender_key = ?"
            " ORDER BY o.last_usage_date DESC",
            self.user_id,
            self.device_id,
            sender_key,
        )
        return [
            Session.from_pickle(bytes(pickle), datetime.fromisoformat(made), self.pickle_key)
            for pickle, made in rows
        ]

    def load_inbound_group_sessions(self) -> LazyGroupSessions:
        """Return the Megolm sessions, none of them read yet."""
        return LazyGroupSessions(self._group_session)

    def _group_session(self, session_id: str) -> InboundGroupSession | None:
        rows = self._rows(
            "SELECT session, fp_key, sender_key, room_id FROM megolminboundsessions"
            " WHERE session_id = ?",
            session_id,
        )
        for pickle, ed25519, sender_key, room in rows:
            return InboundGroupSession.from_pickle(
                bytes(pickle), ed25519, sender_key, room, self.pickle_key
            )
        return None

    def save_inbound_group_session(self, session: InboundGroupSession) -> None:
        """Store a session unless a better one of the same id is there.

        nio overwrites by id, whoever sends it: any member could re-share somebody else's session
        from a later index and so make earlier lines unreadable.
        """
        known = self._group_session(session.id)
        if known is not None:
            if (known.sender_key, known.room_id) != (session.sender_key, session.room_id):
                log.warning("matrix.session_contested", session=session.id, salon=session.room_id)
                return
            if known.first_known_index <= session.first_known_index:
                return
        super().save_inbound_group_session(session)

    def load_device_keys(self) -> LazyDevices:
        """Return the devices, none of them read yet."""
        return LazyDevices(self._devices_of)

    def _devices_of(self, user: str) -> dict[str, OlmDevice]:
        rows = self._rows(
            "SELECT d.device_id, d.display_name, d.deleted, k.key_type, k.key FROM devicekeys d"
            " JOIN accounts a ON a.id = d.account_id JOIN keys k ON k.device_id = d.id"
            " WHERE a.user_id = ? AND a.device_id = ? AND d.user_id = ?",
            self.user_id,
            self.device_id,
            user,
        )
        devices: dict[str, OlmDevice] = {}
        for device, name, deleted, kind, key in rows:
            known = devices.setdefault(
                device, OlmDevice(user, device, {}, display_name=name, deleted=bool(deleted))
            )
            known.keys[kind] = key
        return devices

    def forget_device(self, user: str, device: str) -> None:
        """Delete a device whose identity keys were replaced; nio would refuse it for ever."""
        owner = "SELECT d.id FROM devicekeys d WHERE d.user_id = ? AND d.device_id = ?"
        with self.database.atomic():
            self._rows(f"DELETE FROM keys WHERE device_id IN ({owner})", user, device)  # noqa: S608 - constants
            self._rows("DELETE FROM devicekeys WHERE user_id = ? AND device_id = ?", user, device)

    # State that nio holds in memory only, or not at all.

    def touch(self, session_id: str, now: datetime) -> None:
        """Note that a session was used today."""
        self._rows(
            "INSERT INTO parvis_use VALUES (?, ?) ON CONFLICT (session_id) DO UPDATE"
            " SET day = excluded.day WHERE day < excluded.day",
            session_id,
            _day(now),
        )

    def prune(self, now: datetime, keep: timedelta) -> int:
        """Delete the inbound sessions unused for `keep`; return how many.

        A session without a note (an older store) gets today's.
        """
        limit = _day(now - keep)
        with self.database.atomic():
            self._rows(
                "INSERT OR IGNORE INTO parvis_use SELECT session_id, ? FROM megolminboundsessions",
                _day(now),
            )
            old = "(SELECT session_id FROM parvis_use WHERE day < ?)"
            gone = self._rows(
                f"DELETE FROM megolminboundsessions WHERE session_id IN {old}"  # noqa: S608 - constants
                " RETURNING session_id",
                limit,
            )
            self._rows(f"DELETE FROM parvis_index WHERE session_id IN {old}", limit)  # noqa: S608
            self._rows("DELETE FROM parvis_use WHERE day < ?", limit)
        self._empty_log()
        return len(gone)

    def _empty_log(self) -> None:
        """Remove deleted rows from the write-ahead log as well; a reader delays it by a day."""
        self._rows("PRAGMA busy_timeout = 0")  # we are on the event loop
        try:
            self._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._rows(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")

    def first_use(self, session_id: str, number: int, event: str) -> bool:
        """Return False if this place of a session was already read as another event.

        nio's own protection against replays is lost at each restart.
        """
        self._rows("INSERT OR IGNORE INTO parvis_index VALUES (?, ?, ?)", session_id, number, event)
        rows = self._rows(
            "SELECT event_id FROM parvis_index WHERE session_id = ? AND number = ?",
            session_id,
            number,
        )
        return bool(rows[0][0] == event)

    def add_membership(self, pending: PendingMembership) -> None:
        """Remember a pending membership; the last look and the last other one of a salon count."""
        with self.database.atomic():
            self._rows(
                "DELETE FROM parvis_wish WHERE room_id = ? AND (wish = 'look') = ?",
                pending.room,
                pending.what == "look",
            )
            self._rows("INSERT INTO parvis_wish VALUES (?, ?, ?, ?)", *astuple(pending))

    def memberships(self) -> list[PendingMembership]:
        """Return the pending memberships, oldest first."""
        return [
            PendingMembership(*row)
            for row in self._rows("SELECT * FROM parvis_wish ORDER BY rowid")
        ]

    def drop_membership(self, pending: PendingMembership) -> None:
        """Forget a pending membership, done or hopeless, unless another replaced it."""
        self._rows(
            "DELETE FROM parvis_wish WHERE (room_id, wish, via, inviter) = (?, ?, ?, ?)",
            *astuple(pending),
        )

    def drop_memberships(self, room: str) -> None:
        """Forget all pending memberships of a salon."""
        self._rows("DELETE FROM parvis_wish WHERE room_id = ?", room)

    def begin_making(self, making: Making) -> None:
        """Remember that a direct message is asked for, before it is."""
        self._rows("INSERT OR REPLACE INTO parvis_making VALUES (?, ?, ?)", *astuple(making))

    def making(self, user: str) -> Making | None:
        """Return the direct message with somebody that may exist without our knowing."""
        rows = self._rows("SELECT * FROM parvis_making WHERE user_id = ?", user)
        return Making(*rows[0]) if rows else None

    def made(self, user: str) -> None:
        """Forget that a direct message was asked for: it is known, or was refused."""
        self._rows("DELETE FROM parvis_making WHERE user_id = ?", user)

    def gap(self, gap: Gap) -> None:
        """Remember a gap that could not be read yet."""
        self._rows("INSERT OR IGNORE INTO parvis_gap VALUES (?, ?, ?)", *astuple(gap))

    def gaps(self, room: str | None = None) -> list[Gap]:
        """Return the gaps still open, of one salon or of all, oldest first."""
        rows = self._rows(
            "SELECT * FROM parvis_gap WHERE room_id = ? OR ? IS NULL ORDER BY rowid", room, room
        )
        return [Gap(*row) for row in rows]

    def filled(self, gap: Gap) -> None:
        """Forget a gap: read, or beyond reading."""
        self._rows("DELETE FROM parvis_gap WHERE room_id = ? AND start = ?", gap.room, gap.start)

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with _told_busy():
            return list(self.database.execute_sql(statement, values).fetchall())


def _day(now: datetime) -> int:
    return now.date().toordinal()
