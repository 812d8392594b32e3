"""Meetings follow what their people change in their calendars.

A calendar acts for its owner: it may do what a line of theirs may, and nothing else. What it may
not is put back in the calendar, and its owner is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act
from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarObject
from bridge.domain.calendar_change import CalendarChange
from bridge.domain.calendar_event import CalendarEvent, EventField, date_field
from bridge.domain.cause import Actor, Cause
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.merging import Merge, merged_fields
from bridge.domain.series import Reach, Recurrence, Series
from bridge.errors import RecurrenceRefused
from bridge.ids import MeetingId
from bridge.ports import UnitOfWork
from bridge.services.calendars.describing import Described, Describing
from bridge.services.calendars.newcomers import Newcomers
from bridge.services.calendars.people import People
from bridge.services.calendars.telling import TellingOfCalendars
from bridge.services.meetings.lifecycle import is_over
from bridge.services.permissions import demand
from bridge.services.series.changes import Changes, SeriesChanged
from bridge.services.series.replacing import Replacing

_SHAPE = frozenset({EventField.TIME, EventField.RULE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A copy of a meeting in somebody's calendar, as all sides have it."""

    account: CalendarAccount
    calendar: AgentCalendar
    object: CalendarObject
    theirs: CalendarEvent


@dataclass(frozen=True, slots=True)
class Following:
    """Use cases on what calendars say."""

    changes: Changes
    telling: TellingOfCalendars
    describing: Describing
    newcomers: Newcomers
    people: People

    @property
    def _now(self) -> datetime:
        return self.changes.meetings.tools.now()

    async def follow(
        self,
        work: UnitOfWork,
        cause: Cause,
        change: CalendarChange,
        *,
        organiser: Actor | None = None,
    ) -> None:
        """Have the meeting follow what its owner's calendar says of it, as they may.

        `organiser`: the agent of a salon in whose name a new event there is. Raises Refused; then
        call `put_back`, in another transaction.
        """
        found = await self._copy(work, change)
        if found is None:
            return
        if change.event is None:
            await self._gone(work, cause, found)
            return
        await work.calendars.save_objects(found.object)
        if found.object.meeting is None:
            place = found.account, found.calendar, found.object
            adopted = await self.newcomers.adopt(work, cause, place, change, organiser)
            if adopted is None:
                planner = cause if organiser is None else replace(cause, actor=organiser)
                await self._dates_of_new(work, planner, found)
                return
            found = replace(found, object=adopted)
        await self._merge(work, cause, found, after=change.after)

    async def _dates_of_new(self, work: UnitOfWork, cause: Cause, found: _Copy) -> None:
        """Have the meeting that was just planned for an event, if one was, take its dates apart."""
        known = await work.calendars.object(found.object.id)
        if known is not None and known.meeting is not None:
            await self.take_dates(work, cause, known.meeting, found.theirs)

    async def take_dates(
        self, work: UnitOfWork, cause: Cause, meeting: MeetingId, theirs: CalendarEvent
    ) -> None:
        """Move, rename or cancel the dates of a new meeting that differ from the rule already.

        Raises Refused.
        """
        if theirs.recurrence is None or not theirs.dates:
            return
        ours = await self.describing.describe(work, meeting)
        if ours is None:
            return
        merge = merged_fields({}, theirs.fields(), ours.event.fields())
        held = {date_field(one.original) for one in theirs.dates}
        await self.take(work, cause, theirs, (ours, None), Merge(taken=merge.taken & held))

    async def put_back(self, work: UnitOfWork, change: CalendarChange) -> None:
        """Have the calendar say again what the meeting is: its change was refused."""
        found = await self._copy(work, change)
        if found is None or found.object.meeting is None:
            return
        known = replace(found.object, base={}, etag="", gone_at=None)  # written anew
        if change.event is not None:
            known = replace(found.object, base=change.event.fields())
        await work.calendars.save_objects(known)
        await self._write(work, known)

    async def _copy(self, work: UnitOfWork, change: CalendarChange) -> _Copy | None:
        known = await work.calendars.object(change.object)
        calendar = None if known is None else await work.calendars.calendar(known.calendar)
        account = None if calendar is None else await work.calendars.account(calendar.account)
        if known is None or calendar is None or account is None:
            return None
        if change.event is not None:
            known = replace(known, etag=change.etag)
        theirs = change.event or CalendarEvent(
            uid=known.uid,
            start=datetime.min,  # noqa: DTZ901 - of a deleted event nothing is read
            length=timedelta(),
            zone="UTC",
        )
        return _Copy(account=account, calendar=calendar, object=known, theirs=theirs)

    async def _write(self, work: UnitOfWork, copy: CalendarObject) -> None:
        await work.agenda.plan([Due(Kind.COPY, str(copy.id), self._now)])

    async def _merge(
        self, work: UnitOfWork, cause: Cause, copy: _Copy, *, after: datetime | None
    ) -> None:
        """Take what the calendar changed; write what only we changed."""
        assert copy.object.meeting is not None
        ours = await self.describing.describe(work, copy.object.meeting)
        if ours is None:
            await work.calendars.save_objects(replace(copy.object, meeting=None, base={}))
            return
        theirs = copy.theirs.fields()
        merge = merged_fields(copy.object.base, theirs, ours.event.fields())
        if copy.theirs.orphan:
            # Somebody has some dates of the series alone: of the others this says nothing.
            held = {date_field(one.original) for one in copy.theirs.dates}
            merge = Merge(taken=merge.taken & held)
        if any(not is_over(one, self._now) for one in ours.dates):
            done = await self.take(work, cause, copy.theirs, (ours, after), merge)
            await self._people(work, cause, copy, ours, merge)
            await self.telling.tell(work, cause, done)
            ours = await self.describing.describe(work, copy.object.meeting) or ours
        await work.calendars.save_objects(
            replace(copy.object, base=theirs, uid=copy.theirs.uid, gone_at=None)
        )
        differs = merged_fields(theirs, theirs, ours.event.fields()).given
        if differs and not copy.theirs.orphan:
            await self._write(work, copy.object)

    async def take(
        self,
        work: UnitOfWork,
        cause: Cause,
        theirs: CalendarEvent,
        part: tuple[Described, datetime | None],
        merge: Merge,
    ) -> list[SeriesChanged]:
        """Do what an event changed, of a part that begins at a naive time or of all.

        Its people are not looked at. Raises Refused.
        """
        ours, _ = part
        taken, meeting = merge.taken, ours.meeting
        policy, done = self.changes.meetings.tools.policy, list[SeriesChanged]()
        if _cancels(theirs, merge):
            demand(Act.END, cause, meeting, policy)
            return [await self._cancelled(work, ours)]
        dated = {one for one in taken if one.startswith("date:")}
        named = EventField.TITLE in taken and bool(theirs.title) and not theirs.hidden
        if taken & _SHAPE or dated or named:
            demand(Act.CHANGE, cause, meeting, policy)
        if taken & _SHAPE or dated:
            done += await self._reshaped(work, part, theirs, taken)
        if named:
            about = await self._next(work, ours)
            if about is not None:
                done.append(await self.changes.rename(work, about, theirs.title, reach=Reach.ALL))
        return done

    async def _people(
        self, work: UnitOfWork, cause: Cause, copy: _Copy, ours: Described, merge: Merge
    ) -> None:
        """Take who was added in the calendar, and what its people answered."""
        taken, theirs = merge.taken, copy.theirs
        if _cancels(theirs, merge):
            return
        if EventField.PEOPLE in taken and not theirs.hidden:
            await self.people.added(work, cause, copy.account, ours, theirs)
        if EventField.ANSWERS in taken:
            await self.people.answered(work, copy.account, ours, theirs)

    async def _next(self, work: UnitOfWork, ours: Described) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting with its next date, as they are by now."""
        for one in ours.dates:
            both = await work.meetings.both(one.id)
            if both is not None and not is_over(both[1], self._now):
                return both
        return None

    async def _cancelled(self, work: UnitOfWork, ours: Described) -> SeriesChanged:
        occurrence = next(one for one in ours.dates if not is_over(one, self._now))
        return await self.changes.cancel(work, (ours.meeting, occurrence), reach=Reach.ALL)

    async def _reshaped(
        self,
        work: UnitOfWork,
        part: tuple[Described, datetime | None],
        theirs: CalendarEvent,
        taken: frozenset[str],
    ) -> list[SeriesChanged]:
        """Move the meeting, or dates of it, to the times that the calendar says."""
        ours, since = part
        if theirs.unfollowed:
            raise RecurrenceRefused(why=theirs.unfollowed)
        if theirs.orphan:
            return await self._dates(work, ours, theirs, taken)
        if ours.series is None and theirs.recurrence is None:
            occurrence = next(one for one in ours.dates if not is_over(one, self._now))
            about = ours.meeting, replace(occurrence, zone=theirs.zone)
            return [await self.changes.move(work, about, theirs.start, length=theirs.length)]
        replacing, done = Replacing(self.changes), list[SeriesChanged]()
        if theirs.recurrence is None:
            return [await replacing.once(work, ours.meeting, theirs.start, theirs.length)]
        wanted = _wanted(ours, theirs, theirs.recurrence, taken)
        if ours.series is None or _differs(ours.series, wanted):
            done.append(await replacing.replace(work, ours.meeting, wanted, since=since))
            ours = await self.describing.describe(work, ours.meeting.id) or ours
        return [*done, *await self._dates(work, ours, theirs, taken)]

    async def _dates(
        self, work: UnitOfWork, ours: Described, theirs: CalendarEvent, taken: frozenset[str]
    ) -> list[SeriesChanged]:
        """Move and rename the single dates that the calendar changed."""
        done = list[SeriesChanged]()
        said = {one.original: one for one in theirs.dates if not one.cancelled}
        for one in ours.dates:
            original = one.original
            if original is None or date_field(original) not in taken or is_over(one, self._now):
                continue
            wanted, about = said.get(original), (ours.meeting, one)
            start = original if wanted is None else wanted.start
            length = theirs.length if wanted is None else wanted.length
            if (one.wall_start, one.end - one.start) != (start, length):
                done.append(await self.changes.move(work, about, start, length=length))
                about = ours.meeting, done[-1].dates[0].after
            title = "" if wanted is None or theirs.hidden else wanted.title
            if title and title != about[1].titled(ours.meeting):
                done.append(await self.changes.rename(work, about, title))
        return done

    async def _gone(self, work: UnitOfWork, cause: Cause, copy: _Copy) -> None:
        """Cancel a meeting that its organiser deleted; of another agent's copy, say they are out.

        It is cancelled too if the event was deleted that it began with, in a salon's calendar.
        The copy stays known, so that it is not written again.
        """
        meeting = copy.object.meeting
        ours = None if meeting is None else await self.describing.describe(work, meeting)
        if ours is None:
            await work.calendars.drop_objects([copy.object.id])
            return
        await work.calendars.save_objects(replace(copy.object, etag="", base={}, gone_at=self._now))
        if all(is_over(one, self._now) for one in ours.dates):
            return
        if _began_with(copy, ours) or ours.meeting.organiser == copy.account.owner:
            demand(Act.END, cause, ours.meeting, self.changes.meetings.tools.policy)
            await self.telling.tell(work, cause, [await self._cancelled(work, ours)])
        else:
            await self.people.stay_away(work, copy.account.owner, ours)


def _began_with(copy: _Copy, ours: Described) -> bool:
    """Tell whether a meeting of a salon was made from this very event of its calendar."""
    here = copy.calendar.salon is not None and copy.calendar.salon == ours.meeting.salon
    return here and ours.meeting.source.startswith(f"calendar:{copy.object.id}:")


def _cancels(theirs: CalendarEvent, merge: Merge) -> bool:
    return EventField.STATUS in merge.taken and theirs.cancelled


def _wanted(
    ours: Described, theirs: CalendarEvent, rule: Recurrence, taken: frozenset[str]
) -> Series:
    """Return the series with what the calendar changed, and all else as we have it."""
    series = ours.series
    if series is None:
        return Series(
            meeting=ours.meeting.id,
            start=theirs.start,
            length=theirs.length,
            zone=theirs.zone,
            recurrence=Recurrence(rule=rule.rule, without=rule.without, besides=rule.besides),
        )
    known = series.recurrence
    if taken & _SHAPE:
        closed = tuple(one for one in series.closed if one in rule.without)
        without = tuple(one for one in rule.without if one not in closed)
        recurrence = replace(known, rule=rule.rule, without=without, besides=rule.besides)
        return replace(
            series,
            start=theirs.start,
            length=theirs.length,
            zone=theirs.zone,
            recurrence=recurrence,
            closed=closed,
        )
    cancelled = {one.original for one in theirs.dates if one.cancelled}
    out = {*rule.without, *cancelled}
    without = _merged(known.without, out - set(series.closed), taken)
    closed = tuple(one for one in series.closed if one in out or date_field(one) not in taken)
    besides = _merged(known.besides, set(rule.besides), taken)
    recurrence = replace(known, without=without, besides=besides)
    return replace(series, recurrence=recurrence, closed=closed)


def _merged(
    ours: Sequence[datetime], theirs: set[datetime], taken: frozenset[str]
) -> tuple[datetime, ...]:
    """Return our dates, but those that the calendar changed as it has them."""
    kept = {one for one in ours if one in theirs or date_field(one) not in taken}
    return tuple(sorted(kept | {one for one in theirs if date_field(one) in taken}))


def _differs(series: Series, wanted: Series) -> bool:
    mine, other = series.recurrence, wanted.recurrence
    return (series.core, mine.without, mine.besides, series.closed) != (
        wanted.core,
        other.without,
        other.besides,
        wanted.closed,
    )
