"""Visio rooms for single dates of a series, each made a day before its date begins.

A link leads nowhere until its date has its room: never into the room of another date.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bridge.domain.agenda import LONGEST_PAUSE, Due, pace
from bridge.domain.ahead import CARD_BEFORE
from bridge.domain.meeting import Meeting, MeetingState, Occurrence, OccurrenceState, VisioRoom
from bridge.domain.message import Notice, Priority
from bridge.domain.quota import Pace
from bridge.domain.window import window_of
from bridge.errors import VisioError, VisioUnconfirmed, VisioUnreachable
from bridge.ids import OccurrenceId
from bridge.metrics import Metrics
from bridge.ports import Identities, VisioRooms
from bridge.services.cards import arm_cards, refresh_card
from bridge.services.naming import titled
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools

log = structlog.get_logger()

_REPEATED = Pace(2, timedelta(days=1))
"""Requests after one that Visio may have granted although a proxy answered with an error."""
_NEAR = timedelta(hours=1)
_OFTEN = timedelta(minutes=1)
"""The longest pause between two requests for a date that is near."""


@dataclass(frozen=True, slots=True)
class DateRooms:
    """Asks Visio for rooms of dates, in their organisers' names."""

    tools: Tools
    visio: VisioRooms
    identities: Identities
    metrics: Metrics | None = None

    async def create(self, due: Due) -> datetime | None:
        """Agenda handler: make the room of a date apart, a day before it begins.

        If Visio can't be reached it is asked again until the date is over. After any other failure
        only a person asks again, as for a meeting's room: by `lien`.
        """
        async with self.tools.works.reading() as work:
            both = await work.meetings.both(OccurrenceId(UUID(due.key)))
        if both is None or not self._wants_room(*both):
            return None
        meeting, occurrence = both
        now = self.tools.now()
        if now < occurrence.start - CARD_BEFORE:
            return occurrence.start - CARD_BEFORE
        identity = await self.identities.resolve(meeting.organiser)
        if identity is None:
            await self._tell(meeting, occurrence, "error.identity-unresolved", due.cause)
            return None
        try:
            room = await self.visio.create(identity.email, meeting.level)
        except VisioError as error:
            return await self._not_made(meeting, occurrence, error, due)
        await self._made(meeting, occurrence, room, due)
        return None

    def _wants_room(self, meeting: Meeting, occurrence: Occurrence) -> bool:
        """Tell whether a date lacks the room that it is to have.

        One that has opened keeps a former organiser's: there may be people inside.
        """
        graces = self.tools.policy.graces
        opens, closes = window_of(occurrence, graces).opens, occurrence.end + graces.after
        planned = occurrence.state is OccurrenceState.PLANNED
        wants = occurrence.lacks_room and planned and meeting.state is MeetingState.READY
        return wants and self.tools.now() < (closes if occurrence.own_room is None else opens)

    async def _not_made(
        self, meeting: Meeting, occurrence: Occurrence, error: VisioError, due: Due
    ) -> datetime | None:
        log.warning("visio.failed", code=error.code, meeting=str(meeting.id))
        if self.metrics is not None:
            self.metrics.visio_error(error.code)
        now = self.tools.now()
        if not isinstance(error, VisioUnreachable):
            await self._tell(meeting, occurrence, f"error.{error.code}", due.cause)
            return None
        if error.parameters.get("asked") and not await self._once_more(occurrence, now):
            await self._tell(meeting, occurrence, f"error.{VisioUnconfirmed.code}", due.cause)
            return None
        await self._tell(meeting, occurrence, f"error.{error.code}", str(occurrence.id))
        waited = now - (occurrence.start - CARD_BEFORE)
        longest = _OFTEN if occurrence.start - now < _NEAR else LONGEST_PAUSE
        return now + pace(waited, longest)

    async def _once_more(self, occurrence: Occurrence, now: datetime) -> bool:
        """Tell whether to ask again although each of these answers may have left a room."""
        async with self.tools.works() as work:
            return await work.once.take(f"asked:{occurrence.id}", now, _REPEATED) is None

    async def _tell(
        self, meeting: Meeting, occurrence: Occurrence, template: str, cause: str
    ) -> None:
        """Tell of a failure, once for each `cause`; while a former room serves, there is none."""
        if occurrence.own_room is not None:
            return
        async with self.tools.works() as work:
            await work.outbox.post(
                Notice(
                    idempotency_key=f"told:{cause}:{template}",
                    to=to_meeting(meeting, author=meeting.organiser),
                    template=template,
                    parameters={"title": titled(meeting, occurrence)},
                    priority=Priority.ANSWER,
                    thread=meeting.thread,
                )
            )

    async def _made(self, asked: Meeting, date: Occurrence, room: VisioRoom, due: Due) -> None:
        """Keep the room; a handover meanwhile planned the row anew, to ask in the other name."""
        async with self.tools.works() as work:
            both = await work.meetings.both(date.id)
            if both is None or both[0].organiser != asked.organiser or not self._wants_room(*both):
                log.info("visio.orphaned", meeting=str(asked.id))
                return
            meeting, occurrence = both
            await work.meetings.save_occurrence(replace(occurrence, own_room=room))
            if occurrence.card is None:
                await arm_cards(work, meeting.id, self.tools.now())
            else:
                await refresh_card(work, occurrence.id)
            await work.agenda.finish(due)
