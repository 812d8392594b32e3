"""How long to wait before trying again, and the name of what is tried."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.agenda import Due, Kind, backoff, pace

SECOND = timedelta(seconds=1)


def test_doubles_from_two_seconds_to_ten_minutes():
    delays = [backoff(n).total_seconds() for n in range(12)]
    assert delays == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]


@given(st.integers(0, 10**9))
def test_never_longer_whatever_happened(attempts: int):
    assert 2 * SECOND <= backoff(attempts) <= timedelta(minutes=10)


def test_waits_as_long_again_as_it_has_waited():
    assert pace(timedelta(0)) == 2 * SECOND
    assert pace(40 * SECOND) == 40 * SECOND
    assert pace(timedelta(hours=1)) == timedelta(minutes=10)
    assert pace(timedelta(hours=1), 60 * SECOND) == 60 * SECOND
    assert pace(-SECOND) == 2 * SECOND


def test_a_cause_has_one_name():
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert Due(Kind.MAIL, "k", at, 3).cause == "mail.send:k:2026-12-01T09:00:00+00:00"
    assert Due(Kind.MAIL, "k", at + SECOND).cause != Due(Kind.MAIL, "k", at).cause
