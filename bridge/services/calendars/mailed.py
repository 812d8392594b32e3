"""Meetings follow the events to which their organisers invite us by mail.

Such an event is one of a calendar that only tells: its meeting follows it as it follows a copy, and
nothing is ever written there. Who organises it gets our answer and the link by mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act
from bridge.domain.calendar_event import Attendee, CalendarEvent, EventField
from bridge.domain.cause import Cause
from bridge.domain.colleague import Colleague
from bridge.domain.mailed import (
    MailedEvent,
    OrganiserMail,
    OrganiserMailKind,
    mail_to_organiser,
)
from bridge.domain.merging import merged_fields
from bridge.domain.message import Notice, Parameter, ToPerson
from bridge.domain.names import clean_name
from bridge.ports import UnitOfWork
from bridge.services.calendars.describing import Described
from bridge.services.calendars.following import Following
from bridge.services.meetings.colleagues import expect
from bridge.services.meetings.lifecycle import is_over
from bridge.services.naming import titled
from bridge.services.permissions import demand

_MOST_PEOPLE = 50
"""People of one event who are looked up, and outsiders of whom its owner is told."""


@dataclass(frozen=True, slots=True)
class MailedFollowing:
    """Use cases on what mails to us say of events."""

    following: Following
    ours: frozenset[str]
    """Our addresses, in lower case."""

    @property
    def _now(self) -> datetime:
        return self.following.changes.meetings.tools.now()

    async def follow(
        self, work: UnitOfWork, cause: Cause, known: MailedEvent, event: CalendarEvent
    ) -> None:
        """Have a meeting follow an event as its organiser may, or make one. Raises Refused."""
        known = await self._found(work, known, event)
        ours = await self._described(work, known)
        if ours is not None and not self._begins_anew(known, ours, event):
            known = await self._merged(work, cause, known, (ours, event))
        else:
            known = await self._planned(work, cause, known, event)
        if known.meeting is not None and not event.cancelled:
            await self._answer(work, known)
        await work.mailed.save(replace(known, base=event.fields(), owed=(), ended=event.cancelled))

    async def refused(self, work: UnitOfWork, known: MailedEvent, event: CalendarEvent) -> None:
        """Leave the meeting as it is: what the event says now is not done, and not tried again."""
        await work.mailed.save(replace(known, base=event.fields(), owed=()))

    async def _found(
        self, work: UnitOfWork, known: MailedEvent, event: CalendarEvent
    ) -> MailedEvent:
        """Return it with its owner's meeting of that UID, if a calendar asked for one before."""
        if known.meeting is not None:
            return known
        for copy in await work.calendars.copy_by_uid(known.uid):
            meeting = None if copy.meeting is None else await work.meetings.get(copy.meeting)
            if meeting is not None and meeting.organiser == known.owner:
                return replace(known, meeting=meeting.id, base=event.fields())
        return known

    async def _described(self, work: UnitOfWork, known: MailedEvent) -> Described | None:
        if known.meeting is None:
            return None
        return await self.following.describing.describe(work, known.meeting)

    def _begins_anew(self, known: MailedEvent, ours: Described, event: CalendarEvent) -> bool:
        """Tell whether an event takes place again that its organiser had cancelled."""
        return known.ended and not event.cancelled and all(one.void for one in ours.dates)

    async def _planned(
        self, work: UnitOfWork, cause: Cause, known: MailedEvent, event: CalendarEvent
    ) -> MailedEvent:
        known = replace(known, meeting=None, named=(), proposed=())
        newcomers = self.following.newcomers
        if await newcomers.unfit(work, cause, event):
            return known
        made = await newcomers.plan(work, replace(cause, into=None), event)
        if made is None:
            return known
        known = replace(known, meeting=made.meeting.id)
        await self.following.take_dates(work, cause, made.meeting.id, event)
        ours = await self._described(work, known)
        assert ours is not None
        return await self._people(work, cause, known, (ours, event))

    async def _merged(
        self,
        work: UnitOfWork,
        cause: Cause,
        known: MailedEvent,
        both: tuple[Described, CalendarEvent],
    ) -> MailedEvent:
        """Take what the event changed; what only we changed stays ours."""
        ours, event = both
        merge = merged_fields(known.base, event.fields(), ours.event.fields())
        if all(is_over(one, self._now) for one in ours.dates):
            return known
        done = await self.following.take(work, cause, event, (ours, None), merge)
        await self.following.telling.tell(work, cause, done)
        if EventField.PEOPLE in merge.taken and not event.cancelled:
            fresh = await self._described(work, known)
            return await self._people(work, cause, known, (fresh or ours, event))
        return known

    # --- people -----------------------------------------------------------------------------

    async def _people(
        self,
        work: UnitOfWork,
        cause: Cause,
        known: MailedEvent,
        both: tuple[Described, CalendarEvent],
    ) -> MailedEvent:
        """Expect the agents among an event's people; tell the owner of those from outside.

        Nobody is mailed: their organiser's calendar has invited them already, and a personal link
        is for the organiser to give. Raises NotAllowed, InvitationRefused.
        """
        ours, event = both
        if event.hidden:
            return known
        coming = [one for one in ours.dates if not is_over(one, self._now)]
        if not coming:
            return known
        colleagues, outside = await self._sorted(known, event.attendees)
        if colleagues:
            policy = self.following.changes.meetings.tools.policy
            demand(Act.INVITE, cause, ours.meeting, policy)
            for one in coming:
                there = {each.known_by for each in one.colleagues}
                fresh = [each for each in colleagues if each.known_by not in there]
                await expect(work, one, fresh, self._now)
        guests = await work.invitations.of_occurrence(coming[0].id)
        there = {*known.proposed, *(one.email.casefold() for one in guests if one.email)}
        fresh_outside = [one for one in outside if one not in there]
        if fresh_outside:
            await work.outbox.post(self._proposal(cause, known, ours, fresh_outside))
        named = {*known.named, *(one.user for one in colleagues if one.user is not None)}
        return replace(
            known, named=tuple(sorted(named)), proposed=(*known.proposed, *fresh_outside)
        )

    async def _sorted(
        self, known: MailedEvent, attendees: Sequence[Attendee]
    ) -> tuple[list[Colleague], list[str]]:
        """Return the agents and the others, without us and the owner."""
        colleagues, outside = list[Colleague](), list[str]()
        for one in attendees[:_MOST_PEOPLE]:
            if one.address in self.ours or one.address == known.organizer:
                continue
            holder = await self.following.people.identities.holder(one.address)
            if holder is None:
                outside.append(one.address)
            elif holder.user != known.owner:
                colleagues.append(Colleague(holder.user, clean_name(one.name), one.address))
        return colleagues, outside

    def _proposal(
        self, cause: Cause, known: MailedEvent, ours: Described, outside: Sequence[str]
    ) -> Notice:
        parameters: dict[str, Parameter] = {
            "title": titled(ours.meeting),
            "people": ", ".join(outside),
        }
        return Notice(
            idempotency_key=f"answer:{cause.event}:outside",
            to=ToPerson(user=known.owner, account=ours.meeting.account),
            template="mailed.outside",
            parameters=parameters,
            mentions=(known.owner,),
        )

    # --- mails to the organiser -------------------------------------------------------------

    async def _answer(self, work: UnitOfWork, known: MailedEvent) -> None:
        """Accept what is owed, and mail the link of a new meeting; each once."""
        assert known.meeting is not None
        kinds = OrganiserMailKind
        wanted = [
            mail_to_organiser(known.id, kinds.ACCEPTANCE, self._now, part=part, sequence=sequence)
            for part, sequence in known.owed
        ]
        wanted.append(mail_to_organiser(known.id, kinds.LINK, self._now, part=str(known.meeting)))
        await self._ask(work, known, wanted)

    async def _ask(
        self, work: UnitOfWork, known: MailedEvent, wanted: Sequence[OrganiserMail]
    ) -> None:
        await work.mailed.save(known)  # mails hang on its row
        for one in wanted:
            if await work.mailed.ask(one):
                await work.agenda.plan([Due(Kind.ORGANISER, str(one.id), self._now)])
