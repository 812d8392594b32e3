"""The words of a meeting that a guest was mailed, and that their calendar shows: as digests."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.series import Series
from bridge.ids import OccurrenceId

_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ToldWords:
    """Digests of a title and of topics, so that a mail can be compared with the present ones."""

    title: str
    """Of a series: that of its dates without one of their own."""
    topics: str
    own: tuple[tuple[OccurrenceId, str], ...] = ()
    """The titles of the dates of a series that have their own."""

    def of_date(self, date: OccurrenceId) -> "ToldWords":
        """Return the words that they say of one date."""
        return ToldWords(dict(self.own).get(date, self.title), self.topics)


def words_of(meeting: Meeting, occurrence: Occurrence) -> ToldWords:
    """Return the present words of one date."""
    return ToldWords(_digest(occurrence.titled(meeting)), _digest(meeting.topics))


def words_of_series(meeting: Meeting, series: Series, dates: Iterable[Occurrence]) -> ToldWords:
    """Return the present words of a series and its dates."""
    common = _digest(series.title or meeting.title)
    titles = ((one.id, _digest(one.titled(meeting))) for one in dates)
    own = tuple((date, title) for date, title in titles if title != common)
    return ToldWords(common, _digest(meeting.topics), own)


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:_LENGTH]
