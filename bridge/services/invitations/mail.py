"""Mails to guests: they get their words and their link only when they are sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bridge.domain.agenda import Due, backoff, pace
from bridge.domain.invitation import Invitation
from bridge.domain.mail import MOST_OFFERS, Mail, MailKind
from bridge.domain.message import Parameter, Parameters, phrase, span
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import UserId
from bridge.metrics import Metrics
from bridge.ports import Identities, Letter, Post, UnitOfWork
from bridge.services.cards import refresh_card
from bridge.services.invitations.drafts import Draft, Drafting, InvitationFacts
from bridge.services.scopes import led_to
from bridge.services.telling import tell_inviter
from bridge.services.tools import Tools

log = structlog.get_logger()

_LATE = timedelta(minutes=2)
"""After this we tell the inviter that a mail has not been sent yet."""
_GIVE_UP = timedelta(hours=24)


class _OvertakenError(Exception):
    """Another process is sending the mail, or its row has changed: nothing was sent."""


ComposeInvitation: TypeAlias = Callable[[InvitationFacts], Letter]
"""Words a letter in the guest's language (`bridge.mail.invite`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Sends the mails that commands ask for, and tells the inviter of failures."""

    tools: Tools
    post: Post
    compose: ComposeInvitation
    drafting: Drafting
    identities: Identities | None = None
    """Set if guests may read, and answer to, their inviter's address."""
    answers_to: str | None = None
    """Our box, to which calendars send all answers; `None`: to the organisers."""
    organizer: str | None = None
    """The address to which calendars send answers where the organiser's is not known."""
    again: timedelta
    """The pause before a message that may have been accepted is sent again (RFC 5321 §4.5.4.1)."""
    metrics: Metrics | None = None

    async def deliver(self, due: Due) -> datetime | None:
        """Agenda handler: send one mail, or return when to retry.

        We record that it is being sent before the message leaves: a process killed after that
        leaves the same doubt as a mail server that does not answer, and is treated alike.
        """
        async with self.tools.works.reading() as work:
            draft = await self.drafting.draft(work, due, self.tools.now())
        if draft is None:
            return None
        mail = draft.mail
        if draft.facts is None or mail.offers >= MOST_OFFERS:
            await self._give_up(draft.said, draft.invitation)
            return None
        if mail.offered_at is not None and self.tools.now() < mail.offered_at + self.again:
            return await self._doubt(mail, draft.invitation)
        facts = await self._addressed(draft)
        letter = self.compose(facts)
        facts = replace(facts, filed=bool(letter.calendars))
        return await self._send(replace(draft, facts=facts), letter)

    async def _addressed(self, draft: Draft) -> InvitationFacts:
        """Return the facts with the inviter's and the organiser's addresses, if guests may have."""
        assert draft.facts is not None
        address = await self.address_of(draft.inviter)
        same = draft.organiser == draft.inviter
        organizer = address if same else await self.address_of(draft.organiser)
        if self.answers_to is not None:
            return replace(draft.facts, address=address, organizer=self.answers_to)
        name = draft.facts.organizer_name if organizer else ""
        return replace(
            draft.facts,
            address=address,
            organizer=organizer or self.organizer or "",
            organizer_name=name,
            organiser=draft.organiser if organizer else None,
        )

    async def address_of(self, user: UserId) -> str:
        """Return an agent's address; empty if it is not known, or guests may not read it."""
        found = None if self.identities is None else await self.identities.resolve(user)
        return "" if found is None else found.email

    async def _send(self, draft: Draft, letter: Letter) -> datetime | None:
        mail, invitation = draft.said, draft.invitation
        offered = mail.offered(self.tools.now())
        try:
            await self.post.send(letter, lambda: self._sending(draft.mail, offered))
        except _OvertakenError:
            return self.tools.now() + backoff(0)
        except MailRefused:
            self._count("refused")
            await self._failed(mail, invitation, "refused")
            return None
        except MailUnreachable:
            self._count("unreachable")
            return await self._keep_trying(mail, offered, invitation)
        except MailUnconfirmed:
            return await self._doubt(replace(offered, offered_at=self.tools.now()), invitation)
        async with self.tools.works() as work:
            await work.mails.save(replace(offered, sent_at=self.tools.now()))
        self._count("sent")
        log.info("mail.sent", mail=str(mail.id), invitation=str(invitation.id), kind=mail.kind)
        return None

    async def _sending(self, mail: Mail, offered: Mail) -> None:
        """Record that the message is being sent now, unless its row has changed."""
        async with self.tools.works() as work:
            if await work.mails.get(mail.id) != mail:
                raise _OvertakenError
            await work.mails.save(offered)

    async def _keep_trying(
        self, mail: Mail, offered: Mail, invitation: Invitation
    ) -> datetime | None:
        """Plan a retry of a mail that the mail server has certainly not accepted."""
        now = self.tools.now()
        waited = now - mail.asked_at
        async with self.tools.works() as work:
            present = await work.mails.get(mail.id)
            if present is not None and present.offers == offered.offers:
                await work.mails.save(mail)
            if waited > _LATE and not mail.offers:
                await _tell_inviter(work, mail, invitation, "late")
        if waited > _GIVE_UP:
            await self._give_up(mail, invitation)
            return None
        return now + pace(waited)

    async def _doubt(self, mail: Mail, invitation: Invitation) -> datetime | None:
        """Tell the inviter that a mail may have arrived; return when to send it again, if ever."""
        self._count("unconfirmed")
        log.warning("mail.unconfirmed", mail=str(mail.id), offers=mail.offers)
        if mail.offers >= MOST_OFFERS:
            await self._give_up(mail, invitation)
            return None
        async with self.tools.works() as work:
            present = await work.mails.get(mail.id)
            if present is None or present.sent_at is not None:
                return None
            await work.mails.save(mail)
            if mail.kind is MailKind.INVITATION:  # for others nobody waits for a link meanwhile
                again = {"span": span(self.again)}
                await _tell_inviter(work, mail, invitation, "unconfirmed", again)
        assert mail.offered_at is not None
        return mail.offered_at + self.again

    async def _give_up(self, mail: Mail, invitation: Invitation) -> None:
        self._count("abandoned")
        await self._failed(mail, invitation, "never-confirmed" if mail.offers else "unreachable")

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.mail(outcome)

    async def _failed(self, mail: Mail, invitation: Invitation, why: str) -> None:
        async with self.tools.works() as work:
            await mail_failed(work, self.tools, mail, invitation, why)


