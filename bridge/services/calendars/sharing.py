"""Sees who has a meeting in their calendar, or is to have it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from yarl import URL

from bridge.domain.agenda import Due, Kind
from bridge.domain.answer import Answer
from bridge.domain.calendar import CalendarAccountState, CalendarObject
from bridge.ids import CalendarObjectId, MeetingId, UserId, uuid7
from bridge.ports import UnitOfWork
from bridge.services.calendars.conflicts import look_for
from bridge.services.calendars.describing import Described, Describing
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class CopyPlanning:
    """The agenda handler that plans the writing of copies."""

    tools: Tools
    describing: Describing

    async def share(self, due: Due) -> datetime | None:
        """Agenda handler: see who has a copy of a meeting, or is to have one; plan its writing."""
        meeting = MeetingId(UUID(due.key))
        async with self.tools.works() as work:
            ours = await self.describing.describe(work, meeting)
            if ours is None:
                return None
            copies = await work.calendars.copies_of(meeting)
            people = await self._people(work, ours)
            fresh = await self._missing(work, ours, copies, people)
            back = await self._coming_back(work, ours, copies, people)
            await work.calendars.save_objects(*fresh, *back)
            now = self.tools.now()
            if not ours.event.cancelled:
                await look_for(work, ours, copies, now)
            there = [one for one in copies if one.gone_at is None]
            await work.agenda.plan(
                [Due(Kind.COPY, str(one.id), now) for one in (*there, *back, *fresh)]
            )
        return None

    async def _missing(
        self,
        work: UnitOfWork,
        ours: Described,
        copies: Sequence[CalendarObject],
        people: set[UserId],
    ) -> list[CalendarObject]:
        """Return copies for those who come and have none: a path in their calendar, still empty."""
        if ours.meeting.room is None or not self._takes_place(ours):
            return []
        mailed = await work.mailed.of_meeting(ours.meeting.id)
        if mailed is not None:  # their own calendars have it: they invited us, or were invited
            people = people - {ours.meeting.organiser, *mailed.named}
        accounts = await work.calendars.accounts_of(people)
        known = {one.calendar for one in copies}
        fresh = []
        for account in accounts:
            calendars = await work.calendars.calendars_of(account.id)
            into = next((one for one in calendars if one.ours), None)
            ready = account.state is CalendarAccountState.READY
            if into is None or not ready or known & {one.id for one in calendars}:
                continue
            now = self.tools.now()
            # All copies have the UID of the organiser's: a server that delivers one itself, too.
            uid = next((one.uid for one in copies if one.uid), ours.event.uid)
            uid = uid if mailed is None else mailed.uid
            fresh.append(
                CalendarObject(
                    id=CalendarObjectId(uuid7(now)),
                    calendar=into.id,
                    href=_href(into.url, uid),
                    uid=uid,
                    meeting=ours.meeting.id,
                )
            )
        return fresh

    async def _people(self, work: UnitOfWork, ours: Described) -> set[UserId]:
        """Return the organiser, the agents who are expected, and those who said that they come."""
        people, away = {ours.meeting.organiser}, set[UserId]()
        now = self.tools.now()
        for one in ours.dates:
            if one.end < now:
                continue
            people |= {known.user for known in one.colleagues if known.user is not None}
            for said in await work.answers.of_occurrence(one.id):
                if isinstance(said.who, str):
                    (away if said.answer is Answer.NO else people).add(UserId(said.who))
        return people - (away - {ours.meeting.organiser})

    def _takes_place(self, ours: Described) -> bool:
        """Tell whether a date is to come: a calendar needs no event of what is over."""
        now = self.tools.now()
        return any(not one.void and one.end > now for one in ours.dates)

    async def _coming_back(
        self,
        work: UnitOfWork,
        ours: Described,
        copies: Sequence[CalendarObject],
        people: set[UserId],
    ) -> list[CalendarObject]:
        """Return deleted copies that are wanted again: a meeting or an answer was restored."""
        gone = [one for one in copies if one.gone_at is not None]
        if not gone or not self._takes_place(ours):
            return []
        accounts = await work.calendars.accounts_of(people)
        wanted = {
            calendar.id
            for account in accounts
            for calendar in await work.calendars.calendars_of(account.id)
        }
        return [
            replace(one, gone_at=None, base={}, etag="") for one in gone if one.calendar in wanted
        ]


def _href(url: str, uid: str) -> str:
    """Return the path of a new event: by its UID, as servers that look for it there want it."""
    return f"{URL(url).path.rstrip('/')}/{uid}.ics"
