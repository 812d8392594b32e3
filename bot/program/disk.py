"""How much room the disks have that Parvis writes to."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

LOW, FULL = 1 << 30, 100 << 20
"""Bytes left: from the first on a person should look, from the second on writes may fail soon."""


def disk_of(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    wanted = folder.absolute()
    # Path.exists would fail below a folder that is closed to us.
    return next(place for place in (wanted, *wanted.parents) if os.path.exists(place))  # noqa: PTH110


def fullest(folders: Iterable[Path]) -> tuple[Path, int]:
    """Return the place with the fewest bytes left, and how many. Raises OSError."""
    left = [(shutil.disk_usage(place).free, place) for place in map(disk_of, folders)]
    free, place = min(left)
    return place, free
