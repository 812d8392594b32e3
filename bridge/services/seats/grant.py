"""Grants of seats: a device with the same link loses its seat, a few times at most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.agenda import Due, Kind
from bridge.domain.message import Notice, visitor
from bridge.domain.policy import Policy
from bridge.domain.seat import Seat, SeatEnd
from bridge.errors import TakeoversSpent
from bridge.ids import ActorId, SeatId, uuid7
from bridge.ports.work import GivesSeats
from bridge.services.telling import to_meeting
from bridge.services.timebox import arm_warnings, end_seat
from bridge.services.visits.snapshot import Admission, shown


@dataclass(frozen=True, slots=True)
class Seating:
    """Gives seats, whether the salon admits or Visio's host."""

    policy: Policy
    unasked: bool = False
    """Nobody decided the admission: a proof was enough."""

    async def give(
        self, work: GivesSeats, admission: Admission, identity: str, *, by: ActorId, now: datetime
    ) -> None:
        """Give a seat; another device with the same link loses the one it had.

        Raises TakeoversSpent before anything is written.
        """
        room = admission.occurrence.room_in(admission.meeting)
        assert room is not None
        held = await work.seats.held(admission.occurrence.id)
        others = [seat for seat in held if seat.invitation == admission.invitation.id]
        if others:
            await self._take_over(work, admission, others, by=by, now=now)
        seat = Seat(
            id=SeatId(uuid7(now)),
            visit=admission.visit.id,
            invitation=admission.invitation.id,
            occurrence=admission.occurrence.id,
            room=str(room.id),
            identity=identity,
            admitted_at=now,
            admitted_by=by,
            name=shown(admission),
        )
        await work.seats.add(seat)
        await work.agenda.plan([Due(Kind.EJECT, str(seat.id), admission.window.closes)])
        await arm_warnings(work, admission.occurrence.id, now)

    async def _take_over(
        self,
        work: GivesSeats,
        admission: Admission,
        others: Sequence[Seat],
        *,
        by: ActorId,
        now: datetime,
    ) -> None:
        invitation = admission.invitation
        limit = self.policy.takeovers
        if invitation.terms is not None:
            limit = min(limit, invitation.terms.takeovers)
        if invitation.takeovers >= limit:
            raise TakeoversSpent(name=admission.visit.name, limit=limit, guest=invitation.shown)
        for other in others:
            await end_seat(work, other, SeatEnd.REPLACED, now)
        await work.invitations.save(replace(invitation, takeovers=invitation.takeovers + 1))
        decided = None if self.unasked else by
        await work.outbox.post(_moved(admission, decided, limit))


def _moved(admission: Admission, by: ActorId | None, limit: int) -> Notice:
    """Tell that a guest moved to another device; notify the organiser unless they decided it."""
    organiser, invitation = admission.host, admission.invitation
    times = invitation.takeovers + 1
    return Notice(
        idempotency_key=f"moved:{invitation.id}:{invitation.number}:{times}",
        to=to_meeting(admission.meeting),
        template="guest.moved",
        thread=admission.meeting.thread,
        mentions=() if by == organiser else (organiser,),
        parameters={
            "name": visitor(admission.visit.name, invitation.id),
            "times": times,
            "limit": limit,
        },
    )
