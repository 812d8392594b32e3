"""The free space of the disks that Parvis writes to."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

LOW, FULL = 1 << 30, 100 << 20
"""Bytes left: below the first a person should look, below the second writes may fail soon."""


def disk_of(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    wanted = folder.absolute()
    # Path.exists would fail below a folder that we may not read.
    return next(place for place in (wanted, *wanted.parents) if os.path.exists(place))  # noqa: PTH110


def fullest(folders: Iterable[Path]) -> tuple[Path, int]:
    """Return the place with the fewest bytes left, and their number. Raises OSError."""
    left = [(shutil.disk_usage(place).free, place) for place in map(disk_of, folders)]
    free, place = min(left)
    return place, free
