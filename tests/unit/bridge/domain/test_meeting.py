"""An occurrence moves, grows, ends; each change is a new value with the next number."""

from datetime import timedelta

import pytest

from bridge.domain.meeting import Occurrence, OccurrenceState
from tests.unit.bridge.domain.samples import END, MINUTE, START, meeting, occurrence

HOUR = timedelta(hours=1)


def test_a_moved_occurrence_stays_planned_with_the_next_sequence():
    there = occurrence().moved(START + HOUR, END + HOUR)
    assert (there.start, there.end, there.sequence) == (START + HOUR, END + HOUR, 1)
    assert there.state is OccurrenceState.PLANNED


def test_an_occurrence_shows_its_own_title_else_its_meetings():
    assert occurrence().titled(meeting()) == "Budget"
    assert occurrence(title="Budget, suite").titled(meeting()) == "Budget, suite"
    assert occurrence().titled(meeting(title="")) == ""


@pytest.mark.parametrize("now", [START - HOUR, START, END])
def test_extended_from_its_end(now):
    assert occurrence().extended(HOUR, now=now).end == END + HOUR


def test_extended_from_now_where_it_is_over():
    assert occurrence().extended(HOUR, now=END + MINUTE).end == END + MINUTE + HOUR


@pytest.mark.parametrize("how", [Occurrence.ended, Occurrence.cancelled])
@pytest.mark.parametrize("at", [START - MINUTE, START + MINUTE])
def test_extended_after_it_was_closed_it_has_its_own_times_and_more(how, at):
    again = how(occurrence(), at).extended(HOUR, now=START + 5 * MINUTE)
    assert (again.state, again.planned_end) == (OccurrenceState.PLANNED, None)
    assert (again.start, again.end) == (START, END + HOUR)


def test_closed_it_still_knows_when_it_was_to_end():
    closed = occurrence().cancelled(START - HOUR)
    assert (closed.state, closed.end, closed.due_end) == (OccurrenceState.CANCELLED, START, END)
    assert occurrence().due_end == END


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (START - HOUR, START),
        (START, START),
        (START + MINUTE, START + MINUTE),
        (END + HOUR, END),
    ],
)
def test_ended_now_or_never_begun(now, end):
    ended: Occurrence = occurrence().ended(now)
    assert (ended.state, ended.end, ended.sequence) == (OccurrenceState.ENDED, end, 1)
    assert ended.start <= ended.end


def test_what_was_cancelled_or_ended_before_it_began_never_took_place():
    planned = occurrence()
    assert not planned.void
    assert planned.cancelled(START + MINUTE).void
    assert planned.ended(START - MINUTE).void
    assert planned.ended(START).void
    assert not planned.ended(START + MINUTE).void


def test_only_a_line_is_an_event_of_the_salon():
    assert meeting(source="$ask").line == "$ask"
    assert meeting(source="form-7").line is None
