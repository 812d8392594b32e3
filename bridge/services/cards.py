"""The card of an occurrence in its salon: use cases and the agenda keep it up to date."""

from uuid import uuid4

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Card, CardEdit, Priority
from bridge.ids import OccurrenceId
from bridge.ports.work import TellsOfMeetings
from bridge.services.telling import to_meeting


def card_message(meeting: Meeting, occurrence: Occurrence) -> Card:
    """Return the message that becomes the occurrence's card: the answer to the request for it."""
    return Card(
        idempotency_key=f"card:{occurrence.id}:{meeting.salon}",
        to=to_meeting(meeting),
        occurrence=occurrence.id,
        thread=meeting.thread,
        priority=Priority.ANSWER,
    )


async def refresh_card(work: TellsOfMeetings, occurrence: OccurrenceId) -> None:
    """Queue an edit of the card; of several unsent edits only the last one is sent."""
    place = await work.meetings.place_of(occurrence)
    if place is None:
        return
    await work.outbox.post(
        CardEdit(idempotency_key=f"edit:{uuid4()}", to=to_meeting(place), occurrence=occurrence)
    )
