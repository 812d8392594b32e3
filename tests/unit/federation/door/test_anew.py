"""When a guest who waits in Visio knocks anew, for a host who came later to be told."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from federation.door.anew import EVERY, LAPSE, SilentDoor

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def silences(seen: Iterable[int | None], *, begin: datetime = START) -> list[int]:
    """Return in which seconds nobody knocks, `seen` being who is there in each."""
    anew = SilentDoor(START)
    return [
        second for second, agents in enumerate(seen) if anew.silent(begin + second * SECOND, agents)
    ]


def test_each_minute_where_nobody_can_see_who_is_there():
    assert silences([None] * 120) == [57, 58, 59, 117, 118, 119]


def test_each_minute_while_nobody_is_there():
    assert silences([0] * 61) == [57, 58, 59]


def test_at_once_when_somebody_comes_and_not_again_while_they_are_there():
    assert silences([0] * 5 + [1] * 120) == [5, 6, 7, 8]


def test_for_each_who_comes_one_of_them_may_be_the_host():
    assert silences([1] * 5 + [2] * 10 + [1] * 10 + [2] * 10) == [5, 6, 7, 8, 25, 26, 27, 28]


def test_the_first_knock_is_never_put_off():
    late = START + EVERY - LAPSE
    assert silences([None] * 3, begin=late) == [1, 2]
    assert silences([3] * 3) == []


def test_two_doors_are_silent_together_whenever_they_began():
    one, other = SilentDoor(START), SilentDoor(START)
    assert not one.silent(START, None)
    assert not other.silent(START + 20 * SECOND, None)
    for second in range(21, 120):
        now = START + second * SECOND
        assert one.silent(now, None) is other.silent(now, None)


def test_a_clock_that_was_set_back_silences_nobody_for_longer():
    anew = SilentDoor(START)
    anew.silent(START, 0)
    assert anew.silent(START + SECOND, 1)
    assert not anew.silent(START - timedelta(hours=1), 1)


def test_the_pause_is_longer_than_visio_keeps_a_place_and_shorter_than_a_refusal():
    assert timedelta(seconds=3) < LAPSE < timedelta(seconds=5) - SECOND
