"""Events that other calendars wrote, some as they were reported to be read wrongly elsewhere."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars.content import LONGEST_TEXT, MOST_LINES
from bridge.calendars.recurrence import Recurrences
from bridge.domain.calendar_event import EventDate
from bridge.domain.series import Series
from bridge.domain.wall import moment_of
from bridge.errors import EventUnreadable
from tests.unit.bridge.calendars.bombs import BOMBS
from tests.unit.bridge.calendars.objects import (
    MEETING,
    PARIS,
    TEXTS,
    TIMES,
    WEEKLY,
    read,
    text,
    vcalendar,
    vevent,
    wall,
)


async def moments(*lines: str, zone: str = PARIS) -> list[str]:
    event = await read(*lines, zone=zone)
    assert event.recurrence is not None
    series = Series(
        meeting=MEETING,
        start=event.start,
        length=event.length,
        zone=event.zone,
        recurrence=event.recurrence,
    )
    starts = await Recurrences().starts(
        series, since=datetime(2027, 1, 1), before=datetime(2028, 1, 1)
    )
    place = ZoneInfo(event.zone)
    return [moment_of(one, place).astimezone(place).isoformat() for one in starts]


def vtimezone(name: str, *lines: str) -> str:
    said = "\n".join(lines)
    return f"BEGIN:VTIMEZONE\nTZID:{name}\n{said}\nEND:VTIMEZONE\n"


def observance(kind: str, onset: str, before: str, after: str, rule: str = "") -> str:
    return (
        f"BEGIN:{kind}\nDTSTART:{onset}\nTZOFFSETFROM:{before}\nTZOFFSETTO:{after}\n"
        + (f"RRULE:{rule}\n" if rule else "")
        + f"END:{kind}"
    )


SUMMER = "FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3"
WINTER = "FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10"
AS_PARIS = (
    observance("STANDARD", "16010101T030000", "+0200", "+0100", WINTER),
    observance("DAYLIGHT", "16010101T020000", "+0100", "+0200", SUMMER),
)


class TestSeries:
    async def test_it_keeps_its_wall_clock_across_the_clock_change(self):
        """calcom/cal.diy#1092, mconf/mconf-web#755."""
        assert await moments(
            "DTSTART;TZID=Europe/Paris:20270322T090000",
            "DTEND;TZID=Europe/Paris:20270322T093000",
            "RRULE:FREQ=WEEKLY;COUNT=3",
        ) == [
            "2027-03-22T09:00:00+01:00",
            "2027-03-29T09:00:00+02:00",
            "2027-04-05T09:00:00+02:00",
        ]

    async def test_its_last_date_is_the_moment_of_until_in_a_zone_that_windows_names(self):
        """ivan-lednev/obsidian-day-planner#868, fmeringdal/rust-rrule#13."""
        assert await moments(
            "DTSTART;TZID=Romance Standard Time:20270601T140000",
            "DTEND;TZID=Romance Standard Time:20270601T150000",
            "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270629T120000Z;BYDAY=TU;WKST=MO",
            zone="",
        ) == [
            "2027-06-01T14:00:00+02:00",
            "2027-06-15T14:00:00+02:00",
            "2027-06-29T14:00:00+02:00",
        ]

    async def test_an_exception_in_utc_or_as_a_day_alone_takes_its_date_out(self):
        """niccokunzmann/python-recurring-ical-events#20 and #121, ical-org/ical.net#830."""
        assert await moments(
            "DTSTART;TZID=Europe/Paris:20270104T111500",
            "DTEND;TZID=Europe/Paris:20270104T114500",
            "RRULE:FREQ=WEEKLY;COUNT=4",
            "EXDATE:20270111T101500Z",
            "EXDATE;VALUE=DATE:20270118",
        ) == ["2027-01-04T11:15:00+01:00", "2027-01-25T11:15:00+01:00"]

    async def test_dates_besides_the_rule(self):
        assert await moments(
            "DTSTART;TZID=Europe/Paris:20270104T111500",
            "DURATION:PT45M",
            "RRULE:FREQ=WEEKLY;UNTIL=20270111",
            "RDATE;TZID=Europe/Paris:20270106T090000",
            "RDATE;VALUE=PERIOD:20270107T080000Z/PT1H",
        ) == [
            "2027-01-04T11:15:00+01:00",
            "2027-01-06T09:00:00+01:00",
            "2027-01-07T09:00:00+01:00",
            "2027-01-11T11:15:00+01:00",
        ]

    async def test_dates_without_a_rule(self):
        assert await moments(*TIMES, "RDATE;TZID=Europe/Paris:20270114T100000") == [
            "2027-01-12T10:00:00+01:00",
            "2027-01-14T10:00:00+01:00",
        ]

    @pytest.mark.parametrize(
        ("lines", "why"),
        [
            (["RRULE:FREQ=SECONDLY"], "frequency"),
            (["RRULE:FREQ=DAILY;INTERVAL=0"], "interval"),
            (["RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY"], "rule"),
            (["RRULE:FREQ=WEEKLY", "EXRULE:FREQ=MONTHLY"], "rule"),
            (["RRULE:nonsense"], "rule"),
            (["RRULE:FREQ=WEEKLY;UNTIL=tomorrow"], "rule"),
        ],
    )
    async def test_one_beyond_our_limits_is_its_first_date_alone(self, lines: list[str], why: str):
        found = await read(*TIMES, *lines)
        assert (found.recurrence, found.unfollowed, found.dates) == (None, why, ())
        assert (found.start, found.length) == (wall("2027-01-12T10:00"), timedelta(minutes=30))

    @pytest.mark.parametrize("name", ["each second of a day", "an interval of none", "no numbers"])
    async def test_bombs_take_no_time(self, name: str):
        assert (await read(*TIMES, f"RRULE:{BOMBS[name].recurrence.rule}")).unfollowed

    async def test_its_dates_that_differ(self):
        found = await TEXTS.read(
            vcalendar(
                vevent(*WEEKLY, "SUMMARY:Point", "EXDATE;TZID=Europe/Paris:20270201T100000"),
                vevent(  # another time, told in another zone
                    "RECURRENCE-ID:20270111T090000Z",
                    "DTSTART;TZID=Europe/London:20270111T100000",
                    "DTEND;TZID=Europe/London:20270111T104500",
                    "SUMMARY:Point #visio",
                ),
                vevent(
                    "RECURRENCE-ID;TZID=Europe/Paris:20270118T100000",
                    "DTSTART;TZID=Europe/Paris:20270118T100000",
                    "DTEND;TZID=Europe/Paris:20270118T103000",
                    "SUMMARY:Bilan",
                ),
                vevent(
                    "RECURRENCE-ID;TZID=Europe/Paris:20270125T100000",
                    "STATUS:CANCELLED",
                    "DTSTART;TZID=Europe/Paris:20270125T100000",
                    "SUMMARY:Point",
                ),
                vevent(  # only an alarm of its own
                    "RECURRENCE-ID;TZID=Europe/Paris:20270208T100000",
                    "DTSTART;TZID=Europe/Paris:20270208T100000",
                    "DTEND;TZID=Europe/Paris:20270208T103000",
                    "SUMMARY:Point",
                ),
            )
        )
        half = timedelta(minutes=30)
        assert found.dates == (
            EventDate(
                original=wall("2027-01-11T10:00"),
                start=wall("2027-01-11T11:00"),
                length=timedelta(minutes=45),
            ),
            EventDate(
                original=wall("2027-01-18T10:00"),
                start=wall("2027-01-18T10:00"),
                length=half,
                title="Bilan",
            ),
            EventDate(
                original=wall("2027-01-25T10:00"),
                start=wall("2027-01-25T10:00"),
                length=half,
                cancelled=True,
            ),
        )
        assert [one.title for one in found.dates] == ["", "Bilan", ""]
        assert found.left_out == (wall("2027-01-25T10:00"), wall("2027-02-01T10:00"))

    async def test_a_date_alone_that_its_calendar_has_of_a_series(self):
        found = await read(*TIMES, "RECURRENCE-ID;TZID=Europe/Paris:20270111T100000", "SUMMARY:P")
        assert (found.orphan, found.recurrence, found.title) == (True, None, "P")
        (date,) = found.dates
        assert (date.original, date.start) == (wall("2027-01-11T10:00"), wall("2027-01-12T10:00"))

    async def test_a_series_of_whole_days(self):
        found = await read(
            "DTSTART;VALUE=DATE:20270104",
            "RRULE:FREQ=WEEKLY;UNTIL=20270630",
            "EXDATE;VALUE=DATE:20270111",
            "EXDATE:20270118T000000Z",
        )
        assert found.recurrence is not None
        assert found.recurrence.rule == "FREQ=WEEKLY;UNTIL=20270630T235959"
        assert found.recurrence.without == (wall("2027-01-11"), wall("2027-01-18"))


