"""Meetings as the events of a feed: a series with its exceptions, or a date of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.event import GuestEvent, walled
from bridge.domain.feed import FeedEvent
from bridge.domain.meeting import Meeting, Occurrence, VisioRoom
from bridge.domain.rules import until_of
from bridge.domain.series import Series
from bridge.domain.told import differs, length_of, meeting_uid, told_recurrence
from bridge.domain.topics import topics_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Shows meetings as the events of a feed."""

    domain: str
    """The right-hand side of UIDs."""
    since: datetime
    """Dates that were over before this moment are not shown."""
    links: bool
    """Whether the rooms at Visio are shown."""
    topics: int
    """The most characters of topics."""

    def alone(self, meeting: Meeting, one: Occurrence, *, apart: bool = False) -> FeedEvent:
        """Return a date as an event of its own; `apart`: its meeting has another one."""
        event = GuestEvent(
            uid=meeting_uid(meeting.id, self.domain, one.id if apart else None),
            start=walled(one.start, one.zone),
            length=length_of(one),
            zone=one.zone,
            sequence=one.sequence,
        )
        room = None if one.void else one.room_in(meeting)
        return self._shown(event, meeting, one.titled(meeting), room, cancelled=one.void)

    def single(self, meeting: Meeting, one: Occurrence, series: Series | None) -> FeedEvent:
        """Return a date whose series, if it has one, the feed does not show."""
        if one.original is None:
            return self.alone(meeting, one, apart=series is not None)
        if series is None or not _within(one, series):
            return self.alone(meeting, one, apart=True)
        return self.of_series(meeting, one, series.zone)

    def date(self, meeting: Meeting, one: Occurrence) -> FeedEvent:
        """Return a date as it is, whatever else its meeting has."""
        if one.original is None:
            return self.alone(meeting, one)
        return self.of_series(meeting, one, one.zone)

    def of_series(
        self, meeting: Meeting, one: Occurrence, zone: str, sequence: int | None = None
    ) -> FeedEvent:
        """Return a date of a series in `zone`, as an exception (RECURRENCE-ID)."""
        event = GuestEvent(
            uid=meeting_uid(meeting.id, self.domain),
            start=walled(one.start, zone),
            length=length_of(one),
            zone=zone,
            original=one.original,
            sequence=one.sequence if sequence is None else sequence,
        )
        room = None if one.void else one.room_in(meeting)
        return self._shown(event, meeting, one.titled(meeting), room, cancelled=one.void)

    def series(
        self, meeting: Meeting, series: Series, dates: Sequence[Occurrence]
    ) -> Iterator[FeedEvent]:
        """Return a series, the dates that differ from it, and those that it has no more.

        `dates` are all that are kept. Of those that were left out the last ones stay, cancelled.
        """
        own: list[Occurrence] = []
        others: list[Occurrence] = []
        for one in dates:
            (own if not series.over and _within(one, series) else others).append(one)
        if not series.over:
            yield from self._whole(meeting, series, own)
        yield from (self.alone(meeting, one, apart=True) for one in others if self._recent(one))

    def _whole(
        self, meeting: Meeting, series: Series, own: Sequence[Occurrence]
    ) -> Iterator[FeedEvent]:
        title = series.title or meeting.title
        cancelled = [one for one in own if one.void and self._recent(one)]
        shown = {one.original for one in cancelled}
        told = told_recurrence(series, (one for one in own if one.original not in shown))
        sequence = max((one.sequence for one in own), default=0)
        event = GuestEvent(
            uid=meeting_uid(meeting.id, self.domain),
            start=series.start,
            length=series.length,
            zone=series.zone,
            recurrence=replace(
                told, without=tuple(one for one in told.without if one not in shown)
            ),
            sequence=sequence,
        )
        # Of dates apart each has its room; one that is not made yet has no address.
        room = None if any(one.apart for one in own) else meeting.room
        yield self._shown(event, meeting, title, room)
        differ = (one for one in own if not one.void and self._differs(one, meeting, series, room))
        for one in (*differ, *cancelled):
            yield self.of_series(meeting, one, series.zone, sequence)

    def _differs(
        self, one: Occurrence, meeting: Meeting, series: Series, room: VisioRoom | None
    ) -> bool:
        """Tell whether a date has another time, title or room than its series."""
        elsewhere = self.links and _url(one.room_in(meeting)) != _url(room)
        titled = one.titled(meeting) != (series.title or meeting.title)
        return titled or elsewhere or differs(one, series)

    def _recent(self, one: Occurrence) -> bool:
        return one.end > self.since

    def _shown(
        self,
        event: GuestEvent,
        meeting: Meeting,
        title: str,
        room: VisioRoom | None,
        *,
        cancelled: bool = False,
    ) -> FeedEvent:
        return FeedEvent(
            event=event,
            title=title,
            topics=topics_of(meeting, self.topics),
            link=_url(room) if self.links else "",
            cancelled=cancelled,
        )


def _url(room: VisioRoom | None) -> str:
    return "" if room is None else room.url


def _within(one: Occurrence, series: Series) -> bool:
    """Tell whether a date is one of a series as it is now: its rule may begin, or end, anew."""
    if one.original is None or one.original < series.start:
        return False
    until = until_of(series.recurrence.rule)
    return until is None or one.original <= until or one.original in series.recurrence.besides
