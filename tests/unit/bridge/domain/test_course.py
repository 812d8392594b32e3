"""The moments at which a card changes by itself."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT, REDIRECT
from bridge.domain.course import course_of, following, stays_until
from bridge.domain.meeting import OccurrenceState
from bridge.domain.seat import VISIO_REMEMBERS
from tests.unit.bridge.domain.samples import (
    END,
    GRACES,
    MINUTE,
    START,
    invitation,
    occurrence,
)

CLOSES = END + 15 * MINUTE


def test_it_opens_begins_ends_and_closes():
    course = course_of(occurrence(), [], GRACES)
    assert course.opening == (START - 10 * MINUTE, START)
    assert course.closing == (END, CLOSES)
    assert course.last == CLOSES


def test_links_with_their_own_end_have_their_moments():
    early, late = invitation(until=START + MINUTE), invitation(until=CLOSES + MINUTE)
    course = course_of(occurrence(), [early, invitation(), late], GRACES)
    assert course.closing == (START + MINUTE, END, CLOSES, CLOSES + MINUTE)
    assert course.last == CLOSES + MINUTE


def test_links_that_were_withdrawn_have_none():
    gone = invitation(until=CLOSES + MINUTE, revoked_at=START)
    assert course_of(occurrence(), [gone], GRACES).last == CLOSES


def test_nothing_more_happens_to_what_was_ended():
    ended = occurrence(state=OccurrenceState.ENDED, end=START + MINUTE)
    course = course_of(ended, [invitation(until=CLOSES + MINUTE)], GRACES)
    assert (course.opening, course.closing, course.last) == ((), (), START + MINUTE)
    assert course_of(ended, [invitation(until=START)], GRACES).last == START + MINUTE


def test_guests_of_a_closed_meeting_may_stay_in_visio_where_nothing_ejects_them():
    closed = occurrence(state=OccurrenceState.ENDED)
    guests = [invitation(), invitation(waiting_since=START)]
    for mode in (REDIRECT, KNOCK):
        assert stays_until(closed, guests, mode) == END + VISIO_REMEMBERS
        assert stays_until(occurrence(), guests, mode) is None, "it is not over"
        assert stays_until(closed, [invitation()], mode) is None, "nobody came"
    for mode in (LIVEKIT, KNOCK_KEYED):
        assert stays_until(closed, guests, mode) is None


@given(st.lists(st.integers(0, 9)), st.integers(0, 9))
def test_what_follows_is_the_first_to_come(offsets: list[int], at: int):
    moments = [START + offset * MINUTE for offset in offsets]
    now = START + at * MINUTE
    found = following(moments, now)
    later = [moment for moment in moments if moment > now]
    assert found == (min(later) if later else None)
    assert found is None or found - now >= timedelta(0)