async def mail_failed(
    work: UnitOfWork, tools: Tools, mail: Mail, invitation: Invitation, why: str
) -> None:
    """Record that a mail did not reach its guest, and tell its inviter once."""
    log.warning("mail.failed", mail=str(mail.id), reason=why)
    # Locked before its rows.
    occurrence = await led_to(work, invitation, tools.policy, tools.now())
    await work.mails.save(replace(mail, failed=why))
    # Otherwise the link has arrived, or may have.
    certain = why in ("refused", "bounced") or not mail.offers
    if mail.kind is MailKind.INVITATION and certain:
        present = await work.invitations.get(invitation.id)
        assert present is not None
        await work.invitations.save(replace(present, mail_refused=True))
    await _tell_inviter(work, mail, invitation, why)
    if occurrence is not None:
        await refresh_card(work, occurrence.id)


async def _tell_inviter(
    work: UnitOfWork, mail: Mail, invitation: Invitation, what: str, more: Parameters | None = None
) -> None:
    """Tell the inviter of a mail's fate; after news, that they must tell the guest themselves."""
    parameters: dict[str, Parameter] = {
        "guest": invitation.shown,
        "email": invitation.email,
        **(more or {}),
    }
    template = f"mail.{what}"
    if mail.kind is not MailKind.INVITATION:
        template = "mail.news-late" if what == "late" else "mail.news-failed"
        parameters["news"] = phrase(f"mail.news.{mail.kind}")
    await tell_inviter(
        work, invitation, key=f"mail-{what}:{mail.id}", template=template, parameters=parameters
    )
