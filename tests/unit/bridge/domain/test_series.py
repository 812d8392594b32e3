"""Series and their rules: what changes make of them, and how far ahead dates are there."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.ahead import AHEAD, AT_MOST, Stretch, cards_due, stretch
from bridge.domain.meeting import OccurrenceState
from bridge.domain.rules import (
    RuleNotMoved,
    about,
    ended,
    finite,
    latest,
    local_time,
    moved_rule,
    parts_of,
    rule_of,
    until_of,
)
from bridge.domain.series import (
    Recurrence,
    Series,
    closed_on,
    ended_before,
    moved_from,
    moves_of,
    skipped,
)
from bridge.domain.wall import ClockChange, change_at, moment_of, wall_of
from bridge.ids import MeetingId, OccurrenceId
from tests.unit.bridge.domain.samples import MINUTE, START, occurrence

MONDAY = datetime(2027, 3, 22, 9)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
PARIS = ZoneInfo("Europe/Paris")


def series(rule: str = "FREQ=WEEKLY", **more: tuple[datetime, ...]) -> Series:
    recurrence = Recurrence(
        rule=rule, without=more.pop("without", ()), besides=more.pop("besides", ())
    )
    return Series(
        meeting=MeetingId(UUID(int=1)),
        start=MONDAY,
        length=timedelta(hours=1),
        zone="Europe/Paris",
        recurrence=recurrence,
        closed=more.pop("closed", ()),
    )


class TestWall:
    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
        st.sampled_from(
            [
                "Europe/Paris",
                "America/Cayenne",
                "Indian/Reunion",
                "Pacific/Noumea",
                "Pacific/Auckland",
                "Australia/Lord_Howe",
            ]
        ),
    )
    def test_a_wall_time_comes_back_unless_clocks_skip_it(self, wall: datetime, name: str):
        zone = ZoneInfo(name)
        back = wall_of(moment_of(wall, zone), zone)
        change = change_at(wall, zone)
        assert (back == wall) == (change is not ClockChange.SKIPPED)
        if change is ClockChange.SKIPPED:
            assert timedelta() < back - wall <= timedelta(hours=1)

    def test_what_the_clocks_skip_or_repeat(self):
        assert change_at(datetime(2027, 3, 28, 2, 30), PARIS) is ClockChange.SKIPPED
        assert change_at(datetime(2027, 10, 31, 2, 30), PARIS) is ClockChange.TWICE
        assert change_at(datetime(2027, 10, 31, 3, 0), PARIS) is None


class TestRules:
    def test_their_ends(self):
        assert until_of("FREQ=DAILY") is None
        assert until_of("FREQ=DAILY;UNTIL=20270405") == datetime(2027, 4, 5, 23, 59, 59)
        assert local_time("20270405T090000Z") == datetime(2027, 4, 5, 9)
        assert finite("FREQ=DAILY;COUNT=2")
        assert not finite("FREQ=DAILY")
        assert ended("FREQ=DAILY;COUNT=2;BYDAY=MO") == "FREQ=DAILY;BYDAY=MO"
        assert ended("FREQ=DAILY", until=MONDAY) == "FREQ=DAILY;UNTIL=20270322T090000"
        assert rule_of(parts_of("freq=daily;count=2")) == "FREQ=DAILY;COUNT=2"
        with pytest.raises(ValueError, match="no part"):
            parts_of("FREQ=DAILY;FREQ=WEEKLY")

    def test_no_date_is_after_their_latest(self):
        assert latest("FREQ=DAILY", MONDAY) is None
        assert latest("FREQ=DAILY;UNTIL=20270405T090000", MONDAY) == datetime(2027, 4, 5, 9)
        assert latest("FREQ=WEEKLY;COUNT=3;INTERVAL=2", MONDAY) == MONDAY + 6 * WEEK
        assert latest("FREQ=YEARLY;COUNT=9999", MONDAY) is not None

    @pytest.mark.parametrize(
        ("rule", "dates"),
        [
            ("FREQ=DAILY;BYDAY=MO", 365),
            ("FREQ=WEEKLY;BYDAY=MO,TU", 104),
            ("FREQ=WEEKLY;INTERVAL=2", 26),
            ("FREQ=MONTHLY;BYDAY=1MO", 13),
            ("FREQ=MONTHLY;BYDAY=MO", 65),
            ("FREQ=YEARLY", 1),
        ],
    )
    def test_about_how_many_dates_a_year_has(self, rule: str, dates: int):
        assert round(about(rule, 365)) == dates

    @pytest.mark.parametrize(
        ("rule", "by", "moved"),
        [
            ("FREQ=WEEKLY", DAY, "FREQ=WEEKLY"),
            ("FREQ=WEEKLY;BYDAY=MO", 9 * DAY, "FREQ=WEEKLY;BYDAY=WE"),
            ("FREQ=WEEKLY;BYDAY=MO", 2 * MINUTE, "FREQ=WEEKLY;BYDAY=MO"),
            ("FREQ=WEEKLY;BYDAY=MO,SU", -DAY, "FREQ=WEEKLY;BYDAY=SA,SU"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", DAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=TU"),
            ("FREQ=DAILY;BYDAY=MO,TU", DAY, "FREQ=DAILY;BYDAY=TU,WE"),
            ("FREQ=MONTHLY", DAY, "FREQ=MONTHLY"),
            ("FREQ=MONTHLY;BYMONTHDAY=22", DAY, "FREQ=MONTHLY;BYMONTHDAY=23"),
            ("FREQ=MONTHLY;BYMONTHDAY=-10", DAY, "FREQ=MONTHLY;BYMONTHDAY=-9"),
            ("FREQ=MONTHLY;BYDAY=4MO", DAY, "FREQ=MONTHLY;BYDAY=4TU"),
            ("FREQ=MONTHLY;BYDAY=-2MO", DAY, "FREQ=MONTHLY;BYDAY=-2TU"),
            ("FREQ=MONTHLY;BYDAY=-2MO", 7 * DAY, "FREQ=MONTHLY;BYDAY=-1MO"),
            (
                "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=22",
                10 * DAY,
                "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1",
            ),
            ("FREQ=YEARLY;BYMONTH=3;BYDAY=4MO", DAY, "FREQ=YEARLY;BYMONTH=3;BYDAY=4TU"),
        ],
    )
    def test_they_move_with_their_start(self, rule: str, by: timedelta, moved: str):
        assert moved_rule(rule, MONDAY, MONDAY + by) == moved
        assert moved_rule(rule, MONDAY, MONDAY) == rule

    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=DAILY;BYHOUR=9",
            "FREQ=DAILY;BYMONTH=3",
            "FREQ=MONTHLY;BYDAY=MO",
            "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1",
            "FREQ=MONTHLY;BYMONTHDAY=1,22",
            "FREQ=MONTHLY;BYDAY=4MO;BYMONTHDAY=22",
            "FREQ=YEARLY;BYMONTHDAY=22",
            "FREQ=YEARLY;BYMONTH=3",
        ],
    )
    def test_those_that_could_mean_several_things_do_not(self, rule: str):
        with pytest.raises(RuleNotMoved):
            moved_rule(rule, MONDAY, MONDAY + 12 * DAY)


class TestSeries:
    def test_without_a_date(self):
        some = series(without=(MONDAY + 2 * WEEK,), besides=(MONDAY + DAY,))
        assert skipped(some, MONDAY + WEEK).recurrence.without == (
            MONDAY + WEEK,
            MONDAY + 2 * WEEK,
        )
        assert skipped(some, MONDAY + DAY) == series(without=(MONDAY + 2 * WEEK,))
        assert skipped(skipped(some, MONDAY), MONDAY) == skipped(some, MONDAY)

    def test_ended_before_a_date(self):
        dates = tuple(MONDAY + n * WEEK for n in range(4))
        some = series("FREQ=WEEKLY;COUNT=9", without=dates, besides=dates, closed=dates)
        left = ended_before(some, dates[2])
        assert left.recurrence.rule == "FREQ=WEEKLY;UNTIL=20270405T085959"
        assert left.recurrence.without == left.recurrence.besides == left.closed == dates[:2]
        assert not left.over
        assert ended_before(some, MONDAY).over

    def test_what_is_left_out(self):
        some = series(without=(MONDAY + WEEK, MONDAY), closed=(MONDAY,))
        assert some.left_out == (MONDAY, MONDAY + WEEK)
        assert some.bare == series()

    def test_moved_from_a_date(self):
        old = [MONDAY + n * WEEK for n in range(3)]
        moves = moves_of(old, [one + DAY for one in old], [MONDAY + DAY], DAY)
        some = series(without=(MONDAY - WEEK, old[1]), besides=(MONDAY + DAY,), closed=(old[2],))
        part = moved_from(some, MONDAY + DAY, "FREQ=WEEKLY", moves)
        assert part.start == MONDAY + DAY
        assert part.recurrence.without == (old[1] + DAY,)
        assert part.recurrence.besides == (MONDAY + 2 * DAY,)
        assert part.closed == ()

    def test_closed_on_holidays(self):
        found = closed_on(series(), [MONDAY, MONDAY + WEEK], {MONDAY.date()}, MONDAY + 9 * WEEK)
        assert (found.closed, found.closed_until) == ((MONDAY,), MONDAY + 9 * WEEK)


class TestAhead:
    def test_near_ones_two_at_least(self):
        far = [START + AHEAD + n * WEEK for n in range(1, 5)]
        assert stretch(far, START) == Stretch(2, far[2] - AHEAD), "the third comes near"
        near = [START + DAY, START + 2 * DAY]
        assert stretch([*near[:1], *far], START) == Stretch(2, near[0]), "one alone would be left"
        assert stretch([*near, *far], START) == Stretch(2, near[0])

    def test_a_hundred_at_most(self):
        many = [START + n * MINUTE for n in range(1, AT_MOST + 3)]
        assert stretch(many, START) == Stretch(AT_MOST, many[0])

    def test_all_that_is_left(self):
        assert stretch([], START) == Stretch(0, None)
        assert stretch([START + DAY], START) == Stretch(1, None)
        assert stretch([START + DAY, START + 900 * DAY], START) == Stretch(2, None)

    def test_a_card_waits_for_the_meetings_before_it(self):
        def dated(n: int, days: float, hours: float = 1, **more: object):
            start = START + days * DAY
            return occurrence(
                id=OccurrenceId(UUID(int=n)),
                start=start,
                end=start + hours * timedelta(hours=1),
                **more,
            )

        first, long, last = dated(1, 1), dated(2, 2, 30), dated(3, 3)
        gone = dated(4, 2.5, state=OccurrenceState.CANCELLED)
        assert cards_due([last, gone, long, first]) == {
            first.id: first.start - DAY,
            long.id: max(long.start - DAY, first.end),
            last.id: long.end,
        }
