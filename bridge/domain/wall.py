"""Wall time: what the clocks of a zone show, and the moments that it means.

As RFC 5545 §3.3.5 says: a time that a change of clocks skips is read with the offset before the
change, and of a time that comes twice the first is meant.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum


class ClockChange(StrEnum):
    """The way in which a change of clocks touches a wall time."""

    SKIPPED = "skipped"
    """No clock shows it on that day: the meeting is as much later as the clocks are put forward."""
    TWICE = "twice"
    """The clocks show it twice: the first is meant."""


def moment_of(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, that a naive time in a zone means."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_of(moment: datetime, zone: tzinfo) -> datetime:
    """Return the naive time that the clocks of a zone show at an aware moment."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def change_at(wall: datetime, zone: tzinfo) -> ClockChange | None:
    """Tell whether a change of clocks skips or repeats a naive time; nearly always `None`."""
    if wall_of(moment_of(wall, zone), zone) != wall:
        return ClockChange.SKIPPED
    later = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return ClockChange.TWICE if later != moment_of(wall, zone) else None


DAY = timedelta(days=1)
