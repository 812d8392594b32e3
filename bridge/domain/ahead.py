"""How far ahead a series is kept as occurrences, and when each gets its card."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.ids import OccurrenceId

AHEAD = timedelta(days=60)
"""Occurrences that start within this time are there."""
AT_LEAST = 2
"""So many are there in any case, however far apart."""
AT_MOST = 100
CARD_BEFORE = timedelta(days=1)
"""A card is posted this long before its occurrence begins, at the earliest."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The next occurrences of a series that are to be there, as positions among those to come."""

    size: int
    again: datetime | None
    """When there are to be more; `None`: the series has no more."""


def stretch(starts: Sequence[datetime], now: datetime) -> Stretch:
    """Return how many of these moments, all to come and ascending, are to be there now.

    Of a series that goes on, `starts` must reach one beyond `AHEAD`, `AT_LEAST` and `AT_MOST`.
    """
    near = sum(1 for one in starts if one <= now + AHEAD)
    size = min(max(near, AT_LEAST), AT_MOST, len(starts))
    if size == len(starts):
        return Stretch(size, None)
    in_time = starts[size] - AHEAD
    too_few = starts[size - AT_LEAST] if size >= AT_LEAST else now
    again = min(in_time, too_few)
    return Stretch(size, max(again, starts[size - AT_MOST]) if size == AT_MOST else again)


def cards_due(occurrences: Iterable[Occurrence]) -> Mapping[OccurrenceId, datetime]:
    """Return when each planned occurrence's card is posted: once it is the next one.

    That is when all planned before it are over, but at most a day before it begins.
    """
    due: dict[OccurrenceId, datetime] = {}
    free: datetime | None = None
    for one in sorted(occurrences, key=lambda one: (one.start, one.id)):
        if one.state is not OccurrenceState.PLANNED:
            continue
        day_before = one.start - CARD_BEFORE
        due[one.id] = day_before if free is None else max(day_before, free)
        free = one.end if free is None else max(free, one.end)
    return due
