"""When a link works: half open, read from the meeting, closed at once by a decision."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.meeting import OccurrenceState
from bridge.domain.window import Graces, Phase, Window, window_of
from tests.unit.bridge.domain.samples import END, GRACES, MINUTE, START, occurrence

spans = st.timedeltas(timedelta(0), timedelta(days=2))


def test_opens_before_and_closes_after_the_meeting():
    window = window_of(occurrence(), GRACES)
    assert window == Window(START - 10 * MINUTE, END + 15 * MINUTE)


def test_the_deployer_chooses_the_graces():
    graces = Graces(before=timedelta(0), after=MINUTE)
    assert window_of(occurrence(), graces) == Window(START, END + MINUTE)


@pytest.mark.parametrize(
    ("offset", "phase"),
    [
        (-timedelta(microseconds=1), Phase.BEFORE),
        (timedelta(0), Phase.INSIDE),
        (MINUTE - timedelta(microseconds=1), Phase.INSIDE),
        (MINUTE, Phase.AFTER),
        (2 * MINUTE, Phase.AFTER),
    ],
)
def test_the_closing_moment_is_after(offset: timedelta, phase: Phase):
    assert Window(START, START + MINUTE).phase(START + offset) is phase


def test_a_limit_of_ones_own_replaces_the_end_and_its_grace():
    assert window_of(occurrence(), GRACES, START + MINUTE).closes == START + MINUTE
    assert window_of(occurrence(), GRACES, END + 5 * MINUTE).closes == END + 5 * MINUTE


@pytest.mark.parametrize("state", [OccurrenceState.ENDED, OccurrenceState.CANCELLED])
@pytest.mark.parametrize("until", [None, END + timedelta(hours=5)])
def test_a_decision_leaves_no_grace(state: OccurrenceState, until: object):
    ended = occurrence(state=state, end=START + MINUTE)
    assert window_of(ended, GRACES, until).closes == START + MINUTE  # type: ignore[arg-type]


def test_a_limit_before_the_opening_opens_never():
    window = window_of(occurrence(), GRACES, START - timedelta(hours=1))
    assert window.opens == window.closes
    for moment in (window.opens - MINUTE, window.opens, START):
        assert window.phase(moment) is not Phase.INSIDE


@given(before=spans, after=spans, length=spans, until=st.none() | spans, at=spans)
def test_no_moment_is_in_two_phases_and_moving_moves_it_all(
    before: timedelta, after: timedelta, length: timedelta, until: timedelta | None, at: timedelta
):
    graces = Graces(before=before, after=after)
    here = occurrence(end=START + length)
    limit = None if until is None else START + until
    window = window_of(here, graces, limit)
    assert window.opens <= window.closes
    now = START - timedelta(days=1) + at
    assert (window.phase(now) is Phase.BEFORE) == (now < window.opens)
    assert (window.phase(now) is Phase.AFTER) == (now >= window.closes)
    there = window_of(here.moved(here.start + at, here.end + at), graces, limit and limit + at)
    assert there == Window(window.opens + at, window.closes + at)
