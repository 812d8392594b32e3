"""Tells organisers that a meeting collides with something else in their own calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.busy import BusySpan
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
    CalendarObject,
)
from bridge.domain.calendar_event import EventField, date_field
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice, Parameters, ToPerson, hours, phrase
from bridge.errors import CalendarBusy, ParvisError
from bridge.ids import OccurrenceId, UserId
from bridge.ports import UnitOfWork
from bridge.ports.work import HasCalendars
from bridge.services.calendars.busy import LONGEST, BusyTimes, OwnCopy
from bridge.services.calendars.describing import Described
from bridge.services.calendars.turns import HostTurns
from bridge.services.naming import titled, when
from bridge.services.tools import Tools

log = structlog.get_logger()

_MOST = 5
"""Dates of a series that are told at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """A meeting's dates, and the calendars in which they are looked for."""

    meeting: Meeting
    dates: Sequence[Occurrence]
    account: CalendarAccount
    calendars: Sequence[AgentCalendar]
    own: OwnCopy


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The agenda handler that looks once, after a meeting was planned or moved."""

    tools: Tools
    busy: BusyTimes
    turns: HostTurns = field(default_factory=HostTurns)

    async def look(self, due: Due) -> datetime | None:
        """Agenda handler: tell the organiser of the dates that collide.

        A failure says nothing. Return when to try again if the host is left alone until then.
        """
        looked = await self._read(due.key)
        if looked is None:
            return None
        since = looked.dates[0].start
        before = max(one.end for one in looked.dates)
        try:
            async with self.turns.at(looked.account.home):
                spans = await self.busy.between(
                    looked.account, looked.calendars, since, before, without=looked.own
                )
        except CalendarBusy as busy:
            return self.tools.now() + busy.pause
        except ParvisError as error:
            log.info("calendar.conflict-unseen", code=error.code)
            return None
        met = [(one, _met(one, spans)) for one in looked.dates]
        both = [(one, span) for one, span in met if span is not None]
        if both:
            await self._tell(looked, both[:_MOST])
        return None

    async def _read(self, key: str) -> _Looked | None:
        first, count, user = key.split(":", 2)
        async with self.tools.works.reading() as work:
            date = await work.meetings.occurrence(OccurrenceId(UUID(first)))
            meeting = None if date is None else await work.meetings.get(date.meeting)
            account = await work.calendars.account_of(UserId(user))
            if date is None or meeting is None or not _ready(account):
                return None
            assert account is not None
            known = await work.meetings.planned_of(meeting.id, ending_after=self.tools.now())
            dates = [one for one in known if date.start <= one.start <= date.start + LONGEST]
            copies = await work.calendars.copies_of(meeting.id)
            calendars = await work.calendars.calendars_of(account.id)
        if meeting.organiser != user or not dates:
            return None
        uids = frozenset(one.uid for one in copies if one.uid)
        return _Looked(
            meeting=meeting,
            dates=sorted(dates, key=lambda one: one.start)[: int(count)],
            account=account,
            calendars=calendars,
            own=OwnCopy(meeting=meeting.id, uids=uids),
        )

    async def _tell(self, looked: _Looked, both: Sequence[tuple[Occurrence, BusySpan]]) -> None:
        account, (first, span) = looked.account, both[0]
        title = titled(looked.meeting, first)
        template, parameters = "calendar.conflict", {"title": title, **_times(first, span)}
        if len(both) > 1:
            rows = [phrase("calendar.conflict.row", _times(*one)) for one in both]
            template, parameters = "calendar.conflicts", {"title": title, "rows": rows}
        async with self.tools.works() as work:
            await work.outbox.post(
                Notice(
                    idempotency_key=f"conflict:{first.id}:{first.start.isoformat()}:{len(both)}",
                    to=ToPerson(user=account.owner, account=looked.meeting.account),
                    template=template,
                    parameters=parameters,
                    mentions=(account.owner,),
                )
            )


async def look_for(
    work: UnitOfWork, ours: Described, copies: Sequence[CalendarObject], now: datetime
) -> None:
    """Plan a look at the dates that our side planned or moved since the calendar was told.

    `copies` are as they were before. Of a meeting that is older than the link to the calendar
    nothing is told: nobody planned it now.
    """
    account = await work.calendars.account_of(ours.meeting.organiser)
    if account is None or not _ready(account):
        return
    dates = await _moved(work, account, ours, copies)
    coming = sorted((one for one in dates if one.start > now), key=lambda one: one.start)
    if coming:
        key = f"{coming[0].id}:{len(coming)}:{account.owner}"
        await work.agenda.plan([Due(Kind.CONFLICT, key, now)])


async def _moved(
    work: HasCalendars,
    account: CalendarAccount,
    ours: Described,
    copies: Sequence[CalendarObject],
) -> Sequence[Occurrence]:
    """Return the planned dates whose time the organiser's calendar does not know yet."""
    planned = [one for one in ours.dates if not one.void]
    there = {one.id for one in await work.calendars.calendars_of(account.id)}
    known = next((one for one in copies if one.calendar in there), None)
    if known is None:
        fresh = account.linked_at <= ours.meeting.created_at and ours.meeting.room is not None
        return planned if fresh else ()
    if not known.base:  # looked at already; it is still to be written
        return ()
    changed = _changed(known.base, ours.event.fields())
    if changed & {EventField.TIME, EventField.RULE}:
        return planned
    return [
        one for one in planned if one.original is not None and date_field(one.original) in changed
    ]


def _changed(base: Mapping[str, str], wanted: Mapping[str, str]) -> set[str]:
    return {name for name, digest in wanted.items() if base.get(name) != digest}


def _ready(account: CalendarAccount | None) -> bool:
    return account is not None and account.state is CalendarAccountState.READY


def _met(date: Occurrence, spans: Sequence[BusySpan]) -> BusySpan | None:
    """Return the first span that collides with a date; a longer one than a day, cut to it."""
    found = next((one for one in spans if one.meets(date.start, date.end)), None)
    if found is None or _same_day(found, date):
        return found
    return BusySpan(max(found.start, date.start), min(found.end, date.end))


def _same_day(span: BusySpan, date: Occurrence) -> bool:
    zone = ZoneInfo(date.zone)
    last = span.end - timedelta(seconds=1)
    return span.start.astimezone(zone).date() == last.astimezone(zone).date()


def _times(date: Occurrence, span: BusySpan) -> Parameters:
    """Return when a date is, and from when to when something else takes the time."""
    return {
        "when": when(date),
        "start": hours(span.start, span.start, date.zone),
        "end": hours(span.end, span.end, date.zone),
    }
