"""Answers from the salon to a question, by reaction or reply: whom of its list they mean.

Nobody is let in whom the one who answers can't have read of: who came in that very moment is asked
about again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.question import READING
from bridge.errors import GuestAmbiguous, GuestUnknown
from bridge.ids import ActorId, QuestionId, VisitId
from bridge.ports import UnitOfWork
from bridge.services.seats.decisions import Decided, Seats
from bridge.services.tools import Tools
from bridge.services.visits.asking import Listing, listing_of, several
from bridge.services.visits.snapshot import Admission


@dataclass(frozen=True, slots=True)
class Choosing:
    """Use cases of answers to questions; each holds with the answer's other effects."""

    tools: Tools
    seats: Seats

    async def question(self, work: UnitOfWork, identity: QuestionId) -> Listing | None:
        """Return a question with its list, held."""
        return await listing_of(work, identity, self.tools.policy, self.tools.now())

    async def answer(
        self, work: UnitOfWork, listing: Listing, *, admit: bool, by: ActorId, at: datetime
    ) -> Sequence[Decided]:
        """Take the salon's yes or no of the moment `at`; nothing comes of one that is too late.

        A no is for all in the list. Raises GuestAmbiguous where a yes could mean several, and
        TakeoversSpent.
        """
        if admit:
            meant = await self._meant(work, listing, at)
        else:
            meant = [] if listing.question.back else listing.unanswered
        visits = [one.visit.id for one in meant]
        return [await self.seats.decide(work, one, admit=admit, by=by) for one in visits]

    async def only(self, work: UnitOfWork, listing: Listing, at: datetime) -> VisitId:
        """Return whom a reply without a name means. Raises GuestUnknown, GuestAmbiguous."""
        meant = await self._meant(work, listing, at)
        if not meant and len(listing.devices) == 1:
            meant = listing.devices  # about whom it is too late, and they are told so
        if not meant:
            raise GuestUnknown(reason="nobody-waits")
        return meant[0].visit.id

    async def _meant(self, work: UnitOfWork, listing: Listing, at: datetime) -> Sequence[Admission]:
        """Return the only one who may be meant, or none where all is decided."""
        if listing.question.back:
            return listing.devices
        waiting = listing.waiting
        if len(waiting) > 1:
            found = several(listing)
            raise GuestAmbiguous(reason="several", names=found["names"], first=found["first"])
        # Whose page is closed alone in the list may come back to it, and finds the door open.
        meant = waiting or (listing.unanswered if len(listing.devices) == 1 else [])
        if meant and not await _read(work, listing, at):
            visit = meant[0].visit
            raise GuestAmbiguous(reason="changed", name=visit.name, number=visit.number)
        return meant


async def _read(work: UnitOfWork, listing: Listing, at: datetime) -> bool:
    """Tell whether who answered at that moment had read the present list.

    Of a device that has always been alone in it there was no other to read.
    """
    question, devices = listing.question, listing.devices
    if len(devices) == 1 and devices[0].visit.asked_at == question.asked_at:
        return True
    left = await work.outbox.left_at(question.dedupe)
    return left is not None and left + READING <= at
