"""Other times that guests propose: the salon reads them, and takes them by a reaction."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.counter import Proposal, beginning
from bridge.domain.incoming import CalendarReply, IncomingMail
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice, Parameter, course
from bridge.domain.quota import Pace
from bridge.ports import UnitOfWork
from bridge.services.incoming.guests import Concerned, GuestsByMail
from bridge.services.naming import titled, when
from bridge.services.telling import to_meeting, touches

_PACE = Pace(3, timedelta(days=1))
"""So many proposals of one guest are told, then one each eight hours."""
TAKE, REFUSE = "📅", "❌"
"""The reactions that move the meeting to the time that a guest proposes, and that refuse it."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Tells salons of the times that guests propose."""

    guests: GuestsByMail

    async def find(self, mail: IncomingMail, wish: CalendarReply) -> Concerned | None:
        """Return the guest who proposes a time for one date; `None` if nobody of ours does."""
        found = await self.guests.concerned(mail, wish)
        return found if found is not None and len(found.dates) == 1 else None

    async def tell(
        self, work: UnitOfWork, wish: CalendarReply, concerned: Concerned, *, answered: bool
    ) -> bool:
        """Tell the salon, once; `False` if the wish is of no use any more, or is no change.

        `answered`: the guest gets a mail if it is not taken; a later wish takes its place.
        """
        about = await work.meetings.both(concerned.dates[0])
        invitation = await work.invitations.get(concerned.invitation.id)
        if about is None or invitation is None:
            return False
        meeting, occurrence = about
        mails = await work.mails.to([invitation.id])
        if not self.guests.expects(invitation, occurrence, mails, wish.sequence):
            return False
        if not self._possible(wish, occurrence):
            return False
        assert wish.start is not None
        proposal = Proposal(
            invitation=invitation.id,
            occurrence=occurrence.id,
            version=occurrence.sequence,
            start=wish.start,
            length=wish.length,
            sequence=wish.sequence if answered else None,
        )
        name = f"counter:{invitation.id}"
        if await work.once.take(name, self.guests.tools.now(), _PACE) is not None:
            return False
        told = _told(meeting, occurrence, proposal, invitation.shown)
        if not await work.outbox.post(told):
            return False
        for touch in touches(told, TAKE, REFUSE):
            await work.outbox.post(touch)
        await work.agenda.drop_all(Kind.DECLINE, beginning(occurrence.id, invitation.id))
        if answered:
            await work.agenda.plan([Due(Kind.DECLINE, proposal.due, occurrence.start)])
        return True

    def _possible(self, wish: CalendarReply, occurrence: Occurrence) -> bool:
        tools = self.guests.tools
        if wish.start is None or not timedelta() < wish.length <= tools.policy.longest:
            return False
        same = (wish.start, wish.length) == (occurrence.start, occurrence.end - occurrence.start)
        return not same and min(wish.start, occurrence.start) > tools.now()


def _told(meeting: Meeting, occurrence: Occurrence, wish: Proposal, guest: str) -> Notice:
    parameters: dict[str, Parameter] = {
        "guest": guest,
        "title": titled(meeting, occurrence),
        "when": when(occurrence),
        "wish": course(wish.start, wish.start + wish.length, occurrence.zone),
        "key": TAKE,
    }
    return Notice(
        idempotency_key=wish.key,
        to=to_meeting(meeting),
        template="counter.proposed",
        parameters=parameters,
        mentions=(meeting.organiser,),
        thread=meeting.thread,
    )
