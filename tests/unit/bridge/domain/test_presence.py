"""The people in a meeting, from one poll to the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bridge.domain.presence import (
    BETWEEN_EDITS,
    EMPTY,
    LATE_LOOK,
    NAMES,
    Presence,
    Sight,
    first_seen,
)
from bridge.ids import InvitationId, OccurrenceId

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WHERE = OccurrenceId(UUID(int=1))
LEA, JEAN = InvitationId(UUID(int=2)), InvitationId(UUID(int=3))
NOBODY = Sight()


def sight(*people: str, guests: frozenset[InvitationId] = frozenset()) -> Sight:
    return Sight(frozenset(people), guests)


def seen(*people: str, at: datetime = START) -> Presence:
    found = first_seen(WHERE, sight(*people), at)
    assert found is not None
    return found


def test_nothing_is_known_before_somebody_came():
    assert first_seen(WHERE, NOBODY, START) is None


def test_the_same_people_are_no_news():
    one = seen("a", "b")
    assert one.seen(sight("b", "a"), START + SECOND) is one


def test_peak_and_guests_are_remembered():
    one = seen("a", "b", "c").seen(sight("a", "g", guests=frozenset({LEA})), START + SECOND)
    one = one.seen(sight("h", guests=frozenset({JEAN})), START + 2 * SECOND)
    assert (one.people, one.guests, one.peak, one.came) == (
        1,
        1,
        3,
        frozenset({LEA, JEAN}),
    )


def test_an_overlapping_poll_that_began_earlier_changes_nothing():
    one = seen("a").seen(sight("a", "b"), START + 3 * SECOND)
    assert one.looked_at == START + 3 * SECOND
    assert one.seen(NOBODY, START + SECOND) is one


def test_a_room_that_fills_again_is_not_empty():
    left = seen("a").seen(NOBODY, START + SECOND)
    back = left.seen(sight("a"), START + 2 * SECOND)
    assert (back.people, back.empty_since) == (1, None)
    assert back.length(START + 9 * SECOND) == 9 * SECOND


def test_an_empty_room_counts_until_it_became_empty():
    left = seen("a").seen(NOBODY, START + SECOND)
    assert left.length(START + 9 * SECOND) == SECOND
    assert left.closed(START + 9 * SECOND).closed_at == START + SECOND


def test_it_is_over_once_nobody_was_there_for_a_while():
    left = START + timedelta(minutes=5)
    one = seen("a").seen(NOBODY, left)
    assert (one.people, one.empty_since, one.closed_at) == (0, left, None)
    assert one.seen(NOBODY, left + EMPTY - SECOND).closed_at is None
    over = one.seen(NOBODY, left + EMPTY)
    assert (over.closed_at, over.empty_since, over.closings) == (left, None, 1)
    assert over.length(left + timedelta(hours=1)) == timedelta(minutes=5)
    assert over.seen(NOBODY, left + 2 * EMPTY) is over
    assert over.closed(left + 2 * EMPTY) is over


def test_where_all_who_left_late_were_guests_it_is_over_at_once():
    """Their time was over; an agent who left may only have reloaded the page."""
    late = START + timedelta(hours=2)
    guests = seen("a").seen(sight("g", guests=frozenset({LEA})), late)
    over = guests.seen(NOBODY, late + SECOND, late=True)
    assert (over.closed_at, over.people, over.guests) == (late + SECOND, 0, 0)
    assert guests.seen(NOBODY, late + SECOND).closed_at is None, "the window is open"
    mixed = seen("a").seen(sight("a", "g", guests=frozenset({LEA})), late)
    left = mixed.seen(NOBODY, late + SECOND, late=True)
    assert (left.closed_at, left.people, left.guests) == (None, 0, 0)
    assert left.seen(NOBODY, late + 2 * SECOND, late=True).closed_at is None
    assert left.seen(NOBODY, late + SECOND + EMPTY, late=True).closed_at == late + SECOND


def test_nobody_is_in_what_was_closed():
    full = seen("a").seen(sight("a", "g", guests=frozenset({LEA})), START + SECOND)
    over = full.closed(START + 2 * SECOND)
    assert (over.people, over.guests, over.closed_at) == (0, 0, START + 2 * SECOND)


def test_who_comes_after_the_end_goes_on_with_it():
    over = seen("a").seen(NOBODY, START + SECOND).closed(START + SECOND)
    later = START + timedelta(hours=1)
    again = over.seen(sight("b", "c"), later)
    assert (again.began_at, again.closed_at, again.peak) == (later, None, 2)
    assert again.length(later + SECOND) == 2 * SECOND
    assert again.closed(later + SECOND).closings == 2


def test_an_end_before_the_beginning_lasts_no_time():
    one = seen("a").closed(START - timedelta(hours=1))
    assert one.length(START) == timedelta()


@pytest.mark.parametrize(
    ("shown_at", "at"),
    [
        (None, START),
        (START - 5 * SECOND, START),
        (START - SECOND, START + 4 * SECOND),
        (START, START + 5 * SECOND),
        (START + SECOND, START + SECOND),
        (START + BETWEEN_EDITS, START + BETWEEN_EDITS),
    ],
)
def test_when_the_card_may_be_edited(shown_at: datetime | None, at: datetime):
    assert replace(seen("a"), shown_at=shown_at).next_edit(START) == at


def test_a_clock_set_back_holds_up_neither_looks_nor_cards():
    before = replace(seen("a"), shown_at=START)
    back = START - timedelta(hours=1)
    assert before.seen(sight("a", "b"), back).people == 2
    assert before.seen(sight("a", "b"), START - LATE_LOOK).people == 2
    assert before.seen(sight("a", "b"), START - SECOND) is before
    assert before.next_edit(back) == back


def test_no_more_names_are_kept_than_one_reads():
    names = frozenset(f"{number:04}" for number in range(2 * NAMES))
    one = first_seen(WHERE, Sight(frozenset({"a"}), frozenset(), names), START)
    assert one is not None
    assert len(one.names) == NAMES
