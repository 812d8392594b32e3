"""Periodic tasks: by the monotonic clock, or by the hours of the day; and their end."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bridge.agenda import periodic
from bridge.agenda.periodic import recurring
from bridge.clock import SystemClock
from bridge.domain.capability import HourlyTask, PeriodicTask
from tests.doubles.clocks import SetClock

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SHORT = timedelta(milliseconds=20)
YEAR = timedelta(days=365)


class Always:
    async def held(self) -> bool:
        return True

    async def release(self) -> None:
        pass


async def nothing(_: datetime) -> None:
    pass


async def test_a_chore_that_lasts_longer_than_its_interval_is_never_doubled() -> None:
    """It is given the present moment, and leaves out the intervals that it missed."""
    running, most, done = 0, 0, 0
    enough = asyncio.Event()

    async def slow(now: datetime) -> None:
        nonlocal running, most, done
        assert now == NOW
        running += 1
        most = max(most, running)
        await asyncio.sleep(SHORT.total_seconds() * 1.5)
        running -= 1
        done += 1
        if done == 3:
            enough.set()

    begun = asyncio.get_running_loop().time()
    async with (
        recurring([PeriodicTask("slow", SHORT, slow)], [], SetClock(NOW), Always()),
        asyncio.timeout(5),
    ):
        await enough.wait()
    assert most == 1
    assert asyncio.get_running_loop().time() - begun >= 6 * SHORT.total_seconds() - 0.01


async def test_a_stop_cuts_what_runs_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """No traceback of a chore that was cut, by us or by APScheduler."""
    begun, cut = asyncio.Event(), asyncio.Event()

    async def hang(_: datetime) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        async with (
            recurring([PeriodicTask("hangs", SHORT, hang)], [], SetClock(NOW), Always()),
            asyncio.timeout(5),
        ):
            await begun.wait()
    assert cut.is_set()
    assert lines == []
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING or one.exc_info]


async def test_a_stop_cuts_what_an_hour_began_without_a_word(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hang(_: datetime) -> None:
        begun.set()
        await asyncio.Event().wait()

    scheduler = periodic._scheduler()
    monkeypatch.setattr(periodic, "_scheduler", lambda: scheduler)
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        async with (
            recurring([], [HourlyTask("hangs", 17, hang)], SystemClock(), Always()),
            asyncio.timeout(5),
        ):
            [job] = scheduler.get_jobs()
            job.modify(next_run_time=SystemClock().now())
            await begun.wait()
    assert lines == []
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING or one.exc_info]


@pytest.mark.parametrize("by", [-YEAR, timedelta(hours=-1)])
async def test_an_hour_of_the_day_is_found_anew_when_the_clock_is_set_back(by: timedelta) -> None:
    async with recurring([], [], SetClock(NOW), Always()):
        scheduler = periodic._scheduler()
        scheduler.add_job(asyncio.Event().set, "cron", minute=17, id="hourly")
        scheduler.start()
        try:
            [job] = scheduler.get_jobs()
            job.modify(next_run_time=job.next_run_time - by)
            periodic._set_anew(scheduler, by)
            assert scheduler.get_jobs()[0].next_run_time <= SystemClock().now() + timedelta(hours=1)
        finally:
            scheduler.shutdown(wait=False)


async def test_what_an_hour_missed_is_made_up_for_when_the_clock_is_set_ahead() -> None:
    scheduler, bell = periodic._scheduler(), asyncio.Event()
    scheduler.add_job(bell.set, "cron", minute=17, id="hourly")
    scheduler.start(paused=True)
    try:
        [job] = scheduler.get_jobs()
        job.modify(next_run_time=SystemClock().now() - timedelta(minutes=30))
        scheduler.resume()
        periodic._set_anew(scheduler, timedelta(hours=1))
        async with asyncio.timeout(5):
            await bell.wait()
    finally:
        scheduler.shutdown(wait=False)
