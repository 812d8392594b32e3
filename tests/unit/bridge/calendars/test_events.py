"""Series that other calendars wrote, as they were reported to be read wrongly elsewhere."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars.events import LONGEST_TEXT, series_in
from bridge.calendars.recurrence import Recurrences
from bridge.domain.wall import moment_of
from bridge.errors import RecurrenceRefused
from bridge.ids import MeetingId, uuid7

MEETING = MeetingId(uuid7(datetime(2026, 12, 1, tzinfo=UTC)))
PARIS = """\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def event(*lines: str, zone: str = PARIS) -> str:
    written = "\n".join(lines)
    return (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Exemple//Agenda 1//FR\n{zone}"
        "BEGIN:VEVENT\nUID:c@exemple\nDTSTAMP:20270104T080000Z\n"
        f"{written}\nSUMMARY:Point\nEND:VEVENT\nEND:VCALENDAR\n"
    )


async def moments(text: str) -> list[str]:
    series = series_in(text, MEETING)
    starts = await Recurrences(limit=60).starts(
        series, since=datetime(2027, 1, 1), before=datetime(2028, 1, 1)
    )
    zone = ZoneInfo(series.zone)
    return [moment_of(one, zone).astimezone(zone).isoformat() for one in starts]


async def test_a_series_keeps_its_wall_clock_across_the_clock_change():
    """calcom/cal.diy#1092, mconf/mconf-web#755."""
    text = event(
        "DTSTART;TZID=Europe/Paris:20270322T090000",
        "DTEND;TZID=Europe/Paris:20270322T093000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    )
    assert await moments(text) == [
        "2027-03-22T09:00:00+01:00",
        "2027-03-29T09:00:00+02:00",
        "2027-04-05T09:00:00+02:00",
    ]


async def test_the_last_date_is_the_moment_of_until_in_a_zone_that_windows_names():
    """ivan-lednev/obsidian-day-planner#868, fmeringdal/rust-rrule#13."""
    text = event(
        "DTSTART;TZID=Romance Standard Time:20270601T140000",
        "DTEND;TZID=Romance Standard Time:20270601T150000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270629T120000Z;BYDAY=TU;WKST=MO",
        zone="",
    )
    assert series_in(text, MEETING).zone == "Europe/Paris"
    assert await moments(text) == [
        "2027-06-01T14:00:00+02:00",
        "2027-06-15T14:00:00+02:00",
        "2027-06-29T14:00:00+02:00",
    ]


async def test_an_exception_in_utc_or_as_a_day_alone_takes_its_date_out():
    """niccokunzmann/python-recurring-ical-events#20 and #121, ical-org/ical.net#830."""
    text = event(
        "DTSTART;TZID=Europe/Paris:20270104T111500",
        "DTEND;TZID=Europe/Paris:20270104T114500",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE:20270111T101500Z",
        "EXDATE;VALUE=DATE:20270118",
    )
    assert await moments(text) == ["2027-01-04T11:15:00+01:00", "2027-01-25T11:15:00+01:00"]


async def test_dates_besides_the_rule_and_the_length():
    text = event(
        "DTSTART;TZID=Europe/Paris:20270104T111500",
        "DURATION:PT45M",
        "RRULE:FREQ=WEEKLY;UNTIL=20270111",
        "RDATE;TZID=Europe/Paris:20270106T090000",
    )
    assert series_in(text, MEETING).length == timedelta(minutes=45)
    assert await moments(text) == [
        "2027-01-04T11:15:00+01:00",
        "2027-01-06T09:00:00+01:00",
        "2027-01-11T11:15:00+01:00",
    ]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["DTSTART;TZID=Europe/Paris:20270104T111500"], "event"),
        (["DTSTART:20270104T111500", "RRULE:FREQ=WEEKLY"], "zone"),
        (["DTSTART;TZID=Mars/Olympus:20270104T111500", "RRULE:FREQ=WEEKLY"], "zone"),
        (["DTSTART;VALUE=DATE:20270104", "RRULE:FREQ=WEEKLY"], "zone"),
        (["RRULE:FREQ=WEEKLY"], "zone"),
        (["DTSTART;TZID=Europe/Paris:20270104T111500", "RRULE:FREQ=SECONDLY"], "frequency"),
        (["DTSTART;TZID=Europe/Paris:19700104T111500", "RRULE:FREQ=WEEKLY"], "years"),
    ],
)
def test_what_is_no_series_of_ours_is_refused(lines: list[str], why: str):
    with pytest.raises(RecurrenceRefused) as refused:
        series_in(event(*lines), MEETING)
    assert refused.value.parameters["why"] == why


@pytest.mark.parametrize("text", ["", "no calendar", "x" * (LONGEST_TEXT + 1)])
def test_a_text_that_is_no_calendar_is_refused(text: str):
    with pytest.raises(RecurrenceRefused):
        series_in(text, MEETING)
