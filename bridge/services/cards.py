"""What a salon is shown of an occurrence: its card, kept true by people and by the clock."""

from datetime import datetime
from uuid import uuid4

from bridge.domain.agenda import Due, Kind
from bridge.domain.course import course_of, following, stays_until
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Message, Worth
from bridge.domain.policy import Policy
from bridge.ids import OccurrenceId
from bridge.ports import Work
from bridge.services.telling import to_meeting
from bridge.services.timebox import arm_seats


def card_message(meeting: Meeting, occurrence: Occurrence) -> Message:
    """Return the message that becomes the occurrence's card: the answer to who asked for it."""
    return to_meeting(
        meeting,
        Message(
            dedupe=f"card:{occurrence.id}:{meeting.salon}",
            template="card",
            card_of=occurrence.id,
            thread=meeting.thread,
            worth=Worth.ANSWER,
        ),
    )


async def refresh_card(work: Work, occurrence: OccurrenceId) -> None:
    """Queue an edit of the card; of several unsent ones only the last leaves."""
    place = await work.meetings.place_of(occurrence)
    if place is None:
        return
    salon, organiser = place
    await work.outbox.post(
        Message(
            dedupe=f"edit:{uuid4()}",
            template="card",
            salon=salon,
            user=organiser if salon is None else None,
            card_of=occurrence,
            collapse=f"card:{occurrence}",
            worth=Worth.EDIT,
        )
    )


async def arm(work: Work, occurrence: Occurrence, policy: Policy, now: datetime) -> None:
    """Plan what the clock does to an occurrence; planning again moves it.

    What is past is not planned: whoever changed the occurrence shows it already.
    """
    known = await work.invitations.of_occurrence(occurrence.id)
    course = course_of(occurrence, known, policy.graces)
    key = str(occurrence.id)
    stays = stays_until(occurrence, known, policy)
    plans = {
        Kind.OPEN: following(course.opening, now),
        Kind.CLOSE: following(course.closing if stays is None else (stays,), now),
        Kind.FORGET: course.last + policy.forget_after,
    }
    await work.agenda.plan([Due(kind, key, at) for kind, at in plans.items() if at is not None])
    await arm_seats(work, occurrence, policy, now)
    for kind in (kind for kind, at in plans.items() if at is None):
        await work.agenda.drop(kind, [key])
