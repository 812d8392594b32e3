"""The guest whose calendar wrote to us, and the dates of theirs that it speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.domain.addresses import read_address
from bridge.domain.event import instant, invitation_of
from bridge.domain.incoming import CalendarReply, IncomingMail
from bridge.domain.invitation import LIVING, Invitation
from bridge.domain.mail import Mail
from bridge.domain.meeting import Occurrence
from bridge.domain.scope import NamedOccurrences, OneOccurrence
from bridge.ids import OccurrenceId
from bridge.ports import UnitOfWork
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class Concerned:
    """A guest, and the dates that their calendar named."""

    invitation: Invitation
    dates: Sequence[OccurrenceId]
    """In the order in which they are locked."""


@dataclass(frozen=True, slots=True)
class GuestsByMail:
    """Finds guests by what their calendars write."""

    tools: Tools
    domain: str
    """The right-hand side of events' UIDs."""

    async def concerned(self, mail: IncomingMail, reply: CalendarReply) -> Concerned | None:
        """Return the guest who wrote a mail, and its dates; `None` if no guest of ours did.

        Our mail server vouches for the sender, who is the guest, and speaks of nobody else.
        """
        known = invitation_of(reply.uid, self.domain)
        if known is None or not mail.verified or not _same(reply.attendee, mail.sender):
            return None
        async with self.tools.works.reading() as work:
            invitation = await work.invitations.get(known[0])
            if invitation is None or not _same(invitation.email, mail.sender):
                return None
            dates = await self._dates(work, invitation, reply, known[1])
        return Concerned(invitation, dates)

    async def _dates(
        self,
        work: UnitOfWork,
        invitation: Invitation,
        reply: CalendarReply,
        date: OccurrenceId | None,
    ) -> Sequence[OccurrenceId]:
        match invitation.scope:
            case OneOccurrence(only):
                return [only]
            case NamedOccurrences(named):
                return [] if date is None or date not in named else [date]
        series = await work.series.get(invitation.meeting)
        if date is not None or reply.original is None or series is None:
            now = self.tools.now()
            planned = await work.meetings.planned_of(invitation.meeting, ending_after=now)
            return [one.id for one in planned if date in (None, one.id)]
        dates = await work.meetings.of_series(invitation.meeting, since=series.start)
        return [
            one.id
            for one in dates
            if one.original is not None and instant(one.original, series.zone) == reply.original
        ]

    def expects(
        self, invitation: Invitation, occurrence: Occurrence, mails: Sequence[Mail], sequence: int
    ) -> bool:
        """Tell whether the guest is expected there, and their calendar knows our last change."""
        state = invitation.state(occurrence, self.tools.policy.graces, self.tools.now())
        about = {None, occurrence.id}
        told = [one.sequence or 0 for one in mails if one.left_at and one.occurrence in about]
        return state in LIVING and sequence >= max(told, default=0)


def _same(one: str, other: str) -> bool:
    """Tell whether two addresses are one, written in other letters."""
    left, right = read_address(one), read_address(other)
    return left is not None and right is not None and left.lower() == right.lower()
