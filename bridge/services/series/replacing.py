"""Replaces the rule of a meeting by another one, as a calendar says it: whole, in one step."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.series import Series
from bridge.domain.wall import DAY, moment_of, wall_of
from bridge.errors import MeetingBegun, MeetingOver, RecurrenceRefused
from bridge.ids import OccurrenceId
from bridge.ports import UnitOfWork
from bridge.services.cards import arm_cards
from bridge.services.naming import titled
from bridge.services.series.changes import Changes, DateChanged, SeriesChanged


@dataclass(frozen=True, slots=True)
class Replacing:
    """Use cases on rules that were written elsewhere."""

    changes: Changes

    @property
    def _now(self) -> datetime:
        return self.changes.meetings.tools.now()

    async def replace(
        self, work: UnitOfWork, meeting: Meeting, wanted: Series, *, since: datetime | None = None
    ) -> SeriesChanged:
        """Have a meeting take place as `wanted` says from now on; past dates stay as they are.

        Dates that both have keep their ids, their guests and their own times. If they have none in
        common, the next dates move one by one to those of `wanted`. Others are cancelled. A meeting
        that took place once becomes a series. Dates before `since`, a naive time, stay too: the
        series went on otherwise until then. Raises RecurrenceRefused, also if no date is left,
        MeetingOver, MeetingBegun.
        """
        now = self._now
        before = await work.series.get(meeting.id)
        planned = await work.meetings.planned_of(meeting.id, ending_after=now, held=True)
        coming = sorted(
            (one for one in planned if one.start > now), key=lambda one: (one.start, one.id)
        )
        if since is not None:
            coming = [one for one in coming if (one.original or one.wall_start) >= since]
        elif not coming:
            raise MeetingBegun if planned else MeetingOver(title=titled(meeting))
        if before is not None:
            wanted = replace(wanted, title=before.title)
        ahead = await self.changes.carrying.ahead(wanted, now)
        if not ahead.starts:
            raise RecurrenceRefused(why="empty")
        there = await self._there(ahead.series, ahead.starts, coming, now)
        places = _places(coming, there)
        dates = [
            DateChanged(one, self._after(wanted, one, places.get(one.id), now)) for one in coming
        ]
        dates += await self._again(work, wanted, set(there) - set(places.values()))
        changed = [one for one in dates if one.before != one.after]
        saved = await self.changes.saved(work, changed, now)
        added = await self.changes.carrying.keep(work, meeting, ahead, now)
        await arm_cards(work, meeting.id, now, [one.after for one in saved])
        return SeriesChanged(
            before=meeting,
            meeting=meeting,
            dates=saved,
            added=tuple(added),
            series_before=before,
            series=ahead.series,
        )

    async def _there(
        self, series: Series, next_: Sequence[datetime], coming: Sequence[Occurrence], now: datetime
    ) -> Sequence[datetime]:
        """Return the starts of a series, as far as dates are kept: naive, ascending."""
        since = wall_of(now, self.changes.carrying.zones(series.zone))
        last = max([since, *(_place(one) for one in coming)])
        far = await self.changes.carrying.expansion.starts(series, since=since, before=last + DAY)
        return sorted({*next_, *far})

    async def _again(
        self, work: UnitOfWork, wanted: Series, free: Collection[datetime]
    ) -> list[DateChanged]:
        """Return dates that were cancelled, and take place after all."""
        now = self._now
        if not free:
            return []
        known = await work.meetings.of_series(wanted.meeting, since=min(free))
        return [
            DateChanged(one, self._after(wanted, one.reopened, one.original, now))
            for one in known
            if one.void and one.original in free and one.due_end > now
        ]

    def _after(
        self, series: Series, one: Occurrence, place: datetime | None, now: datetime
    ) -> Occurrence:
        if place is None:
            return one.cancelled(now)
        alone = one.original is not None and one.wall_start != one.original
        if alone and one.original == place:
            return one
        start = moment_of(place, self.changes.carrying.zones(series.zone))
        if place == one.original and (one.start, one.end) == (start, start + series.length):
            return one
        moved = one.moved(start, start + series.length)
        return replace(moved, wall=place, original=place, zone=series.zone)

    async def once(
        self, work: UnitOfWork, meeting: Meeting, start: datetime, length: timedelta
    ) -> SeriesChanged:
        """Have a series take place once more, at a naive time in its zone, and never again.

        Raises MeetingOver, and RecurrenceRefused for a time that is past.
        """
        series = await work.series.get(meeting.id)
        if series is None:
            raise MeetingOver(title=titled(meeting))
        rule = replace(series.recurrence, rule="FREQ=DAILY;COUNT=1", without=(), besides=())
        alone = replace(series, start=start, length=length, recurrence=rule, closed=())
        return await self.replace(work, meeting, alone)


def _place(one: Occurrence) -> datetime:
    return one.original or one.wall_start


def _places(
    coming: Sequence[Occurrence], there: Sequence[datetime]
) -> dict[OccurrenceId, datetime]:
    """Return the new start of each date; some have none."""
    common = {one.id: _place(one) for one in coming if _place(one) in there}
    if common:
        return common
    return dict(zip((one.id for one in coming), there, strict=False))
