"""The state of each guest as agents read it: link, admission, waiting."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.invitation import LIVING, Invitation, Standing, Visit
from bridge.domain.meeting import Occurrence
from bridge.domain.policy import Policy
from bridge.domain.seat import Seat, SeatEnd, seated
from bridge.domain.window import Graces
from bridge.ids import InvitationId
from bridge.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Admitted:
    """The invitations whose guests were admitted, wait for an answer, were removed or refused."""

    inside: frozenset[InvitationId] = frozenset()
    waiting: frozenset[InvitationId] = frozenset()
    removed: frozenset[InvitationId] = frozenset()
    """Guests whom a host removed, and nobody has let back in."""
    altered: frozenset[InvitationId] = frozenset()
    """Guests ejected because their name or marks kept changing, and still out."""
    refused: frozenset[InvitationId] = frozenset()
    """Guests who were refused at the door."""


NOBODY = Admitted()
"""For Visio's own page: we know of nobody."""


async def admitted(work: UnitOfWork, occurrence: Occurrence, policy: Policy) -> Admitted:
    """Return the admissions of an occurrence; if Visio's own page admits, we know none."""
    if not policy.mode.ours:
        return NOBODY
    asking = await work.visits.asking(occurrence.id)
    seats = await work.seats.of_occurrence(occurrence.id)
    last = {seat.visit: seat for seat in seats}
    waiting = {visit.invitation for visit in asking if _waits(visit, last.get(visit.id))}
    newest = {seat.invitation: seat for seat in seats}
    visits = await work.visits.of_occurrence(occurrence.id)
    return Admitted(
        frozenset(seat.invitation for seat in seats if seat.held),
        frozenset(waiting),
        frozenset(one for one, seat in newest.items() if seat.why is SeatEnd.REMOVED),
        frozenset(one for one, seat in newest.items() if seat.why is SeatEnd.ALTERED),
        frozenset(visit.invitation for visit in visits if visit.refused_at is not None),
    )


def _waits(visit: Visit, seat: Seat | None) -> bool:
    if seated(visit, seat) is not Standing.WAITING or visit.asked_at is None:
        return False
    return seat is None or seat.ended_at is None or visit.asked_at > seat.ended_at


def leads(one: Invitation, occurrence: Occurrence, graces: Graces, now: datetime) -> bool:
    """Tell whether a link works now or later: we tell no window of a dead one."""
    return one.state(occurrence, graces, now) in LIVING


def state_key(
    one: Invitation, occurrence: Occurrence, graces: Graces, *, now: datetime, known: Admitted
) -> str:
    """Return the sentence for a guest's state; the end of a link precedes all else."""
    state = one.state(occurrence, graces, now)
    if state not in LIVING:
        return f"guest.state.{state}"
    told = {
        "guest.state.admitted": known.inside,
        "guest.state.at-the-door": known.waiting,
        "guest.state.removed": known.removed,
        "guest.state.altered": known.altered,
        "guest.state.refused": known.refused,
    }
    for key, those in told.items():
        if one.id in those:
            return key
    if one.mail_refused:
        return "guest.state.mail-refused"
    return f"guest.state.{state}"
