"""What was erased from SQLite leaves its write-ahead log too.

`secure_delete` overwrites what is deleted in the database file, but the log beside it keeps
earlier pages until it is written over. Only a checkpoint that empties it ends that, and a reader
keeps it from doing so: `Erasure` tries until none does.
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
"""No transaction of ours lasts so long: somebody should look who reads the database."""

_LATER = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def empty_log(database: Path) -> bool:
    """Move the write-ahead log into the database and cut it to nothing; `False`: not now.

    It waits for nobody, so that no reader makes it hold up who writes. Raises sqlite3.Error.
    """
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as raw:
            # First what can be moved beside writers, so that the rest stops them for a moment only.
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _LATER:
            return False
        raise
    return not busy


@dataclass(slots=True)
class Erasure:
    """Empties the log of one SQLite database, now and then; `None`: there is none."""

    database: Path | None
    since: datetime | None = field(default=None, init=False)
    """Since when readers have been in the way."""

    async def go(self, now: datetime) -> bool:
        """Try once; `True` where nothing of what was erased before `now` is left in the log."""
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
