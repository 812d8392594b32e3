"""Guests removed before their time is over: they stay out until somebody lets them back in.

A host removes them in Visio's own page, or they keep altering their name or marks.

The media server gives the same reason for guests whom we eject. But their seat ends first, so a
removal of a guest whose seat is still held is the host's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bridge.domain.invitation import Standing
from bridge.domain.message import Message, Notice, Prompt, QuestionRef
from bridge.domain.question import Question
from bridge.domain.seat import ONE_OF_OURS, PERHAPS_OURS, Seat, SeatEnd
from bridge.ids import QuestionId, VisitId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import ListsVisits
from bridge.services.cards import refresh_card
from bridge.services.telling import answers_to, to_meeting
from bridge.services.timebox import end_seat
from bridge.services.tools import Tools
from bridge.services.visits.asking import YES
from bridge.services.visits.snapshot import Admission, admission_held

log = structlog.get_logger()

_TOLD = {SeatEnd.REMOVED: "guest.removed", SeatEnd.ALTERED: "guest.altered"}
"""Templates of the salon's notices; `…-in-visio` where Visio's host admits."""


@dataclass(frozen=True, slots=True)
class Removals:
    """Ends seats because a host removed their guest. A repeat changes nothing."""

    tools: Tools

    async def by_host(self, room: str, identity: str) -> bool:
        """Record a removal that a genuine webhook reports; tell whether it ended a seat.

        `id#x` is a guest's second connection, and has no seat.
        """
        if not (ONE_OF_OURS.fullmatch(identity) or PERHAPS_OURS.fullmatch(identity)):
            return False
        async with self.tools.works.reading() as work:
            seat = await work.seats.by_identity(identity)
        if seat is None or seat.room != room or not seat.held:
            return False
        return await self._end_now(seat, SeatEnd.REMOVED)

    async def for_altering(self, seat: Seat) -> bool:
        """End a seat whose guest's name or marks keep changing; tell whether it ended."""
        return await self._end_now(seat, SeatEnd.ALTERED)

    async def _end_now(self, seat: Seat, why: SeatEnd) -> bool:
        async with self.tools.works() as work:
            admission = await admission_held(work, seat.visit, self.tools.policy)
            return admission is not None and await self._end(work, admission, seat.identity, why)

    async def by_own_page(self, visit: VisitId, secret: str) -> Standing | None:
        """Record a removal that the guest's own page reports: a false report harms only that guest.

        Returns the guest's standing; `None` for anybody else's browser.
        """
        async with self.tools.works() as work:
            admission = await admission_held(work, visit, self.tools.policy)
            if admission is None or not admission.belongs_to(secret):
                return None
            if admission.seat is not None and await self._end(
                work, admission, admission.seat.identity, SeatEnd.REMOVED
            ):
                return Standing.REMOVED
        return admission.standing(self.tools.now())

    async def _end(
        self, work: UnitOfWork, admission: Admission, identity: str, why: SeatEnd
    ) -> bool:
        seat, now = admission.seat, self.tools.now()
        if seat is None or seat.identity != identity or not seat.held:
            return False
        if admission.link(now) is not Standing.OPEN:
            return False  # their time is over, and we are about to eject them
        # Eject them too: they may hold a renewed token, and be connected a second time.
        await end_seat(work, seat, why, now)
        question = None if admission.mode.knocks else await _ask_back(work, admission, now)
        for message in _notices(admission, seat, _TOLD[why], question):
            await work.outbox.post(message)
        await refresh_card(work, seat.occurrence)
        log.info("guest.removed", seat=str(seat.id), why=why)
        return True


async def _ask_back(work: ListsVisits, admission: Admission, now: datetime) -> QuestionId:
    """Store the question whether a guest may come back; it lists no waiting guest."""
    visit, invitation = admission.visit, admission.invitation
    question = Question(
        id=QuestionId(uuid7(now)),
        invitation=invitation.id,
        occurrence=admission.occurrence.id,
        asked_at=now,
        told_at=now,
        back=True,
    )
    await work.questions.add(question)
    await work.visits.listed(visit.id, question.id, visit.number, now)
    return question.id


def _notices(
    admission: Admission, seat: Seat, template: str, question: QuestionId | None
) -> Sequence[Message]:
    """Return the salon's notice, and the reaction that lets the guest back in if the salon may."""
    key, to, thread = f"removed:{seat.id}", to_meeting(admission.meeting), admission.meeting.thread
    parameters = {"name": admission.visit.name}
    if question is None:
        told = Notice(
            idempotency_key=key,
            to=to,
            template=f"{template}-in-visio",
            thread=thread,
            parameters={**parameters, "guest": admission.invitation.shown},
        )
        return (told,)
    prompt = Prompt(
        idempotency_key=key,
        to=to,
        about=QuestionRef(question),
        template=template,
        thread=thread,
        parameters=parameters,
    )
    return prompt, *answers_to(prompt, YES)
