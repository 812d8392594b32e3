"""A wall clock that is set while a process runs: libfaketime is loaded before the C library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


def library() -> Path | None:
    """Return the library to preload, or None."""
    root = Path("/")
    found = [one for place in _PLACES for one in root.glob(f"{place[1:]}/libfaketime.so.1")]
    return found[0] if found else None


def missing() -> str | None:
    """Return the missing part that this machine needs to set a process's clock, or None."""
    return None if library() else "libfaketime is not installed (apt-get install faketime)"


@dataclass(frozen=True, slots=True)
class WallClock:
    """The wall clock of the processes started with `environment`; their monotonic clock is true."""

    file: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment that such a process needs."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, ahead: timedelta) -> None:
        """Have it show at once a time that differs by this much from the true one."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"{ahead.total_seconds():+.0f}\n", encoding="ascii")
        draft.replace(self.file)  # never half of it
