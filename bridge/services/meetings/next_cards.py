"""Cards of a meeting's later dates: each is posted when its date is the next one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bridge.domain.agenda import Due
from bridge.domain.ahead import cards_due
from bridge.domain.meeting import MeetingState
from bridge.ids import OccurrenceId
from bridge.services.cards import post_card
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class NextCards:
    """Posts them; whoever makes a room, `RoomMaking` or `DateRooms`, plans what came too early."""

    tools: Tools

    async def post(self, due: Due) -> datetime | None:
        """Agenda handler: post the card of a date, unless an earlier one is not over yet."""
        now = self.tools.now()
        async with self.tools.works() as work:
            both = await work.meetings.both(OccurrenceId(UUID(due.key)))
            if both is None or both[1].card is not None:
                return None
            meeting, occurrence = both
            if meeting.state is not MeetingState.READY or occurrence.room_in(meeting) is None:
                return None
            known = await work.meetings.planned_of(meeting.id, ending_after=now)
            at = cards_due(known).get(occurrence.id)
            if at is not None and at <= now:
                await post_card(work, meeting, occurrence)
        return at if at is not None and at > now else None
