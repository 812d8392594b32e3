"""What recurs for no row's sake, and the tick. The only door to APScheduler.

What is due is never a job of its: its job stores lose and double them, or block the loop for
seconds (docs/decisions/0004-agenda.md).
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge.agenda.failures import told
from bridge.clock import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do again and again; `run` is given the present moment."""

    name: str
    every: timedelta
    run: Callable[[datetime], Awaitable[None]]


@contextmanager
def recurring(chores: Sequence[Chore], clock: Clock) -> Iterator[None]:
    """Run the chores for the block, each first after its interval, never twice at a time."""
    # A line per tick otherwise, or per run that is left out since the one before goes on.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
    for chore in chores:
        seconds = chore.every.total_seconds()
        scheduler.add_job(_do, "interval", [chore, clock], seconds=seconds, id=chore.name)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def _do(chore: Chore, clock: Clock) -> None:
    try:
        await chore.run(clock.now())
    except Exception as error:  # noqa: BLE001 - it comes again; nothing else may suffer
        log.warning("chore.failed", chore=chore.name, **told(error))
