"""The same files as another library reads them, which knows of zones only what each file says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.event import GuestEvent, ShiftedDate, instant, walled
from bridge.domain.series import Recurrence
from tests.peers.calendar import missing, read_by_another
from tests.servers.require import need
from tests.unit.bridge.calendars.ics import ALICE, LEA, STAMP, cancel, event, opened, request, wall
from tests.unit.bridge.calendars.test_itip import DAYS, TITLES, ZONES
from tests.unit.bridge.calendars.test_vtimezone import ODD, YEARLY
from tests.unit.bridge.mail.kit import LINK

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True, scope="module")
def _there() -> None:
    need(missing() is None, missing() or "")


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def seen(of: GuestEvent) -> dict[str, Any]:
    (found,) = read_by_another([request(of)])
    return found


def starts(of: GuestEvent) -> list[str]:
    return [start for start, _ in seen(of)["dates"]]


def test_the_times_of_single_meetings_wherever_and_whenever() -> None:
    """Days on which clocks change, the ends of years, a leap day."""
    zones = {*ZONES, *YEARLY, *ODD, "UTC"}
    meant = [
        event(start=start, zone=zone, length=timedelta(hours=2))
        for zone in sorted(zones)
        for start in DAYS
        if walled(instant(start, zone), zone) == start  # it exists there
    ]
    assert len(meant) > 70
    for one, found in zip(meant, read_by_another([request(each) for each in meant]), strict=True):
        start = instant(one.start, one.zone)
        (told,) = found["events"]
        assert (told["start"], told["end"]) == (moment(start), moment(start + one.length)), one
        assert found["zones"] == [zone for zone in [one.zone] if zone != "UTC"]


def test_a_meeting_of_the_day_after_the_clocks_change_names_its_zone() -> None:
    """A file without its zone was read an hour late by clients that don't know the name."""
    found = seen(event(start=wall("2027-03-29T14:30")))
    assert found["zones"] == ["Europe/Paris"]
    assert found["events"][0]["start"] == "2027-03-29T12:30:00.000Z"


@pytest.mark.parametrize("zone", [*ZONES, *ODD])
def test_a_weekly_series_keeps_its_wall_time_over_a_year(zone: str) -> None:
    first = wall("2027-01-04T09:30")
    rule = Recurrence(rule="FREQ=WEEKLY;BYDAY=MO;COUNT=52")
    expected = [moment(instant(first + n * WEEK, zone)) for n in range(52)]
    assert starts(event(start=first, zone=zone, recurrence=rule)) == expected


def test_a_series_with_its_exceptions() -> None:
    first = wall("2027-03-22T09:00")
    rule = Recurrence(
        rule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20270426T090000",
        without=(wall("2027-04-05T09:00"),),
        besides=(wall("2027-04-07T09:00"),),
    )
    moved = ShiftedDate(
        original=wall("2027-04-12T09:00"),
        start=wall("2027-04-13T16:00"),
        length=timedelta(minutes=30),
    )
    found = seen(event(start=first, recurrence=rule, shifted=(moved,)))
    paris = ZoneInfo("Europe/Paris")
    assert [start for start, _ in found["dates"]] == [
        moment(wall(one).replace(tzinfo=paris))
        for one in (
            "2027-03-22T09:00",
            "2027-03-29T09:00",  # the clocks changed the day before
            "2027-04-07T09:00",
            "2027-04-13T16:00",
            "2027-04-19T09:00",
            "2027-04-26T09:00",
        )
    ]
    assert found["events"][1]["original"] == moment(moved.original.replace(tzinfo=paris))


def test_both_libraries_read_the_same() -> None:
    files = [request(event(), title=title, description=f"{title}\n{title}") for title in TITLES]
    for title, content, found in zip(TITLES, files, read_by_another(files), strict=True):
        (mine,), (other,) = opened(content).events, found["events"]
        assert other["summary"] == str(mine["SUMMARY"]) == title
        assert other["description"] == str(mine["DESCRIPTION"])
        assert (other["uid"], other["sequence"]) == (str(mine["UID"]), int(mine["SEQUENCE"]))
        assert other["location"] == other["url"] == LINK
        assert other["stamp"] == moment(STAMP)
        assert other["status"] == "CONFIRMED"
        assert [one["address"] for one in other["organizer"]] == [f"mailto:{ALICE}"]
        (guest,) = other["attendees"]
        assert (guest["address"], guest["rsvp"]) == (f"mailto:{LEA}", "TRUE")
        assert guest["partstat"] == "NEEDS-ACTION"


def test_one_date_is_cancelled_and_the_others_stay() -> None:
    """The cancellation names its date: what has no such date ends the series in some calendars."""
    gone = wall("2027-01-12T10:00")
    series = event(
        start=wall("2027-01-05T10:00"), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3")
    )
    whole, one = read_by_another(
        [request(series), cancel(event(start=gone, original=gone, sequence=1))]
    )
    assert one["method"] == "CANCEL"
    (date,) = one["events"]
    assert (date["original"], date["status"]) == ("2027-01-12T09:00:00.000Z", "CANCELLED")
    assert date["uid"] == whole["events"][0]["uid"]
    left = [start for start, _ in whole["dates"] if start != date["original"]]
    assert left == ["2027-01-05T09:00:00.000Z", "2027-01-19T09:00:00.000Z"]
