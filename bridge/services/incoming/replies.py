"""Guests' answers by mail: what a calendar sends when its owner accepts or declines."""

from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.incoming import CalendarReply, IncomingMail
from bridge.domain.meeting import Occurrence
from bridge.ports import UnitOfWork
from bridge.services.answers import answer
from bridge.services.incoming.guests import Concerned, GuestsByMail


@dataclass(frozen=True, slots=True)
class Replies:
    """Keeps guests' answers."""

    guests: GuestsByMail

    async def find(
        self, mail: IncomingMail, replies: tuple[CalendarReply, ...]
    ) -> list[tuple[CalendarReply, Concerned]]:
        """Return the answers that count, each with its guest and dates; nothing is locked yet."""
        found = []
        for one in replies:
            concerned = None if one.answer is None else await self.guests.concerned(mail, one)
            if concerned is not None and concerned.dates:
                found.append((one, concerned))
        return found

    async def keep(self, work: UnitOfWork, found: list[tuple[CalendarReply, Concerned]]) -> bool:
        """Keep answers that are newer than those known; `False` if none is."""
        dates = sorted({date for _, concerned in found for date in concerned.dates})
        locked = {date: await work.meetings.occurrence(date) for date in dates}
        kept = False
        for reply, concerned in found:
            for date in concerned.dates:
                occurrence = locked[date]
                if occurrence is not None:
                    kept |= await self._keep(work, occurrence, reply, concerned)
        return kept

    async def _keep(
        self, work: UnitOfWork, occurrence: Occurrence, reply: CalendarReply, concerned: Concerned
    ) -> bool:
        assert reply.answer is not None
        guest = concerned.invitation.id
        invitation = await work.invitations.get(guest)
        mails = await work.mails.to([guest])
        if invitation is None or not self.guests.expects(
            invitation, occurrence, mails, reply.sequence
        ):
            return False
        at = self._given(reply)
        known = await work.answers.of(occurrence.id, guest)
        if known is not None and known.at > at:
            return False  # mails arrive in any order
        if not await answer(work, occurrence, guest, reply.answer, at):
            assert known is not None
            await work.answers.put(replace(known, at=at))
        return True

    def _given(self, reply: CalendarReply) -> datetime:
        """Return when the answer was given: no clock of a guest's is ahead of ours."""
        now = self.guests.tools.now()
        return now if reply.stamp is None else min(reply.stamp, now)
