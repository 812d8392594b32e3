"""Files with secrets or personal data: only for the account that runs Parvis."""

import os
import stat
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def shut(path: Path) -> None:
    """Make a file for its owner alone if there is none; take an old one from everybody else.

    The umask does not matter. A folder, which settings may name by mistake, stays as it is: nobody
    could enter it any more. A file of another account, or one that can't be made, is left to the
    next to open it, and to `parvis check`.

    A file that exists is never opened here: closing it would drop the locks that this process holds
    on a database (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    with suppress(OSError):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
        status = path.stat()
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISREG(status.st_mode) and (mode & _OTHERS or not mode & stat.S_IWUSR):
            path.chmod(PRIVATE)


def shut_existing(path: Path) -> None:
    """Take a file from everybody but its owner; do nothing if there is none."""
    if path.exists():
        shut(path)


def exposed(path: Path) -> bool:
    """Tell whether an account other than its owner can read or change a file. Raises OSError."""
    return bool(stat.S_IMODE(path.stat().st_mode) & _OTHERS)


def handed_out(path: Path) -> bool:
    """Tell whether accounts that it is not meant for may read a key or secret. Raises OSError.

    A file of our own account is for it alone. A file that another account provides may be readable
    by a group, since that is how systemd (an access list shows as group bits) and Kubernetes
    (`fsGroup`) give it to us. No file may be readable by all, or writable by others.
    """
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    forbidden = stat.S_IRWXO | stat.S_IWGRP
    if status.st_uid == os.geteuid():
        forbidden |= stat.S_IRWXG
    return bool(mode & forbidden)
