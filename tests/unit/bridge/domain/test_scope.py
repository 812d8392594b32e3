"""A scope: which occurrences a link leads into, and which of them now."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bridge.domain.invitation import InvitationState, Standing, standing
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.scope import (
    NamedOccurrences,
    OneOccurrence,
    Scope,
    WholeSeries,
    covers,
    current,
    includes,
)
from bridge.domain.window import Phase, Window, window_of
from bridge.ids import MeetingId, OccurrenceId
from tests.unit.bridge.domain.samples import END, GRACES, MINUTE, START, invitation, occurrence

WEEK = timedelta(days=7)


def week(n: int) -> Occurrence:
    """Return the occurrence of week `n` of a series, from ten to eleven."""
    start = START + n * WEEK
    return occurrence(id=OccurrenceId(UUID(int=n)), start=start, end=start + (END - START))


def windows(one: Occurrence) -> Window:
    return window_of(one, GRACES)


WEEKS = [week(n) for n in range(3)]
FIRST, SECOND, THIRD = WEEKS


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (OneOccurrence(SECOND.id), [SECOND]),
        (NamedOccurrences(frozenset({FIRST.id, THIRD.id})), [FIRST, THIRD]),
        (NamedOccurrences(frozenset()), []),
        (WholeSeries(), WEEKS),
    ],
)
def test_it_covers_its_occurrences_and_the_window_of_others_never_opens(
    scope: Scope, covered: list[Occurrence]
):
    guest = invitation(scope=scope)
    assert [one for one in WEEKS if covers(scope, one.id)] == covered
    for one in WEEKS:
        window = guest.window(one, GRACES)
        inside = window.phase(one.start) is Phase.INSIDE
        assert inside == (one in covered)
        stands = standing(guest, one, GRACES, one.start, ready=True)
        assert stands is (Standing.OPEN if one in covered else Standing.REVOKED)


def test_where_graces_overlap_after_both_ends_the_later_one_counts():
    later = replace(SECOND, start=FIRST.end, end=FIRST.end + MINUTE)
    assert current([later, FIRST], windows, FIRST.end + 2 * MINUTE) is later
    assert current([later, FIRST, THIRD], windows, FIRST.end + 2 * MINUTE) is later


def test_a_series_is_of_one_meeting():
    guest = invitation(scope=WholeSeries())
    elsewhere = replace(FIRST, meeting=MeetingId(UUID(int=9)))
    assert not guest.covers(elsewhere)
    assert guest.state(elsewhere, GRACES, START) is InvitationState.REVOKED
    assert guest.leads_until(elsewhere, GRACES) <= elsewhere.start
    assert guest.leads_to([elsewhere], GRACES, START) is None


@pytest.mark.parametrize(
    ("now", "led"),
    [
        (START - WEEK, FIRST),
        (START - 10 * MINUTE, FIRST),
        (END + 14 * MINUTE, FIRST),
        (END + 15 * MINUTE, SECOND),
        (SECOND.start, SECOND),
        (SECOND.end + 15 * MINUTE, THIRD),
        (THIRD.end + WEEK, THIRD),
    ],
)
def test_it_leads_to_the_open_window_else_to_the_next_one_else_to_the_last(
    now: datetime, led: Occurrence
):
    guest = invitation(scope=WholeSeries())
    assert guest.leads_to(reversed(WEEKS), GRACES, now) == led


def test_it_leads_past_dates_that_it_is_not_to():
    guest = invitation(scope=NamedOccurrences(frozenset({FIRST.id, THIRD.id})))
    assert guest.leads_to(WEEKS, GRACES, SECOND.start) == THIRD


def test_of_two_open_windows_the_later_one_counts_once_the_earlier_meeting_ended():
    following = replace(SECOND, start=END, end=END + (END - START))
    both = [following, FIRST]
    assert current(both, windows, END - MINUTE) == FIRST
    assert current(both, windows, END) == following
    assert current(both, windows, following.end + MINUTE) == following


def test_it_leads_past_what_is_over_by_decision():
    ended = FIRST.ended(START + MINUTE)
    cancelled = SECOND.cancelled(START)
    assert current([ended, cancelled, THIRD], windows, START + 2 * MINUTE) == THIRD
    assert current([ended, cancelled], windows, START + 2 * MINUTE) == cancelled
    assert cancelled.state is OccurrenceState.CANCELLED


def test_only_one_occurrence_has_an_end_of_its_own():
    """Beside a series it would open every window until then, or shut all later ones."""
    until = END + WEEK
    one = invitation(until=until)
    assert one.window(occurrence(), GRACES) == Window(START - 10 * MINUTE, until)
    with pytest.raises(ValueError, match="end of its own"):
        invitation(scope=WholeSeries(), until=until)
    with pytest.raises(ValueError, match="end of its own"):
        replace(one, scope=NamedOccurrences(frozenset({FIRST.id})))


def test_a_scope_includes_another_if_it_leads_wherever_that_one_does():
    one, other = OneOccurrence(FIRST.id), OneOccurrence(SECOND.id)
    both = NamedOccurrences(frozenset({FIRST.id, SECOND.id}))
    some = NamedOccurrences(frozenset({FIRST.id}))
    assert includes(WholeSeries(), one)
    assert includes(WholeSeries(), WholeSeries())
    assert includes(both, one)
    assert includes(both, some)
    assert includes(one, one)
    assert not includes(one, other)
    assert not includes(some, other)
    assert not includes(some, both)
    assert not includes(both, WholeSeries())
    assert not includes(one, some)
