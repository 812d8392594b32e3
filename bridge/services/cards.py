"""The card of an occurrence in its salon: use cases and the agenda keep it up to date."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from bridge.domain.agenda import Due, Kind
from bridge.domain.ahead import cards_due
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import Card, CardEdit, Notice, Priority, topics_of_date
from bridge.ids import MeetingId, OccurrenceId
from bridge.ports.work import HasOutbox, ShowsDates, TellsOfMeetings
from bridge.services.naming import titled
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


def topics_note(meeting: Meeting, occurrence: Occurrence) -> Notice:
    """Return the message that shows a meeting's topics in the thread of a date's card."""
    return Notice(
        idempotency_key=f"topics:{occurrence.id}:{meeting.salon}",
        to=to_meeting(meeting),
        template="meeting.topics-thread",
        parameters={
            "title": titled(meeting, occurrence),
            "topics": topics_of_date(occurrence.id),
        },
        thread=meeting.thread or occurrence.card,
    )


async def post_card(work: HasOutbox, meeting: Meeting, occurrence: Occurrence) -> None:
    """Queue the card of an occurrence, and its meeting's topics for the card's thread.

    In a direct message there is no thread: who wrote them there read the answer.
    """
    await work.outbox.post(card_message(meeting, occurrence))
    if meeting.topics and meeting.salon is not None:
        await work.outbox.post(topics_note(meeting, occurrence))


async def refresh_card(work: TellsOfMeetings, occurrence: OccurrenceId) -> None:
    """Queue an edit of the card; of several unsent edits only the last one is sent.

    Copies of the meeting in calendars are written anew.
    """
    place = await work.meetings.place_of(occurrence)
    if place is None:
        return
    if place.shared:
        await work.agenda.at_once(Kind.SHARE, str(place.meeting))
    await work.outbox.post(
        CardEdit(idempotency_key=f"edit:{uuid4()}", to=to_meeting(place), occurrence=occurrence)
    )


async def arm_cards(
    work: ShowsDates, meeting: MeetingId, now: datetime, changed: Sequence[Occurrence] = ()
) -> None:
    """Plan the card of each date of a meeting that has none yet: it comes when it is the next one.

    `changed`: those that may not be planned any more. Plan again whenever a date comes, moves or
    goes: the date after it is affected too.
    """
    planned = await work.meetings.planned_of(meeting, ending_after=now)
    due = cards_due(planned)
    await work.agenda.plan(
        [Due(Kind.NEXT, str(one.id), due[one.id]) for one in planned if one.card is None]
    )
    gone = [str(one.id) for one in changed if one.state is not OccurrenceState.PLANNED]
    if gone:
        await work.agenda.drop(Kind.NEXT, gone)
