"""A series: a meeting that comes again by a rule, in the wall time of its zone.

The wall time and the IANA zone are the truth of what is planned; the moments of its occurrences, in
UTC, are derived from them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.ids import MeetingId


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The rule by which a meeting comes again (RFC 5545 §3.8.5); all its times are local ones."""

    rule: str
    """The value of an RRULE, its UNTIL a local time: `FREQ=WEEKLY;BYDAY=MO`."""
    without: tuple[datetime, ...] = ()
    """Starts that are left out (EXDATE): naive, ascending."""
    besides: tuple[datetime, ...] = ()
    """Starts besides the rule (RDATE): naive, ascending."""
    holidays: str | None = None
    """The place whose public holidays are left out, as `holidays` names it: `FR`, `FR-RE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A meeting's recurrence, with the first start and the length of each occurrence."""

    meeting: MeetingId
    start: datetime
    """The first start: naive, in `zone`."""
    length: timedelta
    zone: str
    """An IANA name."""
    recurrence: Recurrence
