"""A lock that lets only one process run on an SQLite database; commands that look or change do."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.errors import AlreadyRunning
from config.files import shut


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold the lock beside `database` for the block. Raises AlreadyRunning.

    The kernel releases the lock when the process ends, however it ends. The file stays: if it were
    removed, two processes could hold the lock of one name.
    """
    lock = database.with_name(f"{database.name}.lock")
    shut(lock)  # a process that can read the file could also lock it
    handle = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"another process runs on {database}") from error
        yield
    finally:
        os.close(handle)
