"""Questions to the salon without an answer: edits them, calls the organiser, closes them in time.

A question lasts from the first guest's arrival until all in its list are answered, or the window,
the meeting or the link ends; a guest who may wait again after that gets a new question.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Standing
from bridge.domain.message import Notice, ToPerson, span
from bridge.domain.question import ABSENT
from bridge.domain.seat import PATIENCE
from bridge.ids import QuestionId
from bridge.ports import UnitOfWork
from bridge.ports.work import ListsVisits
from bridge.services.tools import Tools
from bridge.services.visits.asking import Listing, close, edit, listing_of, several

log = structlog.get_logger()

_NOWHERE = {
    Standing.EARLY,
    Standing.OVER,
    Standing.ENDED,
    Standing.REVOKED,
    Standing.CANCELLED,
}
"""Standings of a link with which nobody can wait, so that no answer could matter."""


@dataclass(frozen=True, slots=True)
class UnansweredQuestions:
    """Handles questions without an answer."""

    tools: Tools

    async def look(self, now: datetime) -> None:
        """Plan the handling of questions with a device that has long given no sign of life."""
        async with self.tools.works.reading() as work:
            silent = await work.questions.silent(now - ABSENT)
        if not silent:
            return
        async with self.tools.works() as work:
            await work.agenda.plan([Due(Kind.ASKED, str(one), now) for one in silent])

    async def turn(self, due: Due) -> datetime | None:
        """Agenda handler: edit a question, call the organiser or close it, as is due."""
        now = self.tools.now()
        async with self.tools.works() as work:
            listing = await listing_of(work, QuestionId(UUID(due.key)), self.tools.policy, now)
            if listing is None or listing.question.closed_at is not None:
                return None
            if listing.link in _NOWHERE or not (listing.unanswered or listing.question.back):
                await close(work, listing, "gone")
                return None
            if listing.question.back:
                return None  # nobody waits for its answer
            return await self._waits(work, await _without_absent(work, listing))

    async def _waits(self, work: UnitOfWork, listing: Listing) -> datetime:
        now, question = listing.now, listing.question
        moments = [listing.closes]
        if question.stale and now >= question.settles:
            await edit(work, listing)
        elif question.stale:
            moments.append(question.settles)
        called = question.asked_at + PATIENCE
        if now < called:
            moments.append(called)
        elif listing.waiting and await work.outbox.post(_call(listing)):
            log.info("guest.called", question=str(question.id))
        return min(moments)


async def _without_absent(work: ListsVisits, listing: Listing) -> Listing:
    """Remove devices whose page is closed from the list, and return the rest."""
    before = listing.now - ABSENT
    absent = {
        one.visit.id
        for one in listing.waiting
        if one.visit.seen_at is not None and one.visit.seen_at <= before
    }
    if not absent:
        return listing
    for visit in sorted(absent):
        await work.visits.left(visit, listing.now)
    question = listing.question.changed()
    await work.questions.save(question)
    devices = [
        replace(one, visit=replace(one.visit, left_at=listing.now))
        if one.visit.id in absent
        else one
        for one in listing.devices
    ]
    return replace(listing, question=question, devices=devices)


def _call(listing: Listing) -> Notice:
    """Call the organiser, once for an invitation, however many devices wait with it."""
    organiser, invitation = listing.meeting.organiser, listing.invitation
    alone = len(listing.waiting) == 1
    parameters = listing.about(listing.waiting[0]) if alone else several(listing)
    return Notice(
        idempotency_key=f"call:{invitation.id}:{invitation.number}",
        template="guest.waits-long" if alone else "guest.waits-long.several",
        to=ToPerson(user=organiser),
        mentions=(organiser,),
        # The outbox drops it if the organiser has left this salon when it is sent.
        parameters={**parameters, "since": span(PATIENCE), "of-salon": listing.meeting.salon},
    )
