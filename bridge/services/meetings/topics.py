"""A meeting's topics (ordre du jour): of all its dates, shown in the thread of each card."""

from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Edit, MessageRef
from bridge.ports.work import TellsGuests, TellsOfMeetings
from bridge.services.cards import topics_note
from bridge.services.news import tell_guests
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools


class WritesTopics(TellsOfMeetings, TellsGuests, Protocol):
    """A transaction that writes topics, and tells salons and guests of them."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The use case of the organiser, or a moderator."""

    tools: Tools

    async def write(self, work: WritesTopics, meeting: Meeting, text: str) -> None:
        """Replace a meeting's topics, empty for none; its threads and its guests' mails follow."""
        written = replace(meeting, topics=text)
        await work.meetings.save(written)
        now = self.tools.now()
        for date in await work.meetings.planned_of(meeting.id, ending_after=now):
            if date.card is not None and meeting.salon is not None:
                await _show(work, written, date)
            await tell_guests(work, date, now)


async def _show(work: TellsOfMeetings, meeting: Meeting, date: Occurrence) -> None:
    """Queue the message of one card's thread; if it is there already, an edit of it."""
    note = topics_note(meeting, date)
    if meeting.topics and await work.outbox.post(note):
        return
    await work.outbox.post(
        Edit(
            idempotency_key=f"topics:{uuid4()}",
            to=to_meeting(meeting),
            of=MessageRef(note.idempotency_key),
            template=note.template,
            parameters=note.parameters,
        )
    )
