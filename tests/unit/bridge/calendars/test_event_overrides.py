"""Writes change a series and its dates."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.calendar_event import EventDate
from bridge.domain.series import Recurrence
from tests.unit.bridge.calendars.objects import (
    BLOCK,
    HALF,
    LINK,
    MEETING,
    PARIS,
    STAMP,
    TEXTS,
    WEEKLY,
    changed,
    differences,
    mondays,
    rows,
    vcalendar,
    vevent,
    wall,
)

OVERRIDE = vevent(
    "RECURRENCE-ID;TZID=Europe/Paris:20270111T100000",
    "DTSTART;TZID=Europe/Paris:20270111T110000",
    "DTEND;TZID=Europe/Paris:20270111T113000",
    "SEQUENCE:2",
    "SUMMARY:Point",
    "DESCRIPTION:Seulement ce jour",
)
SERIES = vcalendar(
    vevent(
        *WEEKLY,
        "EXDATE:20270118T090000Z",
        "EXDATE;VALUE=DATE:20270125,20270201",
        "SUMMARY:Point",
        "X-MARK:series",
    ),
    OVERRIDE,
)
ELEVENTH = wall("2027-01-11T10:00")


class TestSeries:
    async def test_an_exception_more_and_one_less(self):
        was = await TEXTS.read(SERIES)
        assert was.recurrence is not None
        kept = was.recurrence.without[:2]
        rule = replace(was.recurrence, without=(*kept, wall("2027-02-08T10:00")))
        gone, come = differences(SERIES, await changed(SERIES, recurrence=rule))
        assert gone == ["EXDATE;VALUE=DATE:20270125,20270201"]
        assert come == [
            "SEQUENCE:3",
            "EXDATE;VALUE=DATE:20270125",
            "EXDATE;TZID=Europe/Paris:20270208T100000",
        ]

    async def test_a_date_that_is_as_the_rule_gives_it_again_keeps_its_words(self):
        lines = await changed(SERIES, dates=())
        assert "DESCRIPTION:Seulement ce jour" in lines
        assert "DTSTART;TZID=Europe/Paris:20270111T100000" in lines

    async def test_one_date_more_has_all_else_from_its_series(self):
        was = await TEXTS.read(SERIES)
        date = wall("2027-02-08T10:00")
        more = EventDate(original=date, start=date + HALF, length=2 * HALF, title="Bilan")
        lines = await changed(SERIES, dates=(*was.dates, more))
        at = lines.index("RECURRENCE-ID;TZID=Europe/Paris:20270208T100000")
        made = lines[at : lines.index("END:VEVENT", at)]
        assert {"SUMMARY:Bilan", "X-MARK:series", "DTEND;TZID=Europe/Paris:20270208T113000"} <= set(
            made
        )
        assert not [one for one in made if one.startswith(("RRULE", "EXDATE"))]
        assert lines.count("SEQUENCE:3") == 1

    async def test_a_date_that_is_left_out_loses_its_override(self):
        was = await TEXTS.read(SERIES)
        assert was.recurrence is not None
        without = tuple(sorted((*was.recurrence.without, ELEVENTH)))
        lines = await changed(SERIES, recurrence=replace(was.recurrence, without=without), dates=())
        assert "DESCRIPTION:Seulement ce jour" not in lines
        assert "EXDATE;TZID=Europe/Paris:20270111T100000" in lines

    @pytest.mark.parametrize(
        ("start", "rule", "originals"),
        [
            ("2027-01-04T09:00", "FREQ=WEEKLY;BYDAY=MO", ["20270111T090000"]),  # an hour earlier
            ("2027-01-05T10:00", "FREQ=WEEKLY;BYDAY=TU", ["20270112T100000"]),  # a day later
            ("2027-01-02T10:00", "FREQ=WEEKLY;BYDAY=SA", ["20270109T100000"]),
            ("2027-01-11T11:00", "FREQ=WEEKLY;BYDAY=MO", ["20270111T110000"]),  # from then on
            ("2027-01-18T10:00", "FREQ=WEEKLY;BYDAY=MO", []),
            ("2027-01-04T10:00", "FREQ=WEEKLY;BYDAY=MO,TU", []),  # other dates
            ("2027-01-04T10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", []),
            ("2027-01-04T10:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=9", []),
            ("2027-01-04T10:00", "FREQ=DAILY", []),
        ],
    )
    async def test_a_new_time_takes_along_what_a_person_wrote(
        self, start: str, rule: str, originals: list[str]
    ):
        now = Recurrence(rule=rule)
        lines = await changed(SERIES, start=wall(start), recurrence=now, dates=())
        assert [one.partition(":")[2] for one in lines if one.startswith("RECURRENCE")] == originals
        assert ("DESCRIPTION:Seulement ce jour" in lines) == bool(originals)

    async def test_a_date_that_stays_where_it_is_while_its_series_moves(self):
        was = await TEXTS.read(SERIES)
        (date,) = was.dates
        moved = replace(date, original=wall("2027-01-12T10:00"))
        rule = Recurrence(rule="FREQ=WEEKLY;BYDAY=TU")
        lines = await changed(
            SERIES, start=wall("2027-01-05T10:00"), recurrence=rule, dates=(moved,)
        )
        assert "RECURRENCE-ID;TZID=Europe/Paris:20270112T100000" in lines
        assert "DTSTART;TZID=Europe/Paris:20270111T110000" in lines
        assert "DESCRIPTION:Seulement ce jour" in lines

    async def test_months_have_other_days(self):
        said = SERIES.replace("FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY")
        for start, kept in (("2027-01-04T09:00", True), ("2027-01-05T10:00", False)):
            lines = await changed(said, start=wall(start), dates=())
            assert ("DESCRIPTION:Seulement ce jour" in lines) == kept

    @pytest.mark.parametrize(("until", "events"), [("20270110", 1), ("20270301", 2)])
    async def test_an_earlier_end_keeps_dates_before_it(self, until: str, events: int):
        was = await TEXTS.read(SERIES)
        rule = Recurrence(rule=f"FREQ=WEEKLY;BYDAY=MO;UNTIL={until}T100000")
        dates = was.dates if events > 1 else ()
        lines = await changed(SERIES, recurrence=rule, dates=dates)
        assert sum(one == "BEGIN:VEVENT" for one in lines) == events

    async def test_a_title_of_all_but_of_a_date_that_has_its_own(self):
        date = wall("2027-02-08T10:00")
        own = EventDate(original=date, start=date, length=HALF, title="Bilan")
        was = await TEXTS.read(SERIES)
        lines = await changed(SERIES, dates=(*was.dates, own))
        renamed = await changed("\n".join(lines), title="Mêlée")
        assert [one for one in renamed if one.startswith("SUMMARY")] == [
            "SUMMARY:Mêlée",
            "SUMMARY:Mêlée",
            "SUMMARY:Bilan",
        ]

    async def test_an_exception_and_a_cancelled_date_are_the_same(self):
        was = await TEXTS.read(SERIES)
        assert was.recurrence is not None
        out = tuple(
            EventDate(original=one, start=one, length=HALF, cancelled=True)
            for one in was.recurrence.without
        )
        dates = tuple(sorted((*was.dates, *out), key=lambda one: one.original))
        other = replace(was, recurrence=replace(was.recurrence, without=()), dates=dates)
        assert other.fields() == was.fields()
        assert await TEXTS.write(other, SERIES, stamp=STAMP) == SERIES
        cancelled = SERIES.replace("SEQUENCE:2", "STATUS:CANCELLED")
        without = tuple(sorted((*was.recurrence.without, ELEVENTH)))
        now = replace(was, recurrence=replace(was.recurrence, without=without), dates=())
        assert await TEXTS.write(now, cancelled, stamp=STAMP) == cancelled

    async def test_a_cancelled_date_takes_place_again(self):
        cancelled = SERIES.replace("SEQUENCE:2", "STATUS:CANCELLED")
        lines = await changed(cancelled, dates=())
        assert "STATUS:CONFIRMED" in lines
        assert "DESCRIPTION:Seulement ce jour" in lines

    async def test_a_single_event_of_a_series(self):
        lines = await changed(SERIES.replace(PARIS, ""), recurrence=None, dates=())
        lines = lines[lines.index("BEGIN:VEVENT") :]
        assert not [one for one in lines if one.startswith(("RRULE", "EXDATE", "RECURRENCE"))]

    async def test_a_rule_beyond_our_limits_stays(self):
        said = SERIES.replace("FREQ=WEEKLY", "FREQ=HOURLY")
        gone, come = differences(said, await changed(said, title="Revue"))
        assert (gone, come) == ([], ["SUMMARY:Revue"])
        assert "RRULE:FREQ=HOURLY;BYDAY=MO" in await changed(said, link=LINK)
        ours = mondays(recurrence=None, title="Revue")
        assert "RRULE:FREQ=HOURLY;BYDAY=MO" in rows(await TEXTS.write(ours, said, stamp=STAMP))

    async def test_links_are_in_each_date(self):
        lines = await changed(SERIES, link=LINK, meeting=MEETING)
        assert sum(one == f"URL:{LINK}" for one in lines) == 2
        assert f"DESCRIPTION:Seulement ce jour\\n\\n{BLOCK}" in lines

    async def test_a_date_that_its_calendar_has_alone(self):
        said = vcalendar(OVERRIDE)
        was = await TEXTS.read(said)
        (date,) = was.dates
        start = wall("2027-01-11T15:00")
        lines = await changed(said, start=start, dates=(replace(date, start=start),))
        assert "DTSTART;TZID=Europe/Paris:20270111T150000" in lines
        assert "DESCRIPTION:Seulement ce jour" in lines

    async def test_a_series_of_which_its_calendar_had_one_date(self):
        lines = await changed(
            vcalendar(OVERRIDE), start=ELEVENTH, recurrence=Recurrence(rule="FREQ=WEEKLY"), dates=()
        )
        assert "RRULE:FREQ=WEEKLY" in lines
        assert "DESCRIPTION:Seulement ce jour" in lines
        single = await changed(vcalendar(OVERRIDE), dates=())
        assert sum(one == "BEGIN:VEVENT" for one in single) == 1

    async def test_whole_days_are_told_as_days_everywhere(self):
        day, eleventh = timedelta(days=1), wall("2027-01-11")
        rule = Recurrence(rule="FREQ=WEEKLY;UNTIL=20270628T235959", without=(wall("2027-01-18"),))
        lines = await changed(
            SERIES,
            all_day=True,
            start=wall("2027-01-04"),
            length=day,
            recurrence=rule,
            dates=(EventDate(original=eleventh, start=eleventh + day, length=day),),
        )
        assert {
            "RRULE:FREQ=WEEKLY;UNTIL=20270628",
            "EXDATE;VALUE=DATE:20270118",
            "RECURRENCE-ID;VALUE=DATE:20270111",
            "DTSTART;VALUE=DATE:20270112",
        } <= set(lines)
