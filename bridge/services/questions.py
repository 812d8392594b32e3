"""Questions to the salon that nobody answers: the organiser is called, the notice tells the end.

A question lasts from the visitor's arrival to the salon's answer, or until the window, the
meeting or the link ends; a visitor who may wait again then is asked about anew.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from bridge.clock import Clock
from bridge.domain.agenda import Due
from bridge.domain.invitation import Standing
from bridge.domain.message import Message, span
from bridge.domain.policy import Policy
from bridge.domain.seat import PATIENCE
from bridge.ids import VisitId
from bridge.ports import Work, Works
from bridge.services.admission import Admission, about, admission_held
from bridge.services.cards import refresh_card

log = structlog.get_logger()

_NOWHERE = {
    Standing.EARLY,
    Standing.OVER,
    Standing.ENDED,
    Standing.REVOKED,
    Standing.CANCELLED,
}
"""Where the link itself leads to no waiting, so that no answer could matter."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Looks after questions that wait for their answer."""

    works: Works
    clock: Clock
    policy: Policy

    async def turn(self, due: Due) -> datetime | None:
        """Agenda handler: call the organiser when that is due, close a question that is over."""
        now = self.clock.now()
        async with self.works() as work:
            admission = await admission_held(work, VisitId(UUID(due.key)), self.policy)
            asked = None if admission is None else admission.visit.asked_at
            if admission is None or asked is None or not admission.unanswered:
                return None
            stands = admission.standing(now)
            if stands is Standing.WAITING:
                return await self._waits(work, admission, asked, now)
            if stands in _NOWHERE:
                await self._over(work, admission, asked)
            return None

    async def _waits(
        self, work: Work, admission: Admission, asked: datetime, now: datetime
    ) -> datetime:
        closes = admission.window.closes
        if now < asked + PATIENCE:
            return min(asked + PATIENCE, closes)
        organiser = admission.meeting.organiser
        device = await work.visits.device(admission.visit)
        call = Message(
            dedupe=f"call:{admission.visit.id}:{asked.isoformat()}",
            template="guest.waits-long",
            user=organiser,
            rings=(organiser,),
            facts={**about(admission, device=device), "since": span(PATIENCE)},
        )
        if await work.outbox.post(call):
            log.info("guest.called", visit=str(admission.visit.id))
        return closes

    async def _over(self, work: Work, admission: Admission, asked: datetime) -> None:
        visit = admission.visit
        if not await work.visits.unasked(visit.id, asked):
            return
        notice = Message(
            dedupe=f"gone:{visit.id}:{asked.isoformat()}",
            template="guest.waits.over",
            salon=admission.meeting.salon,
            facts={"name": visit.name, "outcome": "gone"},
            about_visit=visit.id,
            collapse=f"visit:{visit.id}",
        )
        await work.outbox.post(notice)
        await refresh_card(work, admission.occurrence.id)
        log.info("guest.unanswered", visit=str(visit.id))
