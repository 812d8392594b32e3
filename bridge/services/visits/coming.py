"""A guest's answer to the question whether they come, and their meeting as a calendar's event."""

from dataclasses import dataclass, field, replace

from bridge.domain.answer import Answer
from bridge.domain.codes import Minter
from bridge.domain.event import GuestEvent, uid_of, walled
from bridge.domain.invitation import Standing
from bridge.domain.scope import OneOccurrence
from bridge.domain.topics import topics_of
from bridge.ids import VisitId
from bridge.services.answers import answer
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import Admission, admission_held, admission_of

AWAITED = frozenset(
    {
        Standing.EARLY,
        Standing.PREPARING,
        Standing.OPEN,
        Standing.PROVING,
        Standing.WAITING,
    }
)
"""Guests who may say whether they come, and have their meeting in a calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedVisit:
    """A visit's meeting, for the guest's calendar."""

    event: GuestEvent
    title: str
    topics: str = field(default="", repr=False)
    link: str = field(repr=False)
    """The guest's own: the browser came by it, and it leads to this meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Use cases of the page of a guest who is expected."""

    tools: Tools
    minter: Minter
    door: str
    """The door's public origin, without a slash at the end."""
    domain: str
    """The right-hand side of events' UIDs."""

    async def say(self, visit: VisitId, secret: str, said: Answer) -> bool:
        """Keep an answer of the visit's own browser; `False` for anybody else.

        Once the guest is not expected any more, it is not kept.
        """
        admission = await self._own(visit, secret)
        if admission is None:
            return False
        now = self.tools.now()
        if admission.standing(now) not in AWAITED:
            return True
        async with self.tools.works() as work:
            held = await admission_held(work, visit, self.tools.policy)
            if held is not None and held.standing(now) in AWAITED:
                await answer(work, held.occurrence, held.invitation.id, said, now)
        return True

    async def dated(self, visit: VisitId, secret: str) -> DatedVisit | None:
        """Return the meeting of the visit's own browser; `None` if its guest is not expected.

        A visit whose link was replaced is not known any more, so its guest's next link is told to
        nobody who has not followed it.
        """
        admission = await self._own(visit, secret)
        if admission is None or admission.standing(self.tools.now()) not in AWAITED:
            return None
        invitation, occurrence = admission.invitation, admission.occurrence
        only = isinstance(invitation.scope, OneOccurrence)
        async with self.tools.works.reading() as work:
            mails = await work.mails.to([invitation.id])
        event = GuestEvent(
            uid=uid_of(invitation.id, self.domain, date=None if only else occurrence.id),
            start=walled(occurrence.start, occurrence.zone),
            length=occurrence.due_end - occurrence.start,
            zone=occurrence.zone,
        )
        told = max((one.sequence or 0 for one in mails if one.left_at), default=0)
        code = self.minter.code(invitation.id, invitation.number, invitation.key)
        return DatedVisit(
            event=replace(event, sequence=told),
            title=admission.title,
            topics=topics_of(admission.meeting, self.tools.policy.limits.topics),
            link=f"{self.door}/j/{code}",
        )

    async def _own(self, visit: VisitId, secret: str) -> Admission | None:
        async with self.tools.works.reading() as work:
            admission = await admission_of(work, visit, self.tools.policy)
        own = admission is not None and admission.belongs_to(secret)
        return admission if own else None
