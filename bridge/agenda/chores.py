"""What recurs for no row's sake: by the monotonic clock, or at a minute of each hour of the day.

The only door to APScheduler. It is asked for nothing but what means the time of day, since its
interval jobs stand still when the wall clock is set back. What is due is never a job of its: its
job stores lose and double them, or block the loop for seconds (docs/decisions/0004-agenda.md).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge.agenda.failures import told
from bridge.clock import Clock, Stepped

log = structlog.get_logger()

Run: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Is given the present moment."""

SPREAD = 60
"""Seconds within which several processes begin what is due at the same minute."""
DRAIN = 5.0
"""Seconds for what is cut to end, when the process does."""


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Something to do again and again, whatever time the wall clock shows."""

    name: str
    every: timedelta
    run: Run


@dataclass(frozen=True, slots=True)
class Hourly:
    """Something to do at a minute of each hour of the day."""

    name: str
    minute: int
    run: Run


@asynccontextmanager
async def recurring(
    chores: Sequence[PeriodicTask], hourly: Sequence[Hourly], clock: Clock
) -> AsyncIterator[Stepped]:
    """Run these for the block, none twice at a time; yield what is told that the clock was set.

    A chore is run first after its interval.
    """
    scheduler = _scheduler()
    doing = [asyncio.create_task(_again(chore, clock)) for chore in chores]
    for one in hourly:
        bell = asyncio.Event()
        when = {"minute": one.minute, "jitter": SPREAD}
        scheduler.add_job(bell.set, "cron", id=one.name, name=one.name, **when)
        doing.append(asyncio.create_task(_at_the_bell(one, bell, clock)))
    scheduler.start()
    try:
        yield lambda by: _set_anew(scheduler, by)
    finally:
        scheduler.shutdown(wait=False)
        for task in doing:
            task.cancel()
        if doing:
            await asyncio.wait(doing, timeout=DRAIN)


def _scheduler() -> AsyncIOScheduler:
    """Return a scheduler whose jobs ring a bell at once.

    So what they stand for runs in tasks of ours, which may be cut without a word of APScheduler's.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    defaults = {"coalesce": True, "misfire_grace_time": None}
    executors = {"default": DebugExecutor()}
    return AsyncIOScheduler(timezone=UTC, job_defaults=defaults, executors=executors)


def _set_anew(scheduler: AsyncIOScheduler, by: timedelta) -> None:
    """Look at the hours of the day by the new time."""
    if by < timedelta(0):
        # What is due next by the old time may be as far away as the clock was wrong.
        for job in scheduler.get_jobs():
            job.reschedule(job.trigger)
    scheduler.wakeup()


async def _again(chore: PeriodicTask, clock: Clock) -> None:
    """Run a chore at each of its intervals; one that lasts longer leaves out those it missed."""
    loop, every = asyncio.get_running_loop(), chore.every.total_seconds()
    due = loop.time()
    while True:
        due += every * (max(loop.time() - due, 0) // every + 1)
        await asyncio.sleep(due - loop.time())
        await _do(chore.name, chore.run, clock)


async def _at_the_bell(hourly: Hourly, bell: asyncio.Event, clock: Clock) -> None:
    while True:
        await bell.wait()
        bell.clear()
        await _do(hourly.name, hourly.run, clock)


async def _do(name: str, run: Run, clock: Clock) -> None:
    try:
        await run(clock.now())
    except Exception as error:  # noqa: BLE001 - it comes again; nothing else may suffer
        log.warning("chore.failed", chore=name, **told(error))
