"""Private links to the host's page of the door: made here, worded when they are sent."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.authority import ABSENT, Act
from bridge.domain.cause import Cause
from bridge.domain.codes import Minter
from bridge.domain.course import course_of
from bridge.domain.host import HostLink
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import HostPageLink
from bridge.domain.policy import Policy
from bridge.errors import NotAllowed
from bridge.ids import HostId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import HasInvitations
from bridge.services.permissions import demand
from bridge.services.tools import Tools

NUMBER = 0
"""The number in every code: another link is another row with an id of its own."""


@dataclass(frozen=True, slots=True)
class HostLinks:
    """Makes links, and derives their codes again for the message that carries them."""

    minter: Minter
    tools: Tools

    async def issue(
        self, work: UnitOfWork, cause: Cause, meeting: Meeting, occurrence: Occurrence
    ) -> HostLink:
        """Send the author a link of their own, by direct message; their earlier link stops working.

        Raises NotAllowed, also for an actor without an account of their own.
        """
        demand(Act.HOST, cause, meeting, self.tools.policy)
        to = cause.private
        if to is None:
            raise NotAllowed(reason="elsewhere")
        known = cause.actor.person(meeting.salon).membership or ABSENT
        now, key = self.tools.now(), self.minter.current
        identity = HostId(uuid7(now))
        link = HostLink(
            id=identity,
            occurrence=occurrence.id,
            user=to.user,
            created_at=now,
            digest=self.minter.digest(identity, NUMBER, key),
            key=key,
            present=known.present,
            level=known.level,
        )
        await work.hosts.add(link)
        once = f"direct:{cause.event}:0"
        await work.outbox.post(HostPageLink(idempotency_key=once, to=to, host=link.id))
        return link


def code_of(link: HostLink, minter: Minter) -> str:
    """Return the 22 characters of a link."""
    return minter.code(link.id, NUMBER, link.key)


async def closes_at(work: HasInvitations, occurrence: Occurrence, policy: Policy) -> datetime:
    """Return the moment after which no guest can come in, so that none needs an answer."""
    known = await work.invitations.of_occurrence(occurrence.id)
    return course_of(occurrence, known, policy.graces).last


def is_over(occurrence: Occurrence, closes: datetime, now: datetime) -> bool:
    """Tell whether a host has nothing more to do; extending the meeting can undo that."""
    return occurrence.state is not OccurrenceState.PLANNED or closes <= now
