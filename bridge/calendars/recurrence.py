"""When a series takes place, in its own wall time: checked first, then expanded by a library.

A clock change moves nothing here: 9:00 stays 9:00, and what moment that is, `bridge/domain/wall.py`
says (docs/decisions/0039-series.md).
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from bridge.calendars.guard import check, simple
from bridge.domain.rules import about, ended, until_of
from bridge.domain.series import Series
from bridge.errors import RecurrenceRefused

log = structlog.get_logger()

LIMIT = 2.0
"""Seconds that a process may expand one series."""
_PROGRAM = Path(__file__).with_name("expanding.py")
_FEW = 1_000
"""Dates that are expanded in this process, at a tenth of a millisecond each."""
_AT_ONCE = 2
"""Processes that expand at the same time."""


@dataclass(frozen=True, slots=True)
class Recurrences:
    """Implements `bridge.ports.Expansion`."""

    limit: float = LIMIT
    program: Path = _PROGRAM
    """The program that expands what may run away."""
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def starts(
        self, series: Series, *, since: datetime, before: datetime, most: int | None = None
    ) -> Sequence[datetime]:
        """Return the starts of a series from `since` on and before `before`: naive, ascending."""
        parts = check(series)
        request = {
            "start": series.start.isoformat(),
            "rule": _timed(series.recurrence.rule),
            "without": [one.isoformat() for one in series.left_out],
            "besides": [one.isoformat() for one in series.recurrence.besides],
            "since": max(since, series.start).isoformat(),
            "before": before.isoformat(),
            "most": most,
        }
        few = about(series.recurrence.rule, (before - max(since, series.start)).days) <= _FEW
        here = simple(parts) and few
        found = await (self._here(request) if here else self._apart(request))
        return [datetime.fromisoformat(one) for one in found]

    async def _here(self, request: dict[str, Any]) -> list[str]:
        """Expand in this process; the library is imported in a thread when first needed."""
        library = sys.modules.get("bridge.calendars.expanding")
        if library is None:
            library = await asyncio.to_thread(import_module, "bridge.calendars.expanding")
        found: list[str] = library.expand(request)
        return found

    async def _apart(self, request: dict[str, Any]) -> list[str]:
        """Expand in a process of its own, and kill it when its time is over."""
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(self.program),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(self.limit):
                    answer, _ = await process.communicate(json.dumps(request).encode())
            except TimeoutError as error:
                log.warning("recurrence.killed", rule=request["rule"])
                raise RecurrenceRefused(why="slow") from error
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            log.warning("recurrence.failed", rule=request["rule"])
            raise RecurrenceRefused(why="slow")
        found: list[str] = json.loads(answer)
        return found


def _timed(rule: str) -> str:
    """Return a checked rule whose end is a time: the library takes a day for its midnight."""
    until = until_of(rule)
    return rule if until is None else ended(rule, until=until)
