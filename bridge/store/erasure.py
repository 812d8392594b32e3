"""Removes from SQLite's write-ahead log, too, what was erased from the database.

`secure_delete` overwrites deleted data in the database file, but the log beside it keeps earlier
pages until it is overwritten. Only a checkpoint that empties the log ends that, and a reader
prevents one: `Erasure` retries until there is no reader.
"""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

log = structlog.get_logger()

PATIENCE = timedelta(minutes=10)
"""No transaction of ours lasts this long: an operator should look which process reads the
database."""

_LATER = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def empty_log(database: Path) -> bool:
    """Move the write-ahead log into the database and truncate it; `False`: not now.

    It waits for nobody, so that a reader can't make it hold up writers. Raises sqlite3.Error.
    """
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as raw:
            # First all that can be moved beside writers, so that the rest stops them only briefly.
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _LATER:
            return False
        raise
    return not busy


@dataclass(slots=True)
class Erasure:
    """Empties the log of one SQLite database from time to time; `None`: there is none."""

    database: Path | None
    since: datetime | None = field(default=None, init=False)
    """Since when readers have been in the way."""

    async def go(self, now: datetime) -> bool:
        """Try once; `True` if the log holds nothing any more that was erased before `now`."""
        if self.database is None or not await asyncio.to_thread(_filled, self.database):
            self.since = None
            return True
        if await asyncio.to_thread(empty_log, self.database):
            self.since = None
            return True
        self.since = self.since or now
        if now - self.since >= PATIENCE:
            minutes = (now - self.since) // timedelta(minutes=1)
            log.warning("store.log_kept", minutes=minutes)
        return False


def _filled(database: Path) -> bool:
    wal = database.with_name(f"{database.name}-wal")
    return wal.exists() and wal.stat().st_size > 0
