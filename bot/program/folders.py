"""Folders that Parvis writes to: made if missing, with the setting's key in the error."""

import errno
import os
from pathlib import Path

from bot.program.disk import disk_of


class FolderRefused(Exception):
    """Give a path where Parvis's account may write. The detail: the key and the folder."""


def kept_in(key: str, folder: Path) -> None:
    """Make a folder for our account alone, unless it exists. Raises FolderRefused."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        told = NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        raise FolderRefused(f"{key}: {folder}") from told
    except OSError as error:
        raise FolderRefused(f"{key}: {folder}") from error


def refusal(folder: Path) -> int | None:
    """Return the system's error for making files in a folder, `None` if we may make them.

    For a folder that does not exist yet, test the nearest one above it. Makes nothing.
    """
    place = disk_of(folder)
    if not place.is_dir():
        return errno.ENOTDIR
    if os.statvfs(place).f_blocks == 0:
        return errno.EROFS  # /proc and its like store nothing for anybody
    try:
        os.close(os.open(place, os.O_TMPFILE | os.O_RDWR, 0o600))  # a file without a name
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR}:
            return error.errno
        return None if os.access(place, os.W_OK | os.X_OK) else errno.EACCES
    return None
