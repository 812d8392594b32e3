"""Visio rooms for meetings: the agenda has each made once.

We tell the author of a request of Visio's failures, and retry those that may pass.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind, pace
from bridge.domain.meeting import Meeting, MeetingState, Occurrence, VisioRoom
from bridge.domain.message import Notice, Parameters, Priority, person, span
from bridge.errors import VisioError, VisioUnconfirmed, VisioUnknownAgent, VisioUnreachable
from bridge.ids import MeetingId
from bridge.metrics import Metrics
from bridge.ports import Identities, VisioRooms
from bridge.ports.work import HasMeetings
from bridge.services.cards import arm_cards, post_card
from bridge.services.naming import titled
from bridge.services.telling import to_meeting
from bridge.services.timebox import arm, arm_rooms
from bridge.services.tools import Tools

log = structlog.get_logger()

_LATEST = timedelta(minutes=1)
MOST_ASKED = 3
"""The most requests for a room that Visio may have made although a proxy answered with an error."""


@dataclass(frozen=True, slots=True)
class RoomMaking:
    """Asks Visio for rooms in their organisers' names."""

    tools: Tools
    visio: VisioRooms
    identities: Identities
    metrics: Metrics | None = None

    async def create(self, due: Due) -> datetime | None:
        """Agenda handler: make the Visio room of a meeting that was asked for.

        If a process is killed between Visio's answer and the next commit, the next run asks again:
        the first room is an orphan whose address nobody ever saw
        (docs/decisions/0006-visio-creation.md).
        """
        async with self.tools.works.reading() as work:
            meeting = await work.meetings.get(MeetingId(UUID(due.key)))
        if meeting is None or meeting.state is not MeetingState.ASKED:
            return None
        identity = await self.identities.resolve(meeting.organiser)
        if identity is None:
            await self._settle(
                meeting, MeetingState.REFUSED, "error.identity-unresolved", gone=True
            )
            return None
        try:
            room = await self.visio.create(identity.email, meeting.level)
        except VisioError as error:
            return await self._not_made(meeting, error)
        await self._ready(meeting, room, due)
        return None

    def count(self, meeting: Meeting, error: VisioError) -> None:
        """Log and count a failure of Visio's."""
        log.warning("visio.failed", code=error.code, meeting=str(meeting.id))
        if self.metrics is not None:
            self.metrics.visio_error(error.code)

    def pause(self, waited: timedelta, error: VisioError) -> timedelta:
        """Return the pause before Visio is asked again, which did not answer for so long."""
        return max(pace(waited, _LATEST), self._told_to_wait(error))

    async def _not_made(self, meeting: Meeting, error: VisioError) -> datetime | None:
        self.count(meeting, error)
        if isinstance(error, VisioUnreachable):
            return await self._keep_trying(meeting, error)
        unsure = isinstance(error, VisioUnconfirmed)
        state = MeetingState.UNCONFIRMED if unsure else MeetingState.REFUSED
        await self._settle(meeting, state, f"error.{error.code}", gone=_gone(error))
        return None

    async def _keep_trying(self, meeting: Meeting, error: VisioError) -> datetime | None:
        now = self.tools.now()
        waited = now - meeting.created_at
        if waited > self.tools.policy.keep_trying:
            parameters = {"span": span(self.tools.policy.keep_trying)}
            await self._settle(meeting, MeetingState.REFUSED, "meeting.given-up", parameters)
            return None
        if error.parameters.get("asked"):
            meeting = replace(meeting, unanswered=meeting.unanswered + 1)
            if meeting.unanswered >= MOST_ASKED:
                unconfirmed = f"error.{VisioUnconfirmed.code}"
                await self._settle(meeting, MeetingState.UNCONFIRMED, unconfirmed)
                return None
        await self._settle(meeting, MeetingState.ASKED, f"error.{error.code}")
        return now + self.pause(waited, error)

    def _told_to_wait(self, error: VisioError) -> timedelta:
        """Return the pause that Visio, or its proxy, demands: at most until we give up."""
        seconds = error.parameters.get("retry_after")
        if not isinstance(seconds, int | float):
            return timedelta()
        return timedelta(seconds=min(seconds, self.tools.policy.keep_trying.total_seconds()))

    async def _settle(
        self,
        meeting: Meeting,
        state: MeetingState,
        template: str,
        parameters: Parameters | None = None,
        *,
        gone: bool = False,
    ) -> None:
        """Store the state of a request, and tell it; `gone`: its organiser may have no account."""
        async with self.tools.works() as work:
            present = await work.meetings.get(meeting.id)
            if present is None or not _asked_for(present, meeting):
                return
            await work.meetings.save(replace(present, state=state, unanswered=meeting.unanswered))
            await work.outbox.post(self._told(present, template, parameters or {}))
            if gone and present.state_changes and present.salon is not None:
                # Asked again, perhaps by others: its organiser need not be there to read this.
                await work.outbox.post(_without_organiser(present))

    def _told(self, meeting: Meeting, template: str, parameters: Parameters) -> Notice:
        return Notice(
            idempotency_key=f"told:{meeting.id}:{template}:{meeting.state_changes}",
            to=to_meeting(meeting, author=meeting.organiser),
            template=template,
            parameters={"title": titled(meeting), **parameters},
            priority=Priority.ANSWER,
            reply_to=meeting.line,
            thread=meeting.thread,
        )

    async def _ready(self, asked: Meeting, room: VisioRoom, due: Due) -> None:
        now = self.tools.now()
        async with self.tools.works() as work:
            meeting = await work.meetings.get(asked.id)
            occurrence = await answering_date(work, asked.id, now)
            if meeting is None or occurrence is None or not _asked_for(meeting, asked):
                log.info("visio.orphaned", meeting=str(asked.id))
                return
            await work.meetings.save(replace(meeting, state=MeetingState.READY, room=room))
            if occurrence.apart:  # the dates before it are over, and had no room
                occurrence = replace(occurrence, apart=False)
                await work.meetings.save_occurrence(occurrence)
            if occurrence.end <= now:
                # Visio answered after the end of the time asked for: the meeting begins now.
                occurrence = occurrence.moved(now, now + (occurrence.end - occurrence.start))
                await work.meetings.save_occurrence(occurrence)
                await arm(work, occurrence, self.tools.policy, now)
            await post_card(work, meeting, occurrence)
            place = await work.meetings.place_of(occurrence.id)
            if place is not None and place.shared:
                await work.agenda.at_once(Kind.SHARE, str(meeting.id))
            if occurrence.original is not None:
                coming = await work.meetings.planned_of(meeting.id, ending_after=now)
                await arm_rooms(work, coming, now)
                await arm_cards(work, meeting.id, now)
                await work.agenda.drop(Kind.NEXT, [str(occurrence.id)])
            await work.agenda.finish(due)


