"""Only one process runs on an SQLite database; commands that look or change work beside it."""

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

    The kernel gives the lock back when the process ends, however it ends; the file stays, since
    removing it would let two processes hold the lock of one name.
    """
    lock = database.with_name(f"{database.name}.lock")
    shut(lock)  # whoever may read it could hold it too
    handle = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"another process runs on {database}") from error
        yield
    finally:
        os.close(handle)
