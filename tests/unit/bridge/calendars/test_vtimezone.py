"""The clock changes that an event's zone needs, against zoneinfo itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars.vtimezone import observances
from tests.unit.bridge.calendars.ics import event, opened, request

HOUR = timedelta(hours=1)
YEARLY = (
    "Europe/Paris",
    "Pacific/Auckland",
    "America/Santiago",  # a Sunday from the 2nd to the 8th
    "America/Nuuk",  # late on the Saturday before the last Sunday
    "Europe/Dublin",  # whose data have winter as the odd time
    "Australia/Lord_Howe",  # half an hour
    "America/Miquelon",
)
FIXED = (
    "America/Cayenne",
    "Indian/Reunion",
    "Pacific/Noumea",
    "America/Martinique",
    "Asia/Kolkata",
)
ODD = ("Africa/Casablanca", "Africa/Cairo")
DAYS = (
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    datetime(2027, 3, 29, 12, 30, tzinfo=UTC),
    datetime(2027, 10, 30, 12, 30, tzinfo=UTC),
    datetime(2027, 12, 31, 12, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 8, 0, tzinfo=UTC),
)


def written(zone: str, at: datetime) -> Any:
    """The VTIMEZONE of a mail about a meeting at that moment."""
    start = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    made = opened(request(event(start=start, zone=zone)))
    (timezone,) = made.timezones
    return timezone


@pytest.mark.parametrize("at", DAYS)
@pytest.mark.parametrize("zone", [*YEARLY, *FIXED, *ODD])
def test_it_is_right_on_the_day_and_at_the_next_change(zone: str, at: datetime) -> None:
    """Each hour until a day after the clocks are changed next."""
    place, told = ZoneInfo(zone), written(zone, at).to_tz(lookup_tzid=False)
    last = at + timedelta(days=400 if zone not in FIXED else 10)
    before = at.astimezone(place).utcoffset()
    wanted = 1 if zone in ODD else 2
    changes, moment = 0, at - 12 * HOUR
    moment = max(moment, _first(zone, at))
    while moment < last and changes < wanted:
        local = moment.astimezone(place)
        wall = local.replace(tzinfo=None)
        assert told.utcoffset(wall) == local.utcoffset(), moment
        changes += local.utcoffset() != before
        before = local.utcoffset()
        moment += 6 * HOUR


def _first(zone: str, at: datetime) -> datetime:
    """The moment from which a zone is told: the last change before the event."""
    if zone in FIXED:
        return datetime.min.replace(tzinfo=UTC)
    told = [one for one in observances(zone, at, at) if one.onset.replace(tzinfo=UTC) <= at]
    return max((one.onset.replace(tzinfo=UTC) + 24 * HOUR for one in told), default=at)


@pytest.mark.parametrize("zone", YEARLY)
def test_yearly_changes_are_two_rules(zone: str) -> None:
    found = observances(zone, DAYS[0], DAYS[0])
    assert len(found) == 2
    assert {one.daylight for one in found} == {True, False}
    assert all(one.rule is not None and "FREQ=YEARLY" in one.rule for one in found)


@pytest.mark.parametrize("zone", FIXED)
def test_a_fixed_offset_is_one_time(zone: str) -> None:
    (found,) = observances(zone, DAYS[0], DAYS[0])
    assert (found.before, found.rule) == (found.after, None)


@pytest.mark.parametrize("zone", ODD)
def test_what_follows_no_rule_is_told_change_by_change(zone: str) -> None:
    year = timedelta(days=366)
    found = observances(zone, DAYS[0], DAYS[0] + 3 * year)
    assert all(one.rule is None for one in found)
    assert len(found) >= 6


def test_it_is_short() -> None:
    assert len(written("Europe/Paris", DAYS[1]).to_ical()) < 420
