"""When guests who are inside must be out, and a question about one who waits comes too late.

Armed ahead, whenever something moves that moment; and so is what the salon is told before it.
"""

from datetime import datetime

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Standing, standing
from bridge.domain.meeting import Occurrence
from bridge.domain.policy import Policy
from bridge.domain.seat import Seat, SeatEnd, reason_of
from bridge.ids import OccurrenceId
from bridge.ports import Work


async def arm_seats(work: Work, occurrence: Occurrence, policy: Policy, now: datetime) -> None:
    """Plan, for everybody with a seat, the end of their window; where it is over the seat ends now.

    The agenda rings at the exact moment; nothing sweeps for it. Questions that nobody answered
    are looked at now, and find their own next moment (`bridge/services/questions.py`).
    """
    if not policy.way.ours:
        return
    known = {one.id: one for one in await work.invitations.of_occurrence(occurrence.id)}
    held = await work.seats.held(occurrence.id)
    if held:
        await arm_warnings(work, occurrence.id, now)
    asked = await work.questions.of_occurrence(occurrence.id)
    await work.agenda.plan([Due(Kind.ASKED, str(one), now) for one in asked])
    for seat in held:
        invitation = known[seat.invitation]
        stands = standing(invitation, occurrence, policy.graces, now, ready=True)
        if stands is Standing.OPEN:
            closes = invitation.window(occurrence, policy.graces).closes
            await work.agenda.plan([Due(Kind.EJECT, str(seat.id), closes)])
        else:
            await end_seat(work, seat, reason_of(stands), now)


async def arm_warnings(work: Work, occurrence: OccurrenceId, now: datetime) -> None:
    """Have looked now, and then at its own next moment, at what a salon is told of ends to come.

    One row for all guests of a meeting (`bridge/services/endings.py`).
    """
    await work.agenda.plan([Due(Kind.WARN, str(occurrence), now)])


async def end_seat(work: Work, seat: Seat, why: SeatEnd, now: datetime) -> None:
    """End a seat in the transaction of what ended it; its bearer is put out right after."""
    await work.seats.save(seat.ended(now, why))
    await work.agenda.plan([Due(Kind.EJECT, str(seat.id), now)])
