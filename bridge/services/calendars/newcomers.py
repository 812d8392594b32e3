"""Events that no meeting has yet: those that ask for one, and other copies of ours."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from yarl import URL

from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act, may, role_of
from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarObject
from bridge.domain.calendar_change import CalendarChange
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.cause import Actor, Cause
from bridge.domain.event import instant
from bridge.domain.meeting import Meeting
from bridge.domain.message import Notice, ToPerson, in_salon, phrase
from bridge.domain.rules import until_of
from bridge.ids import SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.calendars.naming import name_of
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.services.permissions import demand_here
from bridge.services.series.planning import Planned, Planning

_RETIRED = "retired"
"""The base of an event that is a copy no more: another one goes on in its place."""
_YEAR = timedelta(days=365)
_WEEK = timedelta(days=7)

Newcomer: TypeAlias = tuple[CalendarAccount, AgentCalendar, CalendarObject]
"""An account, a calendar of it, and an event of that."""


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Use cases on events that we see for the first time."""

    planning: Planning

    @property
    def _now(self) -> datetime:
        return self.planning.meetings.tools.now()

    async def adopt(
        self,
        work: UnitOfWork,
        cause: Cause,
        place: Newcomer,
        change: CalendarChange,
        organiser: Actor | None = None,
    ) -> CalendarObject | None:
        """Return the event as a copy of a meeting that is to follow it; `None`: nothing is to.

        That is a meeting of ours whose event was cut in two, or moved to another calendar. One that
        was duplicated, or asks for a meeting (`#visio`, a salon's calendar), gets a new meeting.
        `organiser`: the agent of a salon's event, if it is not the calendar's owner. Raises
        Refused.
        """
        account, _, known = place
        event = change.event
        if event is None or _RETIRED in known.base:
            return None
        meeting = await self._known(work, event)
        if meeting is None:
            await self._asked(work, cause, place, event, organiser)
            return None
        copies = [one for one in await work.calendars.copies_of(meeting.id) if one.id != known.id]
        theirs = await self._in_account(work, copies, account)
        if not theirs and meeting.organiser != account.owner and not _names(event, account):
            return None  # somebody imported a file: it is no copy that we look after
        live = [one for one in theirs if not one.gone_at and one.uid != event.uid]
        if live and change.after is None:
            await self._planned(work, cause, place, event, meeting.salon)
            return None
        await work.calendars.save_objects(
            *(replace(one, meeting=None, base={_RETIRED: ""}, uid="") for one in theirs)
        )
        return replace(known, meeting=meeting.id, uid=event.uid, base={})

    async def _known(self, work: UnitOfWork, event: CalendarEvent) -> Meeting | None:
        """Return the meeting whose copy an event is: it says so, or has the UID of one.

        Or it is an event to which its organiser invited us by mail, too.
        """
        if event.meeting is not None:
            found = await work.meetings.get(event.meeting)
            if found is not None:
                return found
        copies = await work.calendars.copy_by_uid(event.uid)
        meeting = next((one.meeting for one in copies if one.meeting is not None), None)
        meeting = meeting or await work.mailed.meeting_by_uid(event.uid)
        return None if meeting is None else await work.meetings.get(meeting)

    async def _in_account(
        self, work: UnitOfWork, copies: list[CalendarObject], account: CalendarAccount
    ) -> list[CalendarObject]:
        own = {one.id for one in await work.calendars.calendars_of(account.id)}
        return [one for one in copies if one.calendar in own]

    async def _asked(
        self,
        work: UnitOfWork,
        cause: Cause,
        place: Newcomer,
        event: CalendarEvent,
        organiser: Actor | None,
    ) -> None:
        """Plan the meeting that an event asks for, if it may have one."""
        account, calendar, _ = place
        salon = calendar.salon
        if salon is not None and not self._gives(cause, salon):
            if not event.tagged:
                await self._rests(work, account, calendar)
                return
            salon = None
        if not event.tagged and salon is None:
            return
        mine = not event.organizer or event.organizer in account.addresses
        if salon is None and not mine:
            return  # it is its organizer's to ask for a room
        told = "calendar.all-day" if salon is None else "salon-calendar.all-day"
        if await self.unfit(work, cause, event, all_day=told):
            return
        if salon is not None and organiser is not None and not event.hidden:
            cause = replace(cause, actor=organiser)
        await self._planned(work, cause, place, event, salon)

    async def unfit(
        self,
        work: UnitOfWork,
        cause: Cause,
        event: CalendarEvent,
        *,
        all_day: str = "calendar.all-day",
    ) -> bool:
        """Tell whether an event that asks for a meeting may have none; its owner is told why.

        `all_day` is the sentence for one that lasts whole days.
        """
        if event.cancelled or self._over(event):
            return True
        if event.all_day:
            await self._tell_once(work, cause, all_day)
        elif event.link:
            await self._has_one(work, cause, event)
        return event.all_day or bool(event.link)

    def _gives(self, cause: Cause, salon: SalonId) -> bool:
        """Tell whether the owner of a salon's calendar may still have it make meetings there."""
        asker = cause.actor.person(salon)
        level = self.planning.meetings.tools.policy.moderator_level
        return may(Act.SALON_CALENDAR, role_of(asker, organiser=None, moderator_level=level))

    async def _rests(
        self, work: UnitOfWork, account: CalendarAccount, calendar: AgentCalendar
    ) -> None:
        """Tell the owner, now and then, that events of a calendar make no meeting at present."""
        name, now = f"salon-calendar-rests:{calendar.id}", self._now
        if calendar.salon is None or not await work.once.claim(name, now, unless_after=now - _WEEK):
            return
        await work.outbox.post(
            Notice(
                idempotency_key=f"{name}:{now.isoformat()}",
                to=ToPerson(user=account.owner, account=account.account),
                template="salon-calendar.rests",
                parameters={
                    "told": in_salon(
                        phrase("salon-calendar.resting", {"name": name_of(calendar)}),
                        calendar.salon,
                    )
                },
                mentions=(account.owner,),
            )
        )

    def _over(self, event: CalendarEvent) -> bool:
        if event.recurrence is not None:
            until = until_of(event.recurrence.rule)
            return until is not None and instant(until, event.zone) < self._now
        return instant(event.start, event.zone) + event.length <= self._now

    async def _planned(
        self,
        work: UnitOfWork,
        cause: Cause,
        place: Newcomer,
        event: CalendarEvent,
        salon: SalonId | None,
    ) -> None:
        """Plan a meeting in the owner's name; what is hidden never shows in a salon."""
        known = place[2]
        into = None if event.hidden else salon
        asked = replace(cause, into=into)
        if into is not None:
            policy = self.planning.meetings.tools.policy
            demand_here(Act.MEET, cause.actor, into, policy)
        made = await self.plan(work, asked, event)
        if made is None:
            return
        copy = replace(known, meeting=made.meeting.id, uid=event.uid, base=event.fields())
        await work.calendars.save_objects(copy)
        await work.agenda.plan([Due(Kind.SHARE, str(made.meeting.id), self._now)])

    async def plan(self, work: UnitOfWork, cause: Cause, event: CalendarEvent) -> Planned | None:
        """Plan the meeting of an event; `None` if the same cause has planned it already.

        Raises what `Planning.plan` raises.
        """
        start = instant(event.start, event.zone)
        wanted = MeetingRequest(
            title=event.title,
            start=start,
            end=start + event.length,
            zone=event.zone,
            recurrence=event.recurrence,
        )
        return await self.planning.plan(work, cause, wanted)

    async def _has_one(self, work: UnitOfWork, cause: Cause, event: CalendarEvent) -> None:
        """Tell the owner that an event has a meeting already, there or elsewhere."""
        user = cause.actor.user
        if user is None or event.hidden:
            return
        await work.outbox.post(
            Notice(
                idempotency_key=f"answer:{cause.event}:linked",
                to=ToPerson(user=user),
                template="calendar.elsewhere",
                parameters={
                    "title": event.title or phrase("meeting.untitled"),
                    "host": URL(event.link).host or "",
                },
            )
        )

    async def _tell_once(self, work: UnitOfWork, cause: Cause, template: str) -> None:
        user = cause.actor.user
        if user is None or not await self._first(work, template, user):
            return
        await work.outbox.post(
            Notice(
                idempotency_key=f"{template}:{user}",
                to=ToPerson(user=user),
                template=template,
                mentions=(user,),
            )
        )

    async def _first(self, work: UnitOfWork, template: str, user: UserId) -> bool:
        return await work.once.claim(
            f"{template}:{user}", self._now, unless_after=self._now - _YEAR
        )


def _names(event: CalendarEvent, account: CalendarAccount) -> bool:
    """Tell whether an event names the owner of an account among its people."""
    return any(one.address in account.addresses for one in event.attendees)
