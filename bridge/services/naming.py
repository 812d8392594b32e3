"""Names of meetings in messages."""

import unicodedata

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, course, phrase


def titled(meeting: Meeting, occurrence: Occurrence | None = None) -> Parameter:
    """Return the title of an occurrence, or of the whole meeting; the sentence for none."""
    title = meeting.title if occurrence is None else occurrence.titled(meeting)
    return title or phrase("meeting.untitled")


def shown(meeting: Meeting, occurrence: Occurrence) -> Parameter:
    """Return a meeting as a row of a list."""
    return phrase("meeting.row", {"title": titled(meeting, occurrence), "when": when(occurrence)})


def when(occurrence: Occurrence, *, planned: bool = False) -> Parameter:
    """Return an occurrence's date, times and zone; `planned`: as they were before it was closed."""
    end = occurrence.due_end if planned else occurrence.end
    return course(occurrence.start, end, occurrence.zone)


def same_title(one: str, other: str) -> bool:
    """Tell whether two titles differ in case, accents and blanks alone."""
    return _plain(one) == _plain(other)


def _plain(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())