class TestTimes:
    @pytest.mark.parametrize(
        ("named", "zone"),
        [
            ("Romance Standard Time", "Europe/Paris"),
            ("/mozilla.org/20050126_1/Europe/Paris", "Europe/Paris"),
            (
                "/freeassociation.sourceforge.net/America/Argentina/Ushuaia",
                "America/Argentina/Ushuaia",
            ),
            ("America/Cayenne", "America/Cayenne"),
            ("Etc/UTC", "UTC"),
            ("Mars/Olympus", "Europe/Paris"),
            ("Europe", "Europe/Paris"),
            ("../../etc/passwd", "Europe/Paris"),
            ("x" * 5_000, "Europe/Paris"),
        ],
    )
    async def test_zones_by_name(self, named: str, zone: str):
        """jspricke/python-remind#19, linagora/tmail-backend#840, bitfireAT/icsx5#709."""
        lines = (f"DTSTART;TZID={named}:20270112T093000", f"DTEND;TZID={named}:20270112T100000")
        found = await read(*lines, zone="")
        assert (found.start, found.zone) == (wall("2027-01-12T09:30"), zone)
        assert found.length == timedelta(minutes=30)

    @pytest.mark.parametrize(
        ("rules", "zone"),
        [
            (AS_PARIS, "Europe/Paris"),
            ((*AS_PARIS, "X-LIC-LOCATION:Europe/Brussels"), "Europe/Brussels"),
            (
                (
                    observance("STANDARD", "19700101T020000", "-0400", "-0500",
                               "FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"),
                    observance("DAYLIGHT", "19700101T020000", "-0500", "-0400",
                               "FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"),
                ),
                "America/New_York",
            ),
            ((observance("STANDARD", "19700101T000000", "+0400", "+0400"),), "Indian/Reunion"),
            ((observance("STANDARD", "19700101T000000", "-0300", "-0300"),), "America/Cayenne"),
            ((observance("STANDARD", "19700101T000000", "+0123", "+0123"),), "Europe/Paris"),
            ((observance("STANDARD", "19700101T000000", "?", "?"),), "Europe/Paris"),
            ((observance("STANDARD", "19700101T0000", "+0100", "+0100"),), "Europe/Paris"),
            (
                (observance("STANDARD", "19700101T000000", "+0100", "+0100", "FREQ=SECONDLY"),),
                "Europe/Paris",
            ),
            ((), "Europe/Paris"),
        ],
    )  # fmt: skip
    async def test_zones_by_their_rules(self, rules: tuple[str, ...], zone: str):
        named = "(UTC+01:00) Somewhere\\, elsewhere"
        lines = ('DTSTART;TZID="(UTC+01:00) Somewhere, elsewhere":20270712T093000',)
        assert (await read(*lines, zone=vtimezone(named, *rules))).zone == zone

    async def test_a_zone_that_keeps_the_last_sunday_by_its_dates(self):
        dates = "FREQ=YEARLY;BYMONTH={};BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU"
        rules = (
            observance("STANDARD", "20001029T030000", "+0200", "+0100", dates.format(10)),
            observance("DAYLIGHT", "20000326T020000", "+0100", "+0200", dates.format(3)),
        )
        found = await read("DTSTART;TZID=Ours:20270712T093000", zone=vtimezone("Ours", *rules))
        assert found.zone == "Europe/Paris"

    async def test_utc_and_no_zone(self):
        assert (await read("DTSTART:20270112T093000Z")).zone == "UTC"
        floating = await read("DTSTART:20270112T093000", "DTEND:20270112T103000")
        assert (floating.zone, floating.length) == ("Europe/Paris", timedelta(hours=1))

    @pytest.mark.parametrize(
        ("lines", "length"),
        [
            ((), timedelta()),
            (("DURATION:PT1H30M",), timedelta(minutes=90)),
            (("DURATION:P1W",), timedelta(weeks=1)),
            (("DURATION:-PT5M",), timedelta()),
            (("DURATION:soon",), timedelta()),
            (("DTEND;TZID=Europe/Paris:20270112T090000",), timedelta()),
            (("DTEND;TZID=Europe/London:20270112T100000",), timedelta(hours=1)),
            (("DTEND:20270112T100000Z",), timedelta(hours=1)),
            (("DTEND:20270112T103000",), timedelta(minutes=30)),
        ],
    )
    async def test_lengths(self, lines: tuple[str, ...], length: timedelta):
        assert (await read(TIMES[0], *lines)).length == length

    @pytest.mark.parametrize(
        ("lines", "days"),
        [
            ((), 1),
            (("DTEND;VALUE=DATE:20270114",), 2),
            (("DTEND;VALUE=DATE:20270112",), 1),
            (("DURATION:P3D",), 3),
        ],
    )
    async def test_whole_days(self, lines: tuple[str, ...], days: int):
        found = await read("DTSTART;VALUE=DATE:20270112", *lines)
        assert (found.all_day, found.start) == (True, wall("2027-01-12"))
        assert (found.length, found.zone) == (timedelta(days=days), "Europe/Paris")

    async def test_times_in_a_change_of_clocks(self):
        skipped = await read(
            "DTSTART;TZID=Europe/Paris:20270328T023000", "DTEND;TZID=Europe/Paris:20270328T040000"
        )
        assert (skipped.start, skipped.length) == (wall("2027-03-28T02:30"), timedelta(minutes=30))
        leap = await read("DTSTART:20270112T235960Z")
        assert leap.start == wall("2027-01-12T23:59:59")


