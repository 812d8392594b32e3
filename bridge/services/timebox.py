"""Plans an occurrence's agenda rows: its room, card edits, ends of seats, questions, reminders.

Use cases plan again whenever they move a moment. Warnings come before guests have to leave.
"""

from collections.abc import Sequence
from datetime import datetime

from bridge.domain.agenda import Due, Kind
from bridge.domain.ahead import CARD_BEFORE
from bridge.domain.course import course_of, following, stays_until
from bridge.domain.invitation import Standing, standing
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.policy import Policy
from bridge.domain.seat import Seat, SeatEnd, reason_of
from bridge.ids import ActorId, OccurrenceId
from bridge.ports.work import EndsSeats, HasAgenda, KeepsTimeBox
from bridge.services.auditing import note_ends
from bridge.services.reminding import arm_reminders


async def arm(work: KeepsTimeBox, occurrence: Occurrence, policy: Policy, now: datetime) -> None:
    """Plan the agenda rows of an occurrence; planning again moves them.

    Past moments are not planned: the use case that changed the occurrence has edited its card.
    """
    known = await work.invitations.of_occurrence(occurrence.id)
    course = course_of(occurrence, known, policy.graces)
    key = str(occurrence.id)
    stays = stays_until(occurrence, known, policy.mode)
    plans = {
        Kind.OPEN: following(course.opening, now),
        Kind.CLOSE: following(course.closing if stays is None else (stays,), now),
        Kind.FORGET: course.last + policy.forget_after,
    }
    await work.agenda.plan([Due(kind, key, at) for kind, at in plans.items() if at is not None])
    await arm_rooms(work, [occurrence], now)
    await arm_seats(work, occurrence, policy, now)
    await arm_reminders(work, occurrence, policy, now)
    for kind in (kind for kind, at in plans.items() if at is None):
        await work.agenda.drop(kind, [key])


async def arm_rooms(work: HasAgenda, dates: Sequence[Occurrence], now: datetime) -> None:
    """Plan the rooms that dates still lack: a day before, or at once."""
    lacking = [one for one in dates if one.lacks_room]
    wanted = [one for one in lacking if one.state is OccurrenceState.PLANNED]
    over = [str(one.id) for one in lacking if one not in wanted]
    if wanted:
        await work.agenda.plan(
            [Due(Kind.ROOM, str(one.id), max(now, one.start - CARD_BEFORE)) for one in wanted]
        )
    if over:
        await work.agenda.drop(Kind.ROOM, over)


async def arm_seats(
    work: KeepsTimeBox, occurrence: Occurrence, policy: Policy, now: datetime
) -> None:
    """Plan the end of each held seat at the end of its window; end it now if the window is over.

    The agenda fires at the exact moment, without polling. Unanswered questions are handled now, and
    then choose their own next moment (`bridge/services/visits/unanswered.py`).
    """
    if not policy.mode.ours:
        return
    known = {one.id: one for one in await work.invitations.of_occurrence(occurrence.id)}
    held = await work.seats.held(occurrence.id)
    if held:
        await arm_warnings(work, occurrence.id, now)
    asked = await work.questions.of_occurrence(occurrence.id)
    await work.agenda.plan([Due(Kind.ASKED, str(one), now) for one in asked])
    over, leave = [], []
    for seat in held:
        invitation = known[seat.invitation]
        stands = standing(invitation, occurrence, policy.graces, now, ready=True)
        if stands is Standing.OPEN:
            closes = invitation.window(occurrence, policy.graces).closes
        else:
            over.append(seat.ended(now, reason_of(stands)))
            closes = now
        leave.append(Due(Kind.EJECT, str(seat.id), closes))
    await work.seats.save(*over)
    await note_ends(work, over)
    await work.agenda.plan(leave)


async def arm_warnings(work: HasAgenda, occurrence: OccurrenceId, now: datetime) -> None:
    """Plan a check for warnings now; its handler then chooses the next moment.

    One row for all guests of a meeting (`bridge/services/seats/end_warnings.py`).
    """
    await work.agenda.plan([Due(Kind.WARN, str(occurrence), now)])


async def end_seat(
    work: EndsSeats, seat: Seat, why: SeatEnd, now: datetime, *, by: ActorId | None = None
) -> None:
    """End a seat in the transaction of its cause; the agenda ejects its guest right after."""
    ended = seat.ended(now, why)
    await work.seats.save(ended)
    await note_ends(work, (ended,), by=by)
    await work.agenda.plan([Due(Kind.EJECT, str(seat.id), now)])
