"""Visio rooms for meetings that are handed over: the agenda has each made once.

Until there is one, the former organiser's room is the meeting's.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from bridge.domain.agenda import Due
from bridge.domain.meeting import Handover, Meeting, VisioRoom
from bridge.domain.message import Parameter, Parameters, phrase, span
from bridge.errors import VisioError, VisioUnconfirmed, VisioUnreachable
from bridge.ids import MeetingId
from bridge.services.meetings.handing import hand_over
from bridge.services.meetings.handing_words import Handed, done, outcome, why
from bridge.services.meetings.visio_rooms import MOST_ASKED, RoomMaking
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NextRooms:
    """Asks Visio for rooms in the names of next organisers."""

    making: RoomMaking

    @property
    def tools(self) -> Tools:
        """The tools."""
        return self.making.tools

    async def make(self, due: Due) -> datetime | None:
        """Agenda handler: make the room of a meeting's next organiser, and hand the meeting over.

        If a process is killed between Visio's answer and the commit, the next run asks again, as
        for a first room (docs/decisions/0006-visio-creation.md).
        """
        async with self.tools.works.reading() as work:
            meeting = await work.meetings.get(MeetingId(UUID(due.key)))
        handover = None if meeting is None else meeting.handover
        if meeting is None or handover is None:
            return None
        identity = await self.making.identities.resolve(handover.to)
        if identity is None:
            await self._given_up(meeting, handover, phrase("handing.why-identity"))
            return None
        try:
            room = await self.making.visio.create(identity.email, meeting.level)
        except VisioError as error:
            return await self._not_made(meeting, handover, error)
        await self._made(meeting, handover, room, due)
        return None

    async def _made(self, asked: Meeting, handover: Handover, room: VisioRoom, due: Due) -> None:
        async with self.tools.works() as work:
            meeting = await work.meetings.get(asked.id)
            if meeting is None or meeting.handover != handover:
                log.info("visio.orphaned", meeting=str(asked.id))
                return
            handed = await hand_over(work, meeting, handover, room, self.tools)
            await work.outbox.post(outcome(handed.meeting, handover, done(handed), step="done"))
            await work.agenda.finish(due)

    async def _not_made(
        self, meeting: Meeting, handover: Handover, error: VisioError
    ) -> datetime | None:
        self.making.count(meeting, error)
        if not isinstance(error, VisioUnreachable):
            await self._given_up(meeting, handover, why(error))
            return None
        now, policy = self.tools.now(), self.tools.policy
        asked = meeting.unanswered + bool(error.parameters.get("asked"))
        if asked >= MOST_ASKED:
            await self._given_up(meeting, handover, why(VisioUnconfirmed()))
            return None
        if now - handover.at > policy.keep_trying:
            given_up = phrase("handing.why-away", {"span": span(policy.keep_trying)})
            await self._given_up(meeting, handover, given_up)
            return None
        await self._waits(meeting, handover, asked)
        return now + self.making.pause(now - handover.at, error)

    async def _waits(self, meeting: Meeting, handover: Handover, asked: int) -> None:
        """Tell once that Visio does not answer; the meeting goes on as it was."""
        parameters = Handed(meeting, meeting.organiser, handover).parameters
        async with self.tools.works() as work:
            present = await work.meetings.get(meeting.id)
            if present is None or present.handover != handover:
                return
            await work.meetings.save(replace(present, unanswered=asked))
            told = ("handing.waits", parameters)
            await work.outbox.post(outcome(present, handover, told, step="waits"))

    async def _given_up(self, meeting: Meeting, handover: Handover, reason: Parameter) -> None:
        """End a handover for which there is no room: the former organiser's goes on serving."""
        handed = Handed(meeting, meeting.organiser, handover)
        parameters: Parameters = {**handed.parameters, "why": reason}
        async with self.tools.works() as work:
            present = await work.meetings.get(meeting.id)
            if present is None or present.handover != handover:
                return
            await work.meetings.save(present.organised_by(present.organiser))
            told = ("handing.failed", parameters)
            await work.outbox.post(outcome(present, handover, told, step="failed"))
        log.warning("meeting.not-handed", meeting=str(meeting.id))
