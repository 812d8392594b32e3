"""A wall clock that is set is noticed, and slewing is not."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bridge import clock as clocks
from bridge.clock import Steps

HOUR = timedelta(hours=1)


@dataclass
class Both:
    """A wall clock and a monotonic one."""

    wall: datetime = datetime(2026, 12, 1, 9, tzinfo=UTC)
    went: float = 100.0
    told: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.went

    def goes(self, seconds: float, *, by: timedelta = timedelta(0)) -> None:
        """Let time go by, and set the wall clock."""
        self.went += seconds
        self.wall += timedelta(seconds=seconds) + by


@pytest.fixture
def both() -> Both:
    return Both()


@pytest.fixture
def steps(both: Both) -> Steps:
    steps = Steps(both, both.monotonic)
    steps.on_step(both.told.append)
    return steps


@pytest.mark.parametrize("by", [HOUR, -HOUR, timedelta(seconds=2)])
def test_a_step_is_told_and_logged_once(both: Both, steps: Steps, by: timedelta) -> None:
    both.goes(1, by=by)
    with capture_logs() as lines:
        assert steps.look() == by
        both.goes(1)
        assert steps.look() == timedelta(0)
    assert both.told == [by]
    assert [(line["event"], line["seconds"]) for line in lines] == [
        ("clock.stepped", by.total_seconds())
    ]


def test_slewing_and_long_waits_are_no_step(both: Both, steps: Steps) -> None:
    for _ in range(10_000):
        both.goes(1, by=timedelta(milliseconds=0.5))
        assert not steps.look()
    both.goes(7200)
    assert not steps.look()
    assert both.told == []


def test_who_stopped_listening_hears_nothing(both: Both, steps: Steps) -> None:
    heard: list[timedelta] = []
    forget = steps.on_step(heard.append)
    forget()
    both.goes(1, by=HOUR)
    steps.look()
    assert heard == []
    assert both.told == [HOUR]


async def test_it_looks_until_it_is_stopped(
    both: Both, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "LOOK", 0.01)
    stop = asyncio.Event()
    steps.on_step(lambda _: stop.set())
    both.goes(1, by=-HOUR)
    async with asyncio.timeout(5):
        await steps.run(stop)
    assert both.told == [-HOUR]
