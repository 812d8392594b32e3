"""Changes in agents' calendars, which a worker leaves in the inbox.

The bot does them: it alone knows what the homeserver lets their owners do at this moment.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from bot.conversation.refusals import refusal_of_no_line
from bot.conversation.salon import is_agent
from bot.matrix.events import Account, SendRefused
from bridge.domain.authority import ABSENT, Membership
from bridge.domain.calendar_change import CalendarChange, unpacked_event
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.cause import Actor, Cause, Party
from bridge.domain.message import Parameter, phrase
from bridge.errors import ParvisError
from bridge.ids import CalendarObjectId, EventId, SalonId, UserId
from bridge.services.calendars.following import Following
from bridge.services.calendars.telling import refusal_of
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged:
    """An event of an agent's calendar that changed, or is new or gone."""

    event: EventId
    salon: SalonId
    """The meeting's; empty if there is none."""
    sent_at: datetime
    owner: UserId
    object: str
    said: Mapping[str, Any] | None
    etag: str
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarListener:
    """Has meetings follow calendars."""

    tools: Tools
    account: Account
    following: Following
    servers: Collection[str]
    """Homeservers of agents."""

    async def hear(self, changed: CalendarChanged) -> None:
        """Do what a calendar says, or tell its owner why not and put it back.

        Raises SendLater while the homeserver doesn't say what the owner may do.
        """
        change = CalendarChange(
            object=CalendarObjectId(UUID(changed.object)),
            event=unpacked_event(changed.said),
            etag=changed.etag,
            after=None if changed.after is None else datetime.fromisoformat(changed.after),
        )
        cause = await self._cause(changed)
        organiser = await self._organiser(changed, change.event)
        try:
            async with self.tools.works() as work:
                if await work.inbox.done(changed.event):
                    await self.following.follow(work, cause, change, organiser=organiser)
        except ParvisError as error:
            log.info("calendar.put-back", code=error.code)
            title: Parameter = phrase("meeting.untitled")
            if change.event is not None and change.event.title:
                title = change.event.title
            told = refusal_of(cause, title, refusal_of_no_line(error))
            async with self.tools.works() as work:
                if await work.inbox.done(changed.event):
                    await self.following.put_back(work, change)
                    if told is not None:
                        await work.outbox.post(told)

    async def _cause(self, changed: CalendarChanged) -> Cause:
        known: dict[SalonId, Membership] = {}
        if changed.salon:
            known[changed.salon] = await self._membership(changed.salon, changed.owner)
        actor = self._actor(changed.owner, known)
        return Cause(key=changed.event, actor=actor, at=changed.sent_at)

    async def _organiser(
        self, changed: CalendarChanged, event: CalendarEvent | None
    ) -> Actor | None:
        """Return the agent of an event's ORGANIZER, if they are another member of its salon.

        An address counts that belongs to one agent, to whom it also leads back.
        """
        if event is None or not event.organizer or not changed.salon:
            return None
        identities = self.following.people.identities
        holder = await identities.holder(event.organizer)
        user = None if holder is None else holder.user
        if user is None or user == changed.owner or not is_agent(user, self.servers):
            return None
        known = await identities.resolve(user)
        if known is None or known.email.casefold() != event.organizer.casefold():
            return None
        membership = await self._membership(changed.salon, user)
        return self._actor(user, {changed.salon: membership}) if membership.present else None

    def _actor(self, user: UserId, memberships: Mapping[SalonId, Membership]) -> Actor:
        return Actor(
            party=Party.CALENDAR,
            name=user,
            outside=not is_agent(user, self.servers),
            memberships=memberships,
        )

    async def _membership(self, salon: SalonId, owner: UserId) -> Membership:
        try:
            state = await self.account.salon(salon)
        except SendRefused:
            return ABSENT
        return Membership(owner in state.members, state.level(owner))
