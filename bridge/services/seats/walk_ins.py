"""Guests who walk in without a question to the salon.

They have shown a proof, and the policy has no waiting room; or they come on a partner's word, and
the salon or the agreement has let them in before. A link alone is never enough, nor one whose
holder was refused or removed: then the salon decides.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog

from bridge.domain.invitation import Standing
from bridge.domain.message import Notice
from bridge.domain.seat import IDENTITY, SeatEnd
from bridge.errors import TakeoversSpent
from bridge.ids import VisitId
from bridge.ports import UnitOfWork
from bridge.services.cards import refresh_card
from bridge.services.seats.grant import Seating
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.snapshot import Admission, View, about, admission_held

log = structlog.get_logger()

_PUT_OUT = (SeatEnd.REMOVED, SeatEnd.ALTERED)


@dataclass(frozen=True, slots=True)
class WalkIns:
    """Use case of a visit whose browser opens its page."""

    tools: Tools
    admissions: Admissions

    async def arrive(self, visit: VisitId, secret: str) -> View | None:
        """Call `Admissions.arrive`, after giving a seat to a guest who may walk in."""
        if self.tools.policy.mode.asks_salon and await self._may_walk_in(visit, secret):
            await self._walk_in(visit)
        return await self.admissions.arrive(visit, secret)

    async def _may_walk_in(self, visit: VisitId, secret: str) -> bool:
        admission = await self.admissions.read(visit)
        if admission is None or not admission.belongs_to(secret):
            return False
        stands = admission.standing(self.tools.now())
        if stands is not Standing.WAITING or admission.asked:
            return False
        terms = admission.invitation.terms
        proved = self.tools.policy.walk_in and admission.visit.proved is not None
        if not proved and (terms is None or not terms.walks_in):
            return False
        # A separate transaction without locks: others who arrive at this moment lock their visits.
        async with self.tools.works.reading() as work:
            return not await _turned_away(work, admission)

    async def _walk_in(self, visit: VisitId) -> None:
        """Give a seat, once for any number of tabs, and tell the salon.

        If the link has moved between devices too often already, ask the salon.
        """
        now = self.tools.now()
        try:
            async with self.tools.works() as work:
                admission = await admission_held(work, visit, self.tools.policy)
                if admission is not None and admission.standing(now) is Standing.WAITING:
                    await self._seat(work, admission, now)
        except TakeoversSpent:
            log.info("guest.takeovers-spent", visit=str(visit))

    async def _seat(self, work: UnitOfWork, admission: Admission, now: datetime) -> None:
        by = admission.invitation.invited_by
        seating = Seating(self.tools.policy, unasked=True)
        await seating.give(work, admission, f"{IDENTITY}{uuid4()}", by=by, now=now)
        await work.outbox.post(
            Notice(
                idempotency_key=f"walked-in:{admission.visit.id}:{now.isoformat()}",
                to=to_meeting(admission.meeting),
                template="guest.walked-in",
                thread=admission.meeting.thread,
                parameters=about(admission),
            )
        )
        await refresh_card(work, admission.occurrence.id)
        log.info("guest.walked-in", visit=str(admission.visit.id))


async def _turned_away(work: UnitOfWork, admission: Admission) -> bool:
    """Tell whether a guest with this link was refused or removed, on any device."""
    link, occurrence = admission.invitation.id, admission.occurrence.id
    seats = await work.seats.of_occurrence(occurrence)
    if any(one.invitation == link and one.why in _PUT_OUT for one in seats):
        return True
    visits = await work.visits.of_occurrence(occurrence)
    return any(one.invitation == link and one.refused_at is not None for one in visits)
