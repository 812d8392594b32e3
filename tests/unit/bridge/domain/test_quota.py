"""Limits say what is left and from when there is enough again, and never more than they give."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.quota import HOUR, Pace, Shortage, shortage
from tests.unit.bridge.domain.samples import START

MINUTE = timedelta(minutes=1)
moments = st.integers(0, 3599).map(lambda seconds: START - HOUR + timedelta(seconds=seconds + 1))


class TestShortage:
    @pytest.mark.parametrize(("had", "asked"), [(0, 3), (2, 1), (3, 0), (9, 0)])
    def test_a_request_within_the_limit_is_not_short(self, had: int, asked: int):
        """A request for nothing is never refused, however much was used."""
        spent = [START] * had
        assert shortage(spent, asked, limit=3, now=START) is None

    def test_names_what_is_left_and_when_there_is_enough(self):
        spent = [START - 50 * MINUTE, START - 20 * MINUTE, START - MINUTE]
        assert shortage(spent, 1, limit=3, now=START) == Shortage(0, START + 10 * MINUTE)
        assert shortage(spent, 2, limit=4, now=START) == Shortage(1, START + 10 * MINUTE)
        assert shortage(spent, 2, limit=3, now=START) == Shortage(0, START + 40 * MINUTE)

    def test_more_than_is_ever_given(self):
        assert shortage([START], 4, limit=3, now=START) == Shortage(2, None)

    @given(st.lists(moments, max_size=20), st.integers(1, 12), st.integers(1, 12))
    def test_it_can_be_had_when_it_says_and_not_before(
        self, had: list[datetime], asked: int, limit: int
    ):
        spent = sorted(had)
        found = shortage(spent, asked, limit=limit, now=START)
        if found is None:
            assert len(spent) + asked <= limit
            return
        if found.again is None:
            assert asked > limit
            return
        assert _at(spent, found.again, asked, limit) is None
        assert _at(spent, found.again - timedelta(microseconds=1), asked, limit) is not None


def _at(spent: list[datetime], now: datetime, asked: int, limit: int) -> Shortage | None:
    return shortage([one for one in spent if one > now - HOUR], asked, limit=limit, now=now)


class TestPace:
    def test_a_burst_then_one_by_one(self):
        pace, full = Pace(3, timedelta(minutes=3)), None
        for _ in range(3):
            assert pace.again(full, START) is None
            full = pace.taken(full, START)
        assert pace.again(full, START) == START + MINUTE
        assert pace.again(full, START + MINUTE) is None

    @given(st.lists(st.integers(0, 120), max_size=60))
    def test_never_more_than_twice_its_measure_in_a_period(self, gaps: list[int]):
        pace, full, now = Pace(5, timedelta(minutes=5)), None, START
        had: list[datetime] = []
        for gap in gaps:
            now += timedelta(seconds=gap)
            if pace.again(full, now) is None:
                full = pace.taken(full, now)
                had.append(now)
        for one in had:
            assert sum(one - pace.period < other <= one for other in had) <= 2 * pace.most
