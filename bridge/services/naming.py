"""Names of meetings in messages."""

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Fact, course, phrase


def titled(meeting: Meeting) -> Fact:
    """Return the meeting's title, or the sentence for one without a title."""
    return meeting.title or phrase("meeting.untitled")


def shown(meeting: Meeting, occurrence: Occurrence) -> Fact:
    """Return a meeting as a row of a list."""
    return phrase("meeting.row", {"title": titled(meeting), "when": when(occurrence)})


def when(occurrence: Occurrence) -> Fact:
    """Return an occurrence's date, times and zone."""
    return course(occurrence.start, occurrence.end, occurrence.zone)