MANY = "".join(f"ATTENDEE:mailto:a{n}@partenaire.example\n" for n in range(2_501))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "event"),
        ("no calendar", "event"),
        (vcalendar(), "event"),
        (vcalendar("BEGIN:VTODO\nUID:1\nEND:VTODO\n"), "event"),
        (vcalendar(vevent(*TIMES)) * 2, "calendars"),
        (text(*TIMES)[:-20], "broken"),
        (text(*TIMES).replace("END:VEVENT", "END:VTODO"), "broken"),
        ("END:VCALENDAR", "broken"),
        ("BEGIN:VEVENT\n" * 5_000, "deep"),
        (text(*TIMES).replace("UID:c@exemple\n", ""), "uid"),
        (vcalendar(vevent(*TIMES), vevent(*TIMES).replace("c@", "d@")), "uid"),
        (vcalendar(vevent(*TIMES), vevent(*TIMES)), "twice"),
        (text("SUMMARY:When?"), "start"),
        (text("DTSTART;TZID=Europe/Paris:20270231T100000"), "start"),
        (text("DTSTART;TZID=Europe/Paris:99990101T100000"), "start"),
        (text(*TIMES, "RECURRENCE-ID:nonsense"), "start"),
        (text(*TIMES, "RECURRENCE-ID;RANGE=THISANDFUTURE:20270111T090000Z"), "range"),
        ("x" * (LONGEST_TEXT + 1), "long"),
        (text(*TIMES, *["X-A:1"] * MOST_LINES), "lines"),
        ("é" * (LONGEST_TEXT // 2 + 1), "long"),
        (vcalendar(vevent(*TIMES, "RECURRENCE-ID:20270111T090000Z") * 1_001), "events"),
        (vcalendar(*[vevent(*TIMES, "RECURRENCE-ID:20270111T090000Z", MANY.strip())] * 2), "attendees"),
    ],
)  # fmt: skip
async def test_what_can_not_be_read_is_refused(said: str, why: str):
    with pytest.raises(EventUnreadable) as refused:
        await TEXTS.read(said)
    assert refused.value.why == why


async def test_the_largest_text_is_read():
    filler = "X-FILLER:" + "é" * (LONGEST_TEXT // 2 - 1_000)
    assert (await read(*TIMES, filler)).start == wall("2027-01-12T10:00")
