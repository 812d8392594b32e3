"""The people of an event: who was added in a calendar, and what they answered there."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.domain.answer import Answer
from bridge.domain.authority import Act
from bridge.domain.calendar import CalendarAccount
from bridge.domain.calendar_event import Attendee, CalendarEvent
from bridge.domain.cause import Cause
from bridge.domain.colleague import Colleague
from bridge.domain.meeting import Occurrence
from bridge.domain.message import Notice, ToPerson, one_line
from bridge.domain.names import clean_name
from bridge.domain.scope import WholeSeries
from bridge.ids import UserId
from bridge.ports import Identities, UnitOfWork
from bridge.services.answers import answer
from bridge.services.calendars.describing import Described
from bridge.services.invitations.invitations import Guest, Invitations, Terms
from bridge.services.meetings.colleagues import expect
from bridge.services.meetings.lifecycle import is_over
from bridge.services.naming import titled
from bridge.services.permissions import demand
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class People:
    """Use cases on the people of an event."""

    tools: Tools
    invitations: Invitations
    identities: Identities

    async def added(
        self,
        work: UnitOfWork,
        cause: Cause,
        account: CalendarAccount,
        ours: Described,
        theirs: CalendarEvent,
    ) -> None:
        """Expect the agents who were added in a calendar, and invite the outsiders.

        A person who was taken out of it keeps their link: only a line withdraws one. Raises
        NotAllowed, InvitationRefused, LimitReached.
        """
        coming = self._coming(ours)
        if not coming:
            return
        first = coming[0]
        known = await work.invitations.of_occurrence(first.id)
        there = {one.email.casefold() for one in known if one.email}
        colleagues, guests = list[Colleague](), list[Guest]()
        for one in theirs.attendees:
            if one.address in there or one.address in account.addresses:
                continue
            holder = await self.identities.holder(one.address)
            name = clean_name(one.name)
            if holder is None:
                guests.append(Guest(name, one.address))
            elif holder.user != ours.meeting.organiser:
                colleagues.append(Colleague(holder.user, name, one.address))
        if not colleagues and not guests:
            return
        demand(Act.INVITE, cause, ours.meeting, self.tools.policy)
        for occurrence in coming:
            fresh = [one for one in colleagues if not _expected(one, occurrence)]
            await expect(work, occurrence, fresh, self.tools.now())
        if guests:
            about = ours.meeting, await work.meetings.occurrence(first.id) or first
            scope = WholeSeries() if ours.series is not None else None
            await self.invitations.invite(work, cause, about, guests, Terms(scope=scope))
            await self._tell(work, cause, account, ours, guests)

    async def _tell(
        self,
        work: UnitOfWork,
        cause: Cause,
        account: CalendarAccount,
        ours: Described,
        guests: Sequence[Guest],
    ) -> None:
        """Tell the owner whom we mailed, and what their server may have sent before."""
        template = "calendar.invited-twice" if account.schedules else "calendar.invited"
        await work.outbox.post(
            Notice(
                idempotency_key=f"answer:{cause.event}:invited",
                to=ToPerson(user=account.owner),
                template=template,
                parameters={
                    "title": titled(ours.meeting),
                    "people": one_line(*(one.email for one in guests)),
                },
                mentions=(account.owner,),
            )
        )

    async def answered(
        self, work: UnitOfWork, account: CalendarAccount, ours: Described, theirs: CalendarEvent
    ) -> None:
        """Keep what attendees answered: the owner's own, or in the organiser's copy everybody's."""
        own = account.owner == ours.meeting.organiser
        for one in theirs.attendees:
            if one.answer is None:
                continue
            if one.address in account.addresses:
                if not own:
                    await self._answer(work, ours, account.owner, one.answer)
            elif own:
                await self._of_other(work, ours, one, one.answer)

    async def _of_other(
        self, work: UnitOfWork, ours: Described, attendee: Attendee, said: Answer
    ) -> None:
        for occurrence in self._coming(ours):
            for guest in await work.invitations.of_occurrence(occurrence.id):
                if guest.email.casefold() == attendee.address and guest.revoked_at is None:
                    await answer(work, occurrence, guest.id, said, self.tools.now())
        holder = await self.identities.holder(attendee.address)
        if holder is not None and holder.user is not None:
            await self._answer(work, ours, holder.user, said)

    async def stay_away(self, work: UnitOfWork, owner: UserId, ours: Described) -> None:
        """Keep that an agent comes to none of the dates: they deleted the event."""
        await self._answer(work, ours, owner, Answer.NO)

    async def _answer(self, work: UnitOfWork, ours: Described, who: UserId, said: Answer) -> None:
        for occurrence in self._coming(ours):
            await answer(work, occurrence, who, said, self.tools.now())

    def _coming(self, ours: Described) -> list[Occurrence]:
        now = self.tools.now()
        return sorted(
            (one for one in ours.dates if not is_over(one, now)),
            key=lambda one: (one.start, one.id),
        )


def _expected(one: Colleague, occurrence: Occurrence) -> bool:
    return one.known_by in {known.known_by for known in occurrence.colleagues}
