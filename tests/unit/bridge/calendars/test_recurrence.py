"""Recurrences: what is refused, what is expanded here and what apart, and which dates come of it."""

import asyncio
import subprocess
import sys
import time
import tracemalloc
from datetime import date, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from bridge.calendars.expanding import expand
from bridge.calendars.guard import check, simple
from bridge.calendars.holidays import KnownHolidays
from bridge.calendars.recurrence import Recurrences
from bridge.domain.rules import parts_of
from bridge.domain.series import Series
from bridge.errors import RecurrenceRefused
from tests.unit.bridge.calendars.bombs import BOMBS, MONDAY, RUNS_AWAY, series

YEARS = timedelta(days=2 * 366)
HERE = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;COUNT=10000",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=WEEKLY;BYDAY=MO",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20290101T000000",
    "FREQ=MONTHLY;BYDAY=1MO",
    "FREQ=MONTHLY;BYDAY=5MO",
    "FREQ=MONTHLY;INTERVAL=12;BYDAY=5TU",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
    "FREQ=YEARLY",
    "FREQ=YEARLY;INTERVAL=1000",
    "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=14",
]
APART = [
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYHOUR=9,14",
    "FREQ=WEEKLY;BYMONTH=3;BYDAY=MO",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=YEARLY;BYWEEKNO=53",
]


PATIENCE = 60.0
"""Seconds: a process that starts on a busy machine takes longer than one may in production."""


async def starts(
    of: Series, days: int = 3650, most: int | None = 20, *, limit: float = PATIENCE
) -> list[str]:
    found = await Recurrences(limit=limit).starts(
        of, since=MONDAY, before=MONDAY + timedelta(days=days), most=most
    )
    return [one.strftime("%Y-%m-%d %H:%M") for one in found]


def apart() -> list[psutil.Process]:
    """Return the processes that expand a series now."""
    return [one for one in psutil.Process().children() if "expanding.py" in one.cmdline()[-1]]


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once_in_little_memory(name: str):
    tracemalloc.start()
    begun = time.perf_counter()
    try:
        with pytest.raises(RecurrenceRefused):
            check(BOMBS[name])
        took, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took < 0.05
    assert peak < 10 * 2**20


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=3;UNTIL=20280101T000000",
        "FREQ=DAILY;UNTIL=20270321T090000",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTHDAY=0",
        "FREQ=DAILY;BYMONTHDAY=x",
        "FREQ=DAILY;WKST=XX",
        "INTERVAL=2",
        "",
    ],
)
def test_what_is_no_rule_is_refused(rule: str):
    with pytest.raises(RecurrenceRefused):
        check(series(rule))


async def test_what_runs_away_is_killed_when_its_time_is_over():
    assert Recurrences().limit == 2
    with pytest.raises(RecurrenceRefused) as refused:
        await starts(RUNS_AWAY, limit=0.5)
    assert refused.value.parameters["why"] == "slow"
    assert not apart()


async def test_who_stops_waiting_leaves_no_process_behind():
    waiting = asyncio.create_task(starts(RUNS_AWAY))
    async with asyncio.timeout(PATIENCE):
        while not apart():
            await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not apart()


async def test_a_process_apart_that_fails_is_a_refusal():
    broken = Recurrences(program=Path("/nowhere.py"))
    with pytest.raises(RecurrenceRefused) as refused:
        await broken.starts(
            series("FREQ=DAILY;BYHOUR=9,14"), since=MONDAY, before=MONDAY + YEARS, most=20
        )
    assert refused.value.parameters["why"] == "slow"


@pytest.mark.parametrize("rule", HERE)
def test_rules_that_are_expanded_here_take_milliseconds(rule: str):
    wanted = series(rule)
    assert simple(check(wanted))
    request: dict[str, object] = {
        "start": MONDAY.isoformat(),
        "rule": rule,
        "without": [],
        "besides": [],
        "since": (MONDAY + 10 * YEARS).isoformat(),
        "before": (MONDAY + 11 * YEARS).isoformat(),
        "most": None,
    }
    begun = time.process_time()
    expand(request)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("rule", APART)
def test_all_else_is_expanded_apart(rule: str):
    assert not simple(check(series(rule)))


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=-1MO;COUNT=3", ["03-22", "03-29", "04-26"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["03-22", "04-05", "04-19"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=4;COUNT=2", ["03-22", "04-06"]),
        ("FREQ=WEEKLY;UNTIL=20270405T090000", ["03-22", "03-29", "04-05"]),
        ("FREQ=WEEKLY;UNTIL=20270405T085959", ["03-22", "03-29"]),
        ("FREQ=WEEKLY;UNTIL=20270405", ["03-22", "03-29", "04-05"]),
    ],
)
async def test_rules_are_read_as_the_standard_says(rule: str, days: list[str]):
    found = await starts(series(rule))
    assert [one[5:10] for one in found][: len(days)] == days


async def test_what_is_expanded_apart_is_the_same():
    assert await starts(series("FREQ=DAILY;BYHOUR=9,14;COUNT=3")) == [
        "2027-03-22 09:00",
        "2027-03-22 14:00",
        "2027-03-23 09:00",
    ]


async def test_leap_days_come_in_leap_years():
    leap = series("FREQ=YEARLY", start=datetime(2028, 2, 29, 9))
    assert await starts(leap, 3650) == ["2028-02-29 09:00", "2032-02-29 09:00", "2036-02-29 09:00"]


async def test_exceptions_and_dates_besides():
    week = timedelta(days=7)
    some = series(
        "FREQ=WEEKLY;COUNT=3", without=(MONDAY + week,), besides=(MONDAY + timedelta(days=1),)
    )
    assert await starts(some) == ["2027-03-22 09:00", "2027-03-23 09:00", "2027-04-05 09:00"]


async def test_only_what_is_asked_for():
    daily = series("FREQ=DAILY")
    found = await Recurrences().starts(
        daily, since=datetime(2028, 2, 28, 9), before=datetime(2028, 3, 1, 9)
    )
    assert found == [datetime(2028, 2, 28, 9), datetime(2028, 2, 29, 9)]
    assert not await Recurrences().starts(daily, since=MONDAY, before=MONDAY)


def test_holidays_of_places():
    days = KnownHolidays().days("FR", [2027, 2028])
    assert {date(2027, 7, 14), date(2027, 5, 17), date(2028, 7, 14)} <= days
    assert date(2027, 12, 20) in KnownHolidays().days("FR-RE", [2027]) - days
    assert not KnownHolidays().days("ZZ", [2027])
    assert not KnownHolidays().days("FR-XX", [2027])


def test_the_program_starts_without_the_libraries():
    code = (
        "import sys, bridge.calendars.recurrence, bridge.calendars.holidays, bridge.calendars.event_texts\n"
        "print({'icalendar', 'recurring_ical_events', 'holidays'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


def test_a_rule_without_a_value_is_none():
    with pytest.raises(ValueError, match="no part"):
        parts_of("FREQ")
