"""How old a line is, whatever the clock of its sender's homeserver says."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.matrix.lags import APART, Lags
from bot.matrix.timeline import sent_at

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOME, FAR = "a.test", "far.example"
NOTHING, SECOND, MINUTE, HOUR = (
    timedelta(0),
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
)
CLOCKS = [-26 * HOUR, -HOUR, -15 * MINUTE, NOTHING, 3 * HOUR, 400 * 24 * HOUR]
"""How far ahead of ours."""


class Ticking:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def event(ahead: timedelta, old: timedelta = NOTHING, server: str = FAR) -> dict[str, object]:
    """Return a line written so long ago, by somebody whose homeserver's clock is ahead."""
    stamp = int((NOW - old + ahead).timestamp() * 1000)
    return {"sender": f"@bob:{server}", "origin_server_ts": stamp, "unsigned": {"age": 7}}


def age(lags: Lags, one: dict[str, object]) -> timedelta:
    """Return how old a line is taken to be in the end."""
    return NOW - sent_at(lags.dated(one, NOW), NOW)


@pytest.mark.parametrize("ahead", CLOCKS)
def test_a_line_that_comes_as_it_is_written_is_new(ahead: timedelta) -> None:
    lags = Lags(HOME)
    for old in (SECOND, NOTHING, 2 * SECOND):
        lags.learn(event(ahead, old), NOW)
        assert age(lags, event(ahead, old)) <= 2 * SECOND


@pytest.mark.parametrize("ahead", CLOCKS)
def test_one_that_was_held_up_is_as_old_as_it_is(ahead: timedelta) -> None:
    lags = Lags(HOME)
    lags.learn(event(ahead), NOW)
    late = event(ahead, 30 * MINUTE)
    lags.learn(late, NOW)
    assert age(lags, late) == 30 * MINUTE


def test_lines_that_were_held_up_and_come_together_stay_old() -> None:
    ticking = Ticking()
    lags = Lags(HOME, monotonic=ticking)
    lags.learn(event(NOTHING), NOW)
    for _ in range(5):
        ticking.at += APART / 6
        lags.learn(event(NOTHING, 30 * MINUTE), NOW)
    assert age(lags, event(NOTHING, 30 * MINUTE)) == 30 * MINUTE


@pytest.mark.parametrize("back", [-15 * MINUTE, -HOUR, -26 * HOUR])
def test_a_clock_that_is_set_back_is_believed_at_the_second_line(back: timedelta) -> None:
    ticking = Ticking()
    lags = Lags(HOME, monotonic=ticking)
    lags.learn(event(NOTHING), NOW)
    lags.learn(event(back), NOW)
    assert age(lags, event(back)) == -back, "it may have been held up"
    ticking.at = APART
    lags.learn(event(back, SECOND), NOW)
    assert age(lags, event(back, SECOND)) == NOTHING


def test_a_clock_that_is_set_ahead_is_believed_at_once() -> None:
    lags = Lags(HOME)
    lags.learn(event(-HOUR), NOW)
    lags.learn(event(3 * HOUR), NOW)
    assert age(lags, event(3 * HOUR)) == NOTHING


def test_where_nothing_is_known_the_line_itself_is_asked_and_never_later_than_now() -> None:
    lags = Lags(HOME)
    assert age(lags, event(NOTHING, 20 * MINUTE)) == 20 * MINUTE
    assert age(lags, event(3 * HOUR)) == NOTHING


def test_our_own_homeserver_s_people_are_dated_by_it() -> None:
    """A bridge there may import lines with the dates that they had."""
    lags = Lags(HOME)
    imported = event(NOTHING, 48 * HOUR, HOME)
    lags.learn(imported, NOW)
    assert age(lags, imported) == 48 * HOUR


@pytest.mark.parametrize("stamp", [None, "x", True, 10**40, -(10**40), -1])
def test_whatever_stands_there(stamp: object) -> None:
    lags = Lags(HOME)
    odd = {"sender": "@bob:far.example", "origin_server_ts": stamp, "unsigned": "x"}
    lags.learn(odd, NOW)
    assert NOW - sent_at(lags.dated(odd, NOW), NOW) >= NOTHING
