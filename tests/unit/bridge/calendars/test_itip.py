"""Calendar files as icalendar reads them, against what was meant."""

import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars.itip import (
    CalendarUser,
    EventText,
    ItipMethod,
    Parties,
    invitation_file,
    plain_file,
)
from bridge.domain.event import ShiftedDate, instant, walled
from bridge.domain.series import Recurrence
from tests.unit.bridge.calendars.ics import (
    ALICE,
    LEA,
    PARTIES,
    STAMP,
    UID,
    cancel,
    event,
    opened,
    request,
    text,
    wall,
)
from tests.unit.bridge.mail.kit import LINK

MONDAYS = Recurrence(
    rule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20270628T143000",
    without=(wall("2027-04-05T14:30"), wall("2027-05-17T14:30")),
    besides=(wall("2027-05-18T14:30"),),
)
ZONES = ("Europe/Paris", "America/Cayenne", "Indian/Reunion", "Pacific/Noumea", "Pacific/Auckland")
DAYS = (
    wall("2026-12-31T23:30"),
    wall("2027-01-01T00:00"),
    wall("2027-03-28T01:30"),  # the clocks go forward in Paris while it runs
    wall("2027-03-29T14:30"),
    wall("2027-10-31T14:30"),
    wall("2028-02-29T09:00"),
)


def events(content: bytes) -> Any:
    return opened(content).events


def only(content: bytes) -> Any:
    (found,) = events(content)
    return found


def lines(content: bytes) -> list[str]:
    """The file's lines, unfolded."""
    return content.decode().replace("\r\n ", "").split("\r\n")


