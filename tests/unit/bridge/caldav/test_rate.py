"""No host gets more requests than the rate, whoever asks."""

from math import inf

import pytest

from bridge.caldav.rate import BURST, LONGEST_WAIT, HostRate
from bridge.errors import CalendarBusy

HOST, OTHER = "dav.example", "quick.example"


def test_a_burst_comes_at_once_and_then_one_after_the_other():
    rate = HostRate(10)
    waits = [rate.take(HOST, 0.0) for _ in range(int(BURST * 10) + 3)]
    assert waits[: int(BURST * 10)] == pytest.approx([0.0] * int(BURST * 10))
    assert waits[-3:] == pytest.approx([0.1, 0.2, 0.3])


def test_time_fills_the_bucket_but_never_beyond_the_burst():
    rate = HostRate(10)
    for _ in range(int(BURST * 10)):
        rate.take(HOST, 0.0)
    assert rate.take(HOST, 1.0) == 0.0
    later = [rate.take(HOST, 1000.0) for _ in range(int(BURST * 10) + 1)]
    assert later[-2] == pytest.approx(0.0)
    assert later[-1] == pytest.approx(0.1)


def test_who_would_wait_too_long_is_told_when_to_come_and_takes_nothing():
    rate = HostRate(10)
    most = round((BURST + LONGEST_WAIT) * 10)
    for _ in range(most):
        rate.take(HOST, 0.0)
    for _ in range(3):
        with pytest.raises(CalendarBusy) as told:
            rate.take(HOST, 0.0)
        assert told.value.pause.total_seconds() == pytest.approx(LONGEST_WAIT + 0.1)
    assert rate.take(HOST, 0.1) == pytest.approx(LONGEST_WAIT)


def test_other_hosts_have_their_own():
    rate = HostRate(1)
    for _ in range(5):
        rate.take(HOST, 0.0)
    assert rate.take(OTHER, 0.0) == 0.0


def test_without_a_rate_nobody_waits():
    rate = HostRate(inf)
    assert all(rate.take(HOST, 0.0) == 0.0 for _ in range(1000))
