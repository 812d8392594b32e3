"""Mails by which agents invite our own address: what they say is kept, and handed to the bot.

Only mails for whose sender everything vouches count: our mail server for the domain (DMARC), the
identity table for the one agent behind the address, the event itself by its ORGANIZER, and once the
agent themselves, in a direct message. Nobody else is answered in any way.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.incoming import IncomingMail, Summons
from bridge.domain.mailed import InviterAddress, MailedEvent, mailed_id, sender_id
from bridge.domain.message import Notice, Parameters, ToPerson, phrase
from bridge.domain.quota import Pace
from bridge.errors import EventUnreadable
from bridge.ids import UserId
from bridge.ports import Identities, UnitOfWork
from bridge.ports.mailed import MailedHead, MailedTexts, MailedVersion
from bridge.services.incoming.senders import NO, YES, hand, question_key
from bridge.services.tools import Tools

log = structlog.get_logger()

_PACE = Pace(60, timedelta(hours=1))
"""So many mails of one agent are read at once, then one a minute."""
_MOST_WAITING = 20
"""Events that wait for their sender's word."""
_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summoned:
    """A mail that counts, with what becomes of its event."""

    owner: UserId
    sender: str
    head: MailedHead
    known: MailedEvent | None
    version: MailedVersion | None
    """`None`: it says nothing new, or its event is somebody else's."""
    theirs: bool
    """Whether its sender organises it."""
    mail: str
    """The mail's digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummonsReading:
    """Use cases on mails that invite us."""

    tools: Tools
    texts: MailedTexts
    identities: Identities
    ours: frozenset[str]
    """Our addresses, in lower case."""
    bot: UserId
    """The installation's first account."""
    services: frozenset[str] = frozenset()
    """Addresses from which calendar services mail for their users, in lower case."""

    async def find(self, mail: IncomingMail, said: Summons) -> Summoned | None:
        """Return a mail that counts; nothing is locked yet. `None`: nobody hears of it."""
        if mail.automatic or not mail.verified or mail.sender in self.ours:
            return None
        try:
            head = self.texts.head(said.text, said.method)
            sender = head.organizer if mail.sender in self.services else mail.sender
            owners = await self.identities.owners(sender)
            if len(owners) != 1 or not self._invites(head):
                return None
            (owner,) = owners
            known = await self._known(owner, head)
            theirs = head.organizer == sender
            version = None
            if theirs:
                before = "" if known is None else known.text
                cancels = head.method == "CANCEL"
                now = self.tools.now()
                version = await self.texts.merge(before, said.text, now, cancels=cancels)
        except EventUnreadable as error:
            log.info("inbox.event-unreadable", why=error.why)
            return None
        return Summoned(
            owner=owner,
            sender=sender,
            head=head,
            known=known,
            version=version,
            theirs=theirs,
            mail=mail.digest,
        )

    def _invites(self, head: MailedHead) -> bool:
        """Tell whether a mail is about us: a cancellation need not name whom it tells."""
        return head.method == "CANCEL" or bool(self.ours & head.attendees)

    async def _known(self, owner: UserId, head: MailedHead) -> MailedEvent | None:
        async with self.tools.works.reading() as work:
            return await work.mailed.get(mailed_id(owner, head.uid))

    async def keep(self, work: UnitOfWork, found: Summoned) -> bool:
        """Keep what a mail says, and have the bot act on it; `False` if nothing comes of it.

        Raises RuntimeError if another process read a mail of the same event meanwhile.
        """
        sender = await work.mailed.sender(sender_id(found.owner, found.sender))
        if sender is not None and sender.allowed is False:
            return False
        agreed = sender is not None and bool(sender.allowed)
        if not found.theirs:
            if agreed:
                await self._tell(work, found, "mailed.not-yours", found.head.uid)
            return False
        present = await work.mailed.get(mailed_id(found.owner, found.head.uid))
        if _text(present) != _text(found.known):
            raise RuntimeError("another process keeps this event")
        if found.version is None or not await self._may(work, found, agreed=agreed):
            return False
        event = self._event(found, present, found.version)
        await work.mailed.save(event)
        if agreed:
            await hand(work, event, self.bot, found.mail)
        elif not found.version.event.cancelled:
            await self._ask(work, found, sender, found.version.event)
        return True

    async def _may(self, work: UnitOfWork, found: Summoned, *, agreed: bool) -> bool:
        """Count a mail; tell whether its sender's pace, and what waits for their word, allow it."""
        now, name = self.tools.now(), f"summons:{found.owner}"
        if await work.once.take(name, now, _PACE) is not None:
            if agreed:
                await self._tell(work, found, "mailed.too-many", "")
            return False
        return agreed or len(await work.mailed.waiting(found.owner)) < _MOST_WAITING

    def _event(
        self, found: Summoned, present: MailedEvent | None, version: MailedVersion
    ) -> MailedEvent:
        now = self.tools.now()
        invited = next(iter(sorted(self.ours & found.head.attendees)), "")
        if present is None:
            return MailedEvent(
                id=mailed_id(found.owner, found.head.uid),
                owner=found.owner,
                uid=found.head.uid,
                text=version.text,
                organizer=found.sender,
                invited=invited,
                owed=version.owed,
                changed_at=now,
            )
        owed = dict(present.owed) | dict(version.owed)
        return replace(
            present,
            text=version.text,
            organizer=found.sender,
            invited=invited or present.invited,
            owed=tuple(sorted(owed.items())),
            changed_at=now,
        )

    async def _ask(
        self,
        work: UnitOfWork,
        found: Summoned,
        sender: InviterAddress | None,
        event: CalendarEvent,
    ) -> None:
        """Ask the agent whether such mails are theirs; again if they ignored it for a day."""
        now = self.tools.now()
        if sender is not None and not sender.to_be_asked(now):
            return
        asked = InviterAddress(
            id=sender_id(found.owner, found.sender), owner=found.owner, asked_at=now
        )
        await work.mailed.save_sender(asked)
        await work.outbox.post(
            Notice(
                idempotency_key=question_key(asked),
                to=ToPerson(user=found.owner),
                template="mailed.question",
                parameters={
                    "address": found.sender,
                    "title": event.title or phrase("meeting.untitled"),
                    "yes": YES,
                    "no": NO,
                },
                mentions=(found.owner,),
            )
        )

    async def _tell(self, work: UnitOfWork, found: Summoned, template: str, about: str) -> None:
        now = self.tools.now()
        name = f"{template}:{mailed_id(found.owner, about)}"
        again = timedelta(days=1) if not about else _MONTH
        if await work.once.claim(name, now, unless_after=now - again):
            parameters: Parameters = {"address": found.sender}
            await work.outbox.post(
                Notice(
                    idempotency_key=f"{name}:{now.isoformat()}",
                    to=ToPerson(user=found.owner),
                    template=template,
                    parameters=parameters,
                    mentions=(found.owner,),
                )
            )


def _text(event: MailedEvent | None) -> str | None:
    return None if event is None else event.text