class TestRequest:
    def test_it_has_all_that_mail_readers_need_to_offer_an_answer(self):
        made = opened(request(event()))
        (found,) = made.events
        assert (str(made["METHOD"]), str(made["VERSION"])) == ("REQUEST", "2.0")
        assert (str(found["UID"]), int(found["SEQUENCE"])) == (UID, 0)
        assert found["DTSTAMP"].dt == STAMP
        assert str(found["SUMMARY"]) == "Revue"
        assert (str(found["LOCATION"]), str(found["URL"])) == (LINK, LINK)
        organizer, guest = found["ORGANIZER"], found["ATTENDEE"]
        assert str(organizer) == f"mailto:{ALICE}"
        assert dict(organizer.params) == {
            "CN": "Alice Martin",
            "SENT-BY": "mailto:visio@exemple.gouv.fr",
        }
        assert str(guest) == f"mailto:{LEA}"
        assert dict(guest.params) == {
            "CN": "Léa Roux",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "NEEDS-ACTION",
            "RSVP": "TRUE",
        }

    @pytest.mark.parametrize("zone", ZONES)
    @pytest.mark.parametrize("start", DAYS)
    def test_its_times_are_those_of_the_zone(self, zone: str, start: datetime):
        length = timedelta(hours=2)
        found = only(request(event(start=start, length=length, zone=zone)))
        at = start.replace(tzinfo=ZoneInfo(zone))
        assert found.start == at
        assert found.end.timestamp() - at.timestamp() == length.total_seconds()

    @pytest.mark.parametrize("zone", [*ZONES, "Africa/Casablanca", "UTC"])
    def test_each_zone_that_it_names_is_in_it(self, zone: str):
        content = request(event(zone=zone, recurrence=MONDAYS)).decode()
        named = set(re.findall(r"TZID=([^:;]+)", content))
        assert named == set(re.findall(r"TZID:(\S+)", content))
        assert named == (set() if zone == "UTC" else {zone})

    @pytest.mark.parametrize("fold", [0, 1])
    def test_an_hour_that_comes_twice_is_told_in_utc(self, fold: int):
        start = wall("2027-10-31T02:30").replace(fold=fold)
        content = request(event(start=start))
        found = only(content)
        assert found.start == instant(start, "Europe/Paris")
        assert found.end - found.start == timedelta(minutes=45)
        assert "VTIMEZONE" not in content.decode()

    def test_a_sender_of_its_own_is_no_delegate(self):
        ours = Parties(
            organizer=CalendarUser("visio@exemple.gouv.fr"),
            sent_by="visio@exemple.gouv.fr",
            guest=CalendarUser(LEA),
            answer="ACCEPTED",
        )
        found = only(invitation_file(ItipMethod.REQUEST, event(), text(), ours))
        assert dict(found["ORGANIZER"].params) == {}
        assert found["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"

    def test_it_rings_nobody_and_names_no_vendor(self):
        content = request(event(recurrence=MONDAYS)).decode()
        assert "VALARM" not in content
        assert not re.findall(r"^X-", content, re.MULTILINE)


class TestSeries:
    def test_its_rule_leaves_out_and_adds(self):
        content = request(event(recurrence=MONDAYS))
        found = only(content)
        assert found["RRULE"]["FREQ"] == ["WEEKLY"]
        # Half past two in summer, in UTC (RFC 5545, 3.3.10).
        assert "UNTIL=20270628T123000Z" in content.decode()
        paris = ZoneInfo("Europe/Paris")
        assert [one.dt for one in found["EXDATE"].dts] == [
            one.replace(tzinfo=paris) for one in MONDAYS.without
        ]
        assert [one.dt for one in found["RDATE"].dts] == [
            one.replace(tzinfo=paris) for one in MONDAYS.besides
        ]

    @pytest.mark.parametrize(
        ("rule", "until"),
        [
            ("FREQ=DAILY;UNTIL=20270628", "20270628T215959Z"),
            ("FREQ=DAILY;UNTIL=20271231T143000", "20271231T133000Z"),
        ],
    )
    def test_its_last_day_is_told_in_utc(self, rule: str, until: str):
        content = request(event(recurrence=Recurrence(rule=rule))).decode()
        assert f"UNTIL={until}" in content

    def test_a_date_of_its_own_time_is_a_second_event(self):
        moved = ShiftedDate(
            original=wall("2027-04-12T14:30"),
            start=wall("2027-04-13T10:00"),
            length=timedelta(hours=1),
        )
        master, other = events(request(event(recurrence=MONDAYS, shifted=(moved,), sequence=2)))
        paris = ZoneInfo("Europe/Paris")
        assert "RECURRENCE-ID" not in master
        assert other["RECURRENCE-ID"].dt == moved.original.replace(tzinfo=paris)
        assert (other.start, other.end) == (
            moved.start.replace(tzinfo=paris),
            wall("2027-04-13T11:00").replace(tzinfo=paris),
        )
        assert "RRULE" not in other
        assert {str(one["UID"]) for one in (master, other)} == {UID}
        assert [int(one["SEQUENCE"]) for one in (master, other)] == [2, 2]

    def test_one_date_alone_is_told_without_the_rule(self):
        changed = event(original=wall("2027-04-12T14:30"), start=wall("2027-04-13T10:00"))
        found = only(request(changed))
        assert found["RECURRENCE-ID"].dt.day == 12
        assert "RRULE" not in found

    def test_one_date_cancelled_is_not_the_end_of_the_series(self):
        """Its mail withdraws that date alone; readers have seen it end the whole series."""
        gone = wall("2027-04-12T14:30")
        made = opened(cancel(event(start=gone, original=gone, sequence=1)))
        (found,) = made.events
        assert str(made["METHOD"]) == "CANCEL"
        assert found["RECURRENCE-ID"].dt == gone.replace(tzinfo=ZoneInfo("Europe/Paris"))
        assert (str(found["STATUS"]), int(found["SEQUENCE"])) == ("CANCELLED", 1)


class TestCancel:
    def test_it_leads_nowhere_and_asks_nothing(self):
        content = cancel(event(sequence=3))
        made = opened(content)
        (found,) = made.events
        assert (str(made["METHOD"]), str(found["STATUS"])) == ("CANCEL", "CANCELLED")
        assert (str(found["UID"]), int(found["SEQUENCE"])) == (UID, 3)
        assert LINK not in content.decode().replace("\r\n ", "")
        assert {"LOCATION", "URL"}.isdisjoint(found)
        assert "RSVP" not in found["ATTENDEE"].params


def test_a_plain_file_names_nobody_and_asks_nothing():
    made = opened(plain_file(event(), text()))
    (found,) = made.events
    assert {"METHOD"}.isdisjoint(made)
    assert {"ORGANIZER", "ATTENDEE"}.isdisjoint(found)
    assert str(found["URL"]) == LINK


TITLES = (
    "Réunion de préparation du comité stratégique régional – délégués",
    "Comité, suivi ; bilan : \\ 100 %",
    "🎉" * 40,
    "👩🏽‍💻 point d’équipe " * 6,
    "a\\n b",
    "x" * 300,
    "שלום, 会議; встреча",
)


@pytest.mark.parametrize("title", TITLES)
def test_any_title_is_read_as_it_was_meant_from_short_lines_of_whole_letters(title: str):
    content = request(event(), title=title)
    assert str(only(content)["SUMMARY"]) == title
    assert max(map(len, content.split(b"\r\n"))) <= 75
    for line in content.split(b"\r\n"):
        line.decode()  # folded between letters, never inside one
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_one_letter_has_one_spelling():
    apart = unicodedata.normalize("NFD", "Préparation à l’été")
    found = only(request(event(), title=apart, description=apart))
    assert str(found["SUMMARY"]) == str(found["DESCRIPTION"]) == "Préparation à l’été"


def test_a_text_of_several_lines_stays_so():
    found = only(request(event(), description="Un\nDeux, trois; \\n quatre\n"))
    assert str(found["DESCRIPTION"]) == "Un\nDeux, trois; \\n quatre\n"


@pytest.mark.parametrize("name", ['Léa "Lou" Roux', "Roux, Léa; x: y", "Léa\r\nX-EVIL:1", "^n"])
def test_a_name_adds_no_line(name: str):
    parties = replace(PARTIES, guest=CalendarUser(LEA, name))
    content = invitation_file(ItipMethod.REQUEST, event(), text(), parties)
    assert len(lines(content)) == len(lines(request(event())))
    assert str(only(content)["ATTENDEE"]) == f"mailto:{LEA}"


def test_wall_times_and_moments_agree():
    for at in (wall("2027-10-31T02:30"), wall("2027-10-31T02:30").replace(fold=1), *DAYS):
        assert walled(instant(at, "Pacific/Auckland"), "Pacific/Auckland") == at
    assert walled(
        instant(wall("2027-10-31T02:30").replace(fold=1), "Europe/Paris"), "Europe/Paris"
    ).fold


def test_what_it_says_is_told_apart():
    """Time, place, recurrence and cancellation; not the words."""
    said = event().fingerprint(number=1, cancelled=False)
    assert said == event(sequence=9).fingerprint(number=1, cancelled=False)
    others = [
        event().fingerprint(number=2, cancelled=False),
        event().fingerprint(number=1, cancelled=True),
        event(length=timedelta(hours=1)).fingerprint(number=1, cancelled=False),
        event(zone="Europe/Rome").fingerprint(number=1, cancelled=False),
        event(recurrence=MONDAYS).fingerprint(number=1, cancelled=False),
        event(start=wall("2027-03-29T14:31")).fingerprint(number=1, cancelled=False),
    ]
    assert len({said, *others}) == len(others) + 1


def test_no_text_of_an_event_can_hold_a_secret_of_the_meeting():
    """It is made of these words alone: no Visio address, phone or PIN."""
    assert set(EventText.__dataclass_fields__) == {
        "language",
        "title",
        "description",
        "link",
        "stamp",
    }
