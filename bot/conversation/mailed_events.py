"""Events to which agents invite us by mail, which a worker leaves in the inbox.

The bot has meetings follow them: it alone knows what their owners may do at this moment.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from bot.conversation.refusals import refusal_of_no_line
from bot.conversation.salon import is_agent
from bot.matrix.events import Account, SendRefused
from bridge.domain.authority import ABSENT, Membership
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.cause import Actor, Cause, Party
from bridge.domain.mailed import MailedEvent
from bridge.domain.message import Notice, ToPerson, phrase
from bridge.errors import EventUnreadable, ParvisError
from bridge.ids import EventId, MailedEventId, SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.ports.mailed import MailedTexts
from bridge.services.calendars.mailed import MailedFollowing
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMailed:
    """An event that an agent's mails changed, or of which the agent said that it is theirs."""

    event: EventId
    salon: SalonId
    """Empty."""
    sent_at: datetime
    owner: UserId
    mailed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedListener:
    """Has meetings follow mails."""

    tools: Tools
    account: Account
    following: MailedFollowing
    texts: MailedTexts
    servers: Collection[str]
    """Homeservers of agents."""

    async def hear(self, heard: EventMailed) -> None:
        """Do what an event's mails say, or tell its owner why not.

        Raises SendLater while the homeserver doesn't say what the owner may do.
        """
        identity = MailedEventId(UUID(heard.mailed))
        async with self.tools.works.reading() as work:
            known = await work.mailed.get(identity)
            found = None
            if known is not None and known.meeting is not None:
                found = await work.meetings.get(known.meeting)
        event = None if known is None else await self._read(known)
        outside = not is_agent(heard.owner, self.servers)
        if known is None or event is None or outside:
            async with self.tools.works() as work:
                await work.inbox.done(heard.event)
            return
        salon = None if found is None else found.salon
        cause = await self._cause(heard, salon)
        try:
            async with self.tools.works() as work:
                present = await self._present(work, heard, known)
                if present is not None:
                    await self.following.follow(work, cause, present, event)
        except ParvisError as error:
            log.info("mailed.refused", code=error.code)
            async with self.tools.works() as work:
                present = await self._present(work, heard, known)
                if present is not None:
                    await self.following.refused(work, present, event)
                    await work.outbox.post(_refused(heard, event, error))

    async def _read(self, known: MailedEvent) -> CalendarEvent | None:
        try:
            return await self.texts.read(known.text)
        except EventUnreadable:  # it was read before it was kept
            log.exception("mailed.unreadable")
            return None

    async def _present(
        self, work: UnitOfWork, heard: EventMailed, known: MailedEvent
    ) -> MailedEvent | None:
        """Return the event, locked; `None` if it is done already, or a later mail tells more."""
        if not await work.inbox.done(heard.event):
            return None
        present = await work.mailed.get(known.id)
        return None if present is None or present.text != known.text else present

    async def _cause(self, heard: EventMailed, salon: SalonId | None) -> Cause:
        known = {} if salon is None else {salon: await self._membership(salon, heard.owner)}
        actor = Actor(party=Party.CALENDAR, name=heard.owner, memberships=known)
        return Cause(key=heard.event, actor=actor, at=heard.sent_at)

    async def _membership(self, salon: SalonId, owner: UserId) -> Membership:
        try:
            state = await self.account.salon(salon)
        except SendRefused:
            return ABSENT
        return Membership(owner in state.members, state.level(owner))


def _refused(heard: EventMailed, event: CalendarEvent, error: ParvisError) -> Notice:
    return Notice(
        idempotency_key=f"answer:{heard.event}:refused",
        to=ToPerson(user=heard.owner),
        template="mailed.refused",
        parameters={
            "title": event.title or phrase("meeting.untitled"),
            "refusal": phrase(*refusal_of_no_line(error)),
        },
        mentions=(heard.owner,),
    )
