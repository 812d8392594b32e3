"""Reads feeds: first what changes whenever they do, and all of it only if somebody needs that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from bridge.domain.codes import digest_of
from bridge.domain.feed import MOST, PAST, DateStamp, Feed, FeedEvent
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.series import Series
from bridge.ids import MeetingId, OccurrenceId, SalonId
from bridge.ports.work import HasFeeds, HasMeetings
from bridge.services.feeds.dates import Showing
from bridge.services.tools import Tools

_FORM = 1
"""Counts the ways in which programs have written feeds: a new one is a new version of each."""

_AT_ONCE = 50
"""Dates that are opened without a pause of the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A feed at one moment, without its content."""

    feed: Feed
    version: str
    """Another one whenever its content is."""
    changed_at: datetime
    """When one of its dates changed last."""
    stamps: Sequence[DateStamp] = field(repr=False)
    series: Mapping[MeetingId, Series] = field(repr=False)
    since: datetime


@dataclass(frozen=True, slots=True)
class FeedReading:
    """Use cases of the door's feeds."""

    tools: Tools
    domain: str
    """The right-hand side of events' UIDs."""

    async def state(self, code: str) -> FeedState | None:
        """Return the state of the feed with this code, by few rows; `None` if there is none."""
        since = self.tools.now() - PAST
        async with self.tools.works.reading(long=True) as work:
            feed = await work.feeds.by_digest(digest_of(code))
            if feed is None:
                return None
            stamps = await _stamps(work, feed, since)
            meetings = {one.meeting for one in stamps}
            series = await work.series.several(meetings) if meetings else {}
        return FeedState(
            feed=feed,
            version=self._version(feed, stamps, series),
            changed_at=max((one.touched for one in stamps), default=feed.created_at),
            stamps=stamps,
            series=series,
            since=since,
        )

    def _version(
        self, feed: Feed, stamps: Collection[DateStamp], series: Mapping[MeetingId, Series]
    ) -> str:
        told = [f"{_FORM} {self.domain} {self.tools.policy.limits.topics}"]
        told.append(f"{feed.id} {feed.language} {feed.name}")
        told += sorted(
            f"{one.occurrence} {one.sequence} {one.touched} {one.whole}" for one in stamps
        )
        told += [repr(series[one]) for one in sorted(series)]
        return sha256("\n".join(told).encode()).hexdigest()[:32]

    async def events(self, state: FeedState) -> Sequence[FeedEvent]:
        """Return all events of a feed, in the order of their starts."""
        whole = {one.meeting for one in state.stamps if one.whole} & state.series.keys()
        async with self.tools.works.reading(long=True) as work:
            pairs = await _pairs(work, [one.occurrence for one in state.stamps])
            dates = {of: await _dates(work, state.series[of], pairs) for of in whole}
        meetings = {meeting.id: meeting for meeting, _ in pairs}
        showing = Showing(
            domain=self.domain,
            since=state.since,
            links=state.feed.agent is not None,
            topics=self.tools.policy.limits.topics,
        )
        events = [
            event
            for of in whole & meetings.keys()
            for event in showing.series(meetings[of], state.series[of], dates[of])
        ]
        for meeting, one in pairs:
            if meeting.id not in whole or one.original is None:
                events.append(showing.single(meeting, one, state.series.get(meeting.id)))
        return sorted(events, key=_order)


async def _pairs(
    work: HasMeetings, those: Sequence[OccurrenceId]
) -> Sequence[tuple[Meeting, Occurrence]]:
    """Return dates with their meetings, some at a time: what one question brings is opened here."""
    found: list[tuple[Meeting, Occurrence]] = []
    for start in range(0, len(those), _AT_ONCE):
        found += (await work.meetings.several(those[start : start + _AT_ONCE])).values()
    return found


async def _dates(
    work: HasMeetings, series: Series, pairs: Sequence[tuple[Meeting, Occurrence]]
) -> Sequence[Occurrence]:
    """Return the dates of a series that are kept, and the shown ones from before its start."""
    shown = [one.original for _, one in pairs if one.meeting == series.meeting and one.original]
    return await work.meetings.of_series(series.meeting, since=min([series.start, *shown]))


async def _stamps(work: HasFeeds, feed: Feed, since: datetime) -> Sequence[DateStamp]:
    if feed.agent is not None:
        return await work.feeds.dates_of_agent(feed, since=since, most=MOST)
    return await work.feeds.dates_of_salon(SalonId(feed.whose), since=since, most=MOST)


def _order(one: FeedEvent) -> tuple[datetime, str, bool, datetime]:
    """Order by start; of one UID, the series comes before its exceptions."""
    event = one.event
    return event.start, event.uid, event.recurrence is None, event.original or event.start