def _gone(error: VisioError) -> bool:
    """Tell whether an agent who is unknown to Visio, or disabled there, explains a refusal."""
    disabled = error.parameters.get("status") == HTTPStatus.UNAUTHORIZED
    return isinstance(error, VisioUnknownAgent) or disabled


def _without_organiser(meeting: Meeting) -> Notice:
    """Return the message to the moderators that the meeting needs another organiser; sent once."""
    return Notice(
        idempotency_key=f"no-account:{meeting.id}:{meeting.organiser}",
        to=to_meeting(meeting),
        template="organiser.unknown",
        parameters={"title": titled(meeting), "organiser": person(meeting.organiser)},
        reply_to=meeting.line,
        thread=meeting.thread,
    )


def _asked_for(present: Meeting, asked: Meeting) -> bool:
    """Tell whether a meeting still waits for the room that was asked for, in the same name.

    A handover plans the agenda's row anew: the next run asks in the other name.
    """
    return present.state is MeetingState.ASKED and present.organiser == asked.organiser


async def answering_date(work: HasMeetings, meeting: MeetingId, now: datetime) -> Occurrence | None:
    """Return the date whose card answers the request: the next one, or the last one."""
    coming = await work.meetings.planned_of(meeting, ending_after=now)
    return coming[0] if coming else next(iter(await work.meetings.occurrences_of(meeting)), None)
