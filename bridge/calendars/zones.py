"""The version of the rules of zones that this machine has."""

import re
import zoneinfo
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

_FIRST_LINE = re.compile(r"# version (\S+)")
_NAMED = ("tzdata.zi", "+VERSION")


def rules_version(folders: Iterable[str | Path] | None = None) -> str:
    """Return the version of the rules of zones, such as `2026c`; "?" if nothing says it.

    `folders`: where they are looked for; `None`: where zoneinfo does.
    """
    for folder in map(Path, zoneinfo.TZPATH if folders is None else folders):
        for name in _NAMED:
            if (folder / name).is_file():
                return _read(folder / name)
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except ImportError:
        return "?"


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        line = lines.readline().strip()
    found = _FIRST_LINE.match(line)
    return found[1] if found else line
