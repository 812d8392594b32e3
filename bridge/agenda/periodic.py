"""Periodic tasks: by the monotonic clock, or at a minute of each hour of the day.

The only door to APScheduler, which runs only what depends on the time of day, since its interval
jobs stand still when the wall clock is set back. Due rows are never jobs of its own: its job stores
lose and duplicate them, or block the loop for seconds (docs/decisions/0004-agenda.md).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from typing import Protocol

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge.agenda.failures import told
from bridge.clock import Clock, Stepped
from bridge.domain.capability import HourlyTask, PeriodicTask, Run

log = structlog.get_logger()


class Leads(Protocol):
    """The right to run the tasks that one process runs for all."""

    async def held(self) -> bool:
        """Tell whether this process has it."""
        ...

    async def release(self) -> None:
        """Leave it to another process, which may reach what this one does not."""
        ...


SPREAD = 60
"""Seconds over which several processes spread a task that is due at the same minute."""
DRAIN = 5.0
"""Seconds that cancelled tasks may take to end when the process stops."""


@asynccontextmanager
async def recurring(
    periodic: Sequence[PeriodicTask], hourly: Sequence[HourlyTask], clock: Clock, leads: Leads
) -> AsyncIterator[Stepped]:
    """Run these for the block, none twice at a time; yield the function to call on a clock step.

    A periodic task first runs after its interval; a shared one runs only while this process
    `leads`.
    """
    scheduler = _scheduler()
    doing = [asyncio.create_task(_again(one, clock, leads)) for one in periodic]
    for one in hourly:
        bell = asyncio.Event()
        when = {"minute": one.minute, "jitter": SPREAD}
        scheduler.add_job(bell.set, "cron", id=one.name, name=one.name, **when)
        doing.append(asyncio.create_task(_at_the_bell(one, bell, clock, leads)))
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
    """Return a scheduler whose jobs only set an event.

    So the work itself runs in tasks of ours, which can be cancelled without a log line of
    APScheduler's.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    defaults = {"coalesce": True, "misfire_grace_time": None}
    executors = {"default": DebugExecutor()}
    return AsyncIOScheduler(timezone=UTC, job_defaults=defaults, executors=executors)


def _set_anew(scheduler: AsyncIOScheduler, by: timedelta) -> None:
    """Reschedule the hourly tasks by the new time."""
    if by < timedelta(0):
        # By the old time, the next run may be as far away as the clock was wrong.
        for job in scheduler.get_jobs():
            job.reschedule(job.trigger)
    scheduler.wakeup()


async def _again(task: PeriodicTask, clock: Clock, leads: Leads) -> None:
    """Run a task at each of its intervals; a run that lasts longer skips those it missed."""
    loop, every = asyncio.get_running_loop(), task.every.total_seconds()
    due = loop.time()
    while True:
        due += every * (max(loop.time() - due, 0) // every + 1)
        await asyncio.sleep(due - loop.time())
        await _do(task.name, task.run, clock, leads if task.shared else None)


async def _at_the_bell(hourly: HourlyTask, bell: asyncio.Event, clock: Clock, leads: Leads) -> None:
    while True:
        await bell.wait()
        bell.clear()
        await _do(hourly.name, hourly.run, clock, leads)


async def _do(name: str, run: Run, clock: Clock, leads: Leads | None) -> None:
    try:
        if leads is None:
            await run(clock.now())
        elif await leads.held():
            await _for_all(run, clock, leads)
    except Exception as error:  # noqa: BLE001 - it is retried; no other task may suffer
        log.warning("chore.failed", chore=name, **told(error))


async def _for_all(run: Run, clock: Clock, leads: Leads) -> None:
    try:
        await run(clock.now())
    except Exception:
        await leads.release()
        raise
