"""When guests who are inside must be out, and a question about one who waits comes too late.

Armed ahead, whenever something moves that moment.
"""

from datetime import datetime

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Invitation, Standing, standing
from bridge.domain.meeting import Occurrence
from bridge.domain.policy import Policy
from bridge.domain.seat import Seat
from bridge.ports import Work


async def arm_seats(work: Work, occurrence: Occurrence, policy: Policy, now: datetime) -> None:
    """Plan, for everybody with a seat, the end of their window: now where it is over.

    The agenda rings at the exact moment; nothing sweeps for it. Questions that nobody answered
    are looked at now, and find their own next moment (`bridge/services/questions.py`).
    """
    if not policy.way.ours:
        return
    held = await work.seats.held(occurrence.id)
    seated = {seat.visit for seat in held}
    waiting = [one for one in await work.visits.unanswered(occurrence.id) if one not in seated]
    await work.agenda.plan([Due(Kind.ASKED, str(one), now) for one in waiting])
    if not held:
        return
    known = {one.id: one for one in await work.invitations.of_occurrence(occurrence.id)}
    plans = [
        _ejection(seat, known[seat.invitation], occurrence, policy=policy, now=now) for seat in held
    ]
    await work.agenda.plan(plans)


def _ejection(
    seat: Seat, invitation: Invitation, occurrence: Occurrence, *, policy: Policy, now: datetime
) -> Due:
    stands = standing(invitation, occurrence, policy.graces, now, ready=True)
    closes = invitation.window(occurrence, policy.graces).closes
    return Due(Kind.EJECT, str(seat.id), closes if stands is Standing.OPEN else now)
