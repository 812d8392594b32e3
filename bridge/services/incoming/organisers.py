"""Mails to organisers who invited us: our answer, and the link with a line to paste."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, pace
from bridge.domain.mailed import MailedEvent, OrganiserMail, OrganiserMailKind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice, ToPerson
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import OrganiserMailId
from bridge.metrics import Metrics
from bridge.ports import Letter, Post
from bridge.ports.mailed import MailedTexts
from bridge.services.naming import titled
from bridge.services.tools import Tools

log = structlog.get_logger()

_GIVE_UP = timedelta(hours=24)
_OFTEN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserFacts:
    """The facts of such a mail."""

    to: str = field(repr=False)
    sender: str = field(repr=False)
    """Our address, as it was invited; empty for the operator's."""
    kind: OrganiserMailKind
    title: str = ""
    """Empty if there is none, or if it is hidden."""
    start: datetime
    """Of the next date, aware."""
    end: datetime
    zone: str
    series: bool
    link: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    reply: bytes | None = field(default=None, repr=False)
    """The calendar file of an answer."""
    message_id: str


ComposeToOrganiser: TypeAlias = Callable[[OrganiserFacts], Letter]
"""Words a letter to an organiser (`bridge.mail.organiser`)."""


class _OvertakenError(Exception):
    """Another process sends the mail: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserLetters:
    """Sends mails to organisers."""

    tools: Tools
    post: Post
    texts: MailedTexts
    compose: ComposeToOrganiser
    domain: str
    """The right-hand side of our Message-IDs."""
    metrics: Metrics | None = None

    async def deliver(self, due: Due) -> datetime | None:
        """Agenda handler: send one mail, or return when to retry.

        It counts as sent from right before it leaves. If the mail server's answer is lost, it is
        not sent again: an answer may come once for each version, and the link is on the card.
        """
        found = await self._load(OrganiserMailId(UUID(due.key)))
        if found is None:
            return None
        mail, event, facts = found
        if facts is None:
            return await self._later(mail, event)
        return await self._send(mail, event, self.compose(facts))

    async def _send(
        self, mail: OrganiserMail, event: MailedEvent, letter: Letter
    ) -> datetime | None:
        try:
            await self.post.send(letter, lambda: self._sending(mail))
        except _OvertakenError:
            return None
        except MailRefused:
            self._count("refused")
            await self._failed(mail, event, "refused")
        except MailUnreachable:
            self._count("unreachable")
            await self._note(mail, None)
            return await self._later(mail, event)
        except MailUnconfirmed:
            self._count("unconfirmed")
            log.warning("organiser-mail.unconfirmed", mail=str(mail.id))
        else:
            self._count("sent")
            log.info("organiser-mail.sent", mail=str(mail.id), kind=mail.kind)
        return None

    async def _load(
        self, wanted: OrganiserMailId
    ) -> tuple[OrganiserMail, MailedEvent, OrganiserFacts | None] | None:
        """Return a mail to send with its facts, `None` while there is no room yet."""
        async with self.tools.works.reading() as work:
            mail = await work.mailed.mail(wanted)
            if mail is None or mail.sent_at is not None or mail.failed is not None:
                return None
            event = await work.mailed.get(mail.event)
            linked = mail.kind is OrganiserMailKind.LINK
            if (
                event is None
                or event.meeting is None
                or (linked and mail.part != str(event.meeting))
            ):
                return None
            meeting = await work.meetings.get(event.meeting)
            dates = await work.meetings.planned_of(event.meeting, ending_after=self.tools.now())
        if meeting is None or not dates:
            return None  # it is over, or is not to take place
        if linked and meeting.room is None:
            return mail, event, None
        facts = self._facts(mail, event, meeting, min(dates, key=lambda one: one.start))
        return None if facts is None else (mail, event, facts)

    def _facts(
        self, mail: OrganiserMail, event: MailedEvent, meeting: Meeting, date: Occurrence
    ) -> OrganiserFacts | None:
        reply = None
        if mail.kind is OrganiserMailKind.ACCEPTANCE:
            reply = self.texts.acceptance(event, mail.part, mail.sequence, self.tools.now())
            if reply is None:
                return None
        room = meeting.room
        phone = None if room is None else room.phone
        return OrganiserFacts(
            to=event.organizer,
            kind=mail.kind,
            sender=event.invited,
            title=meeting.title,
            start=date.start,
            end=date.end,
            zone=date.zone,
            series=date.original is not None,
            link="" if room is None else room.url,
            phone="" if phone is None else f"{phone.number}, PIN {phone.pin}",
            reply=reply,
            message_id=f"<{mail.id}@{self.domain}>",
        )

    async def _sending(self, mail: OrganiserMail) -> None:
        """Record that the message is being sent now, unless its row has changed."""
        async with self.tools.works() as work:
            if await work.mailed.mail(mail.id) != mail:
                raise _OvertakenError
            await work.mailed.save_mail(replace(mail, sent_at=self.tools.now()))

    async def _note(self, mail: OrganiserMail, sent_at: datetime | None) -> None:
        async with self.tools.works() as work:
            present = await work.mailed.mail(mail.id)
            if present is not None and present.sent_at != sent_at:
                await work.mailed.save_mail(replace(present, sent_at=sent_at))

    async def _later(self, mail: OrganiserMail, event: MailedEvent) -> datetime | None:
        now = self.tools.now()
        waited = now - mail.asked_at
        if waited >= _GIVE_UP:
            self._count("abandoned")
            await self._failed(mail, event, "unreachable")
            return None
        return now + pace(waited, _OFTEN)

    async def _failed(self, mail: OrganiserMail, event: MailedEvent, why: str) -> None:
        """Record that no mail comes; of a link, its reader is told: the card has it."""
        log.warning("organiser-mail.failed", mail=str(mail.id), reason=why)
        async with self.tools.works() as work:
            present = await work.mailed.mail(mail.id)
            if present is None:
                return
            await work.mailed.save_mail(replace(present, failed=why))
            about = event.meeting if mail.kind is OrganiserMailKind.LINK else None
            meeting = None if about is None else await work.meetings.get(about)
            if meeting is not None:
                await work.outbox.post(
                    Notice(
                        idempotency_key=f"organiser-mail-failed:{mail.id}",
                        to=ToPerson(user=event.owner, account=meeting.account),
                        template="mailed.link-failed",
                        parameters={"title": titled(meeting)},
                        mentions=(event.owner,),
                    )
                )

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.mail(outcome)
