"""Handing a meeting over to another organiser: from the request to their room.

Visio's rooms belong to those in whose names they were made, for good. So the dates to come get
another room, and until Visio has made it nothing changes: no moment is without a link that works.
A date that has opened keeps its room until it ends (docs/decisions/0043-handing-a-meeting-over.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.cause import Cause
from bridge.domain.meeting import (
    Handover,
    Meeting,
    MeetingState,
    Occurrence,
    VisioRoom,
)
from bridge.domain.message import moment
from bridge.domain.quota import HOUR, Pace
from bridge.domain.window import window_of
from bridge.errors import HandoverRefused, LimitReached, MeetingOver
from bridge.ids import UserId
from bridge.ports import UnitOfWork
from bridge.services.cards import refresh_card
from bridge.services.meetings.handing_words import Handed, tell_both
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import titled
from bridge.services.news import tell_of_organiser
from bridge.services.quotas import whole_minute
from bridge.services.timebox import arm_rooms
from bridge.services.tools import Tools

log = structlog.get_logger()


class HandingOutcome(StrEnum):
    """The state of a request right after it."""

    DONE = "done"
    """There is no date to come that needs a room: the meeting has its new organiser."""
    ROOM = "room"
    """Visio is asked for the new organiser's room; the outcome is told then."""
    ASKED_ANEW = "asked-anew"
    """The meeting had no room yet: its first one is asked for in the new organiser's name."""
    STAYS = "stays"
    """A handover that was under way does not take place."""


@dataclass(frozen=True, slots=True)
class Handing:
    """Use cases of organisers and moderators."""

    meetings: Meetings

    @property
    def tools(self) -> Tools:
        """The tools."""
        return self.meetings.tools

    async def ask(
        self, work: UnitOfWork, cause: Cause, about: tuple[Meeting, Occurrence], to: UserId
    ) -> tuple[HandingOutcome, Handed]:
        """Have another agent organise a meeting, with all its dates to come.

        Call it in the command's transaction, for an agent of the meeting's salon in whose name
        Visio can make a room. Raises MeetingOver, HandoverRefused, LimitReached.
        """
        meeting, now = about[0], self.tools.now()
        dates = await work.meetings.planned_of(meeting.id, ending_after=now, held=True)
        if not dates:
            raise MeetingOver(title=titled(*about))
        handover = Handover(
            to=to, by=cause.by, at=now, line=None if cause.reply is None else cause.reply.line
        )
        if to == meeting.organiser:
            return HandingOutcome.STAYS, await self._stays(work, meeting, handover)
        if meeting.handover is not None and meeting.handover.to == to:
            raise HandoverRefused(reason="under-way", title=titled(meeting))
        if meeting.room is None:
            return HandingOutcome.ASKED_ANEW, await self._unmade(work, meeting, handover)
        if not to_come(dates, self.tools, now):
            return HandingOutcome.DONE, await hand_over(work, meeting, handover, None, self.tools)
        await self._pace(work, cause, now)
        await work.meetings.save(replace(meeting, handover=handover, unanswered=0))
        await work.agenda.plan([Due(Kind.HAND, str(meeting.id), now)])
        log.info("meeting.handing", meeting=str(meeting.id))
        return HandingOutcome.ROOM, Handed(meeting, meeting.organiser, handover)

    async def _stays(self, work: UnitOfWork, meeting: Meeting, handover: Handover) -> Handed:
        """End a handover that is under way. Raises HandoverRefused if there is none."""
        if meeting.handover is None and handover.by == handover.to:
            raise HandoverRefused(reason="own", title=titled(meeting))
        if meeting.handover is None:
            raise HandoverRefused(reason="already", title=titled(meeting))
        await work.meetings.save(meeting.organised_by(meeting.organiser))
        await work.agenda.drop(Kind.HAND, [str(meeting.id)])
        return Handed(meeting, meeting.organiser, handover)

    async def _unmade(self, work: UnitOfWork, meeting: Meeting, handover: Handover) -> Handed:
        """Give a meeting without a room another organiser, and have Visio asked in their name."""
        named = meeting.organised_by(handover.to)
        await work.meetings.hand_over(named, ())
        if named.state is MeetingState.ASKED:
            # A request in the former name may be under way: moved, the row is run again after it.
            await work.agenda.plan([Due(Kind.CREATE, str(named.id), self.tools.now())])
        else:
            await self.meetings.retry(work, named)
        handed = Handed(named, meeting.organiser, handover)
        await tell_both(work, handed)
        return handed

    async def _pace(self, work: UnitOfWork, cause: Cause, now: datetime) -> None:
        """Count a room that Visio is to make: as many an hour as of meetings."""
        most = self.tools.policy.limits.rooms
        again = await work.once.take(f"handing:{cause.by}", now, Pace(most, HOUR))
        if again is not None:
            zone = self.tools.policy.zone
            raise LimitReached(reason="handovers", limit=most, at=moment(whole_minute(again), zone))


def to_come(dates: Sequence[Occurrence], tools: Tools, now: datetime) -> list[Occurrence]:
    """Return the dates whose window has not opened: nobody can be in their room yet."""
    return [one for one in dates if window_of(one, tools.policy.graces).opens > now]


async def hand_over(
    work: UnitOfWork, meeting: Meeting, handover: Handover, room: VisioRoom | None, tools: Tools
) -> Handed:
    """Give a meeting its new organiser, and its dates to come their room, if one was made.

    Everything changes in one transaction, and all who must know are told; but for the salon,
    which the caller answers.
    """
    now = tools.now()
    known = await work.meetings.occurrences_of(meeting.id)
    coming = to_come(known, tools, now)
    owned = {one.id: _own_room(one, meeting, handover.to, stays=one not in coming) for one in known}
    changed = [
        replace(one, own_room=owned[one.id]) for one in known if owned[one.id] != one.own_room
    ]
    named = replace(meeting.organised_by(handover.to), room=room or meeting.room)
    await work.meetings.hand_over(named, changed)
    planned = [one for one in known if not one.is_over and one.end > now]
    await arm_rooms(work, [replace(one, own_room=owned[one.id]) for one in planned], now)
    for one in planned:
        if one.card is not None:
            await refresh_card(work, one.id)
    told = await tell_of_organiser(work, named, [one for one in coming if not one.is_over], now)
    handed = Handed(
        named,
        meeting.organiser,
        handover,
        told=told,
        kept=any(one not in coming and owned[one.id] is not None for one in planned),
        coming=room is not None,
        apart=any(one.apart for one in planned if one in coming),
    )
    await tell_both(work, handed)
    log.info("meeting.handed", meeting=str(meeting.id), room=room is not None, told=told)
    return handed


def _own_room(date: Occurrence, meeting: Meeting, to: UserId, *, stays: bool) -> VisioRoom | None:
    """Return the room that a date has for itself once another agent organises its meeting.

    A date apart keeps the former organiser's until it has one in the new name, or, if it `stays`,
    for good. Another date that stays keeps its meeting's.
    """
    room = date.own_room
    if room is None and stays and not date.apart:
        room = meeting.room
    return None if room is None else room.owned_by(room.owner or meeting.organiser, to)
