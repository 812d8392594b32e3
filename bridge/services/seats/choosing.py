"""Answers from the salon to a question, by reaction or reply: they mean guests of its list.

An answer admits nobody of whom its author can't have read yet: if a guest came at that very moment,
the salon is asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.question import READING
from bridge.errors import GuestAmbiguous, GuestUnknown
from bridge.ids import ActorId, QuestionId
from bridge.ports import UnitOfWork
from bridge.ports.work import HasOutbox, ReadsQuestions
from bridge.services.seats.decisions import Decided, Seats
from bridge.services.tools import Tools
from bridge.services.visits.asking import Listing, listing_of, several
from bridge.services.visits.snapshot import Admission


@dataclass(frozen=True, slots=True)
class Choosing:
    """Use cases of answers to questions; each runs in the answer's transaction."""

    tools: Tools
    seats: Seats

    async def question(self, work: ReadsQuestions, identity: QuestionId) -> Listing | None:
        """Return a question with its list, and lock them."""
        return await listing_of(work, identity, self.tools.policy, self.tools.now())

    async def answer(
        self, work: UnitOfWork, listing: Listing, *, admit: bool, by: ActorId, at: datetime
    ) -> Sequence[Decided]:
        """Apply the salon's yes or no of the moment `at`; one that is too late has no effect.

        A no refuses all in the list. Raises GuestAmbiguous if a yes could mean several, and
        TakeoversSpent.
        """
        if admit:
            meant = await self._meant(work, listing, at)
        else:
            meant = [] if listing.question.back else listing.unanswered
        return [await self.seats.decide(work, one, admit=admit, by=by) for one in meant]

    async def only(self, work: HasOutbox, listing: Listing, at: datetime) -> Admission:
        """Return the visit meant by a reply without a name. Raises GuestUnknown, GuestAmbiguous."""
        meant = await self._meant(work, listing, at)
        if not meant and len(listing.devices) == 1:
            meant = listing.devices  # it is too late for this one, and the answer says so
        if not meant:
            raise GuestUnknown(reason="nobody-waits")
        return meant[0]

    async def _meant(self, work: HasOutbox, listing: Listing, at: datetime) -> Sequence[Admission]:
        """Return the only one who may be meant, or none if all are decided."""
        if listing.question.back:
            return listing.devices
        waiting = listing.waiting
        if len(waiting) > 1:
            found = several(listing)
            raise GuestAmbiguous(reason="several", names=found["names"], first=found["first"])
        # A guest alone in the list whose page is closed may come back, and finds the door open.
        meant = waiting or (listing.unanswered if len(listing.devices) == 1 else [])
        if meant and not await _read(work, listing, at):
            visit = meant[0].visit
            raise GuestAmbiguous(reason="changed", name=visit.name, number=visit.number)
        return meant


async def _read(work: HasOutbox, listing: Listing, at: datetime) -> bool:
    """Tell whether the author of an answer of that moment had read the present list.

    If a device has always been alone in it, there was no other to read.
    """
    question, devices = listing.question, listing.devices
    if len(devices) == 1 and devices[0].visit.asked_at == question.asked_at:
        return True
    left = await work.outbox.left_at(question.idempotency_key)
    return left is not None and left + READING <= at
