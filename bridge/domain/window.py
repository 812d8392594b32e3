"""A guest's link's window.

It is computed at each use, never stored: moving the meeting moves it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.meeting import Occurrence, OccurrenceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Graces:
    """How long before the start and after the end a guest's link works."""

    before: timedelta
    after: timedelta


class Phase(StrEnum):
    """The place of a moment with respect to a window."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open interval [opens, closes) in which a link lets its guest through."""

    opens: datetime
    closes: datetime

    def phase(self, now: datetime) -> Phase:
        """Tell whether `now` is before, inside or after; the closing moment itself is after."""
        if now < self.opens:
            return Phase.BEFORE
        return Phase.INSIDE if now < self.closes else Phase.AFTER


def window_of(occurrence: Occurrence, graces: Graces, until: datetime | None = None) -> Window:
    """Return the window of an occurrence, or of one invitation to it with its own end `until`.

    An occurrence that was ended closes at that very moment: there is no grace after a decision.
    """
    opens = occurrence.start - graces.before
    if occurrence.state is not OccurrenceState.PLANNED:
        closes = occurrence.end
    else:
        closes = until if until is not None else occurrence.end + graces.after
    return Window(min(opens, closes), closes)
