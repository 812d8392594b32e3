"""Mails to guests: worded and given their link only at the moment they leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog

from bridge.clock import Clock
from bridge.domain.agenda import Due, backoff, pace
from bridge.domain.codes import Minter
from bridge.domain.invitation import Invitation, InvitationState
from bridge.domain.mail import MOST_OFFERS, Mail
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Facts, Message, span
from bridge.domain.policy import Policy, Way
from bridge.domain.proof import Proof
from bridge.domain.window import Window
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import MailId
from bridge.metrics import Metrics
from bridge.ports import Letter, Post, Work, Works
from bridge.services.agents import spoken
from bridge.services.cards import refresh_card

log = structlog.get_logger()

_LATE = timedelta(minutes=2)
"""After this the inviter hears that a mail has not left yet."""
_GIVE_UP = timedelta(hours=24)
AGAIN = timedelta(minutes=30)
"""After this a message that may have been taken is sent once more (RFC 5321 §4.5.4.1)."""


class _OvertakenError(Exception):
    """Somebody else has the mail in hand, or its row has changed: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """All that an invitation's mail says."""

    to: str
    guest: str
    title: str
    inviter: str
    start: datetime
    end: datetime
    zone: str
    window: Window
    link: str
    message_id: str
    proof: Proof = Proof.NONE
    way: Way = Way.REDIRECT


Compose: TypeAlias = Callable[[InvitationFacts], Letter]
"""Words a letter in French and English (`bridge.mail.invite`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Sends the mails that commands ask for, and tells the inviter what was refused."""

    works: Works
    post: Post
    compose: Compose
    minter: Minter
    clock: Clock
    policy: Policy
    door: str
    """The door's public origin, without a slash at the end."""
    domain: str
    """The right-hand side of our Message-IDs."""
    again: timedelta = AGAIN
    """How long a message whose answer was lost waits before it is sent once more."""
    metrics: Metrics | None = None

    async def deliver(self, due: Due) -> datetime | None:
        """Agenda handler: send one mail, or say when to try again.

        That it is being sent is written down before the message leaves: a process killed after
        that leaves the same doubt as a mail server that does not answer, and it is treated alike.
        """
        async with self.works.reading() as work:
            found = await self._load(work, MailId(UUID(due.key)))
        if found is None:
            return None
        mail, invitation, letter = found
        if letter is None or mail.offers >= MOST_OFFERS:
            await self._give_up(mail, invitation)
            return None
        if mail.offered_at is not None and self.clock.now() < mail.offered_at + self.again:
            return await self._doubt(mail, invitation)
        return await self._send(mail, invitation, letter)

    async def _send(self, mail: Mail, invitation: Invitation, letter: Letter) -> datetime | None:
        offered = mail.offered(self.clock.now())
        try:
            await self.post.send(letter, lambda: self._sending(mail, offered))
        except _OvertakenError:
            return self.clock.now() + backoff(0)
        except MailRefused:
            self._count("refused")
            await self._failed(mail, invitation, "refused")
            return None
        except MailUnreachable:
            self._count("unreachable")
            return await self._keep_trying(mail, offered, invitation)
        except MailUnconfirmed:
            return await self._doubt(replace(offered, offered_at=self.clock.now()), invitation)
        async with self.works() as work:
            await work.mails.save(replace(offered, sent_at=self.clock.now()))
        self._count("sent")
        log.info("mail.sent", mail=str(mail.id), invitation=str(invitation.id))
        return None

    async def _sending(self, mail: Mail, offered: Mail) -> None:
        """Write down that the message leaves now, unless it is not ours any more."""
        async with self.works() as work:
            if await work.mails.get(mail.id) != mail:
                raise _OvertakenError
            await work.mails.save(offered)

    async def _keep_trying(
        self, mail: Mail, offered: Mail, invitation: Invitation
    ) -> datetime | None:
        """Try again soon what the mail server has certainly not taken."""
        now = self.clock.now()
        waited = now - mail.asked_at
        async with self.works() as work:
            present = await work.mails.get(mail.id)
            if present is not None and present.offers == offered.offers:
                await work.mails.save(mail)
            if waited > _LATE and not mail.offers:
                await work.outbox.post(_told(mail, invitation, "late"))
        if waited > _GIVE_UP:
            await self._give_up(mail, invitation)
            return None
        return now + pace(waited)

    async def _doubt(self, mail: Mail, invitation: Invitation) -> datetime | None:
        """Tell that a mail may have arrived, and say when it is sent once more, if at all."""
        self._count("unconfirmed")
        log.warning("mail.unconfirmed", mail=str(mail.id), offers=mail.offers)
        if mail.offers >= MOST_OFFERS:
            await self._give_up(mail, invitation)
            return None
        async with self.works() as work:
            present = await work.mails.get(mail.id)
            if present is None or present.sent_at is not None:
                return None
            await work.mails.save(mail)
            again = {"span": span(self.again)}
            await work.outbox.post(_told(mail, invitation, "unconfirmed", again))
        assert mail.offered_at is not None
        return mail.offered_at + self.again

    async def _give_up(self, mail: Mail, invitation: Invitation) -> None:
        self._count("abandoned")
        await self._failed(mail, invitation, "never-confirmed" if mail.offers else "unreachable")

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.mail(outcome)

    async def _load(
        self, work: Work, wanted: MailId
    ) -> tuple[Mail, Invitation, Letter | None] | None:
        """Return what is to be sent; without a letter when time ran out before it could leave."""
        mail = await work.mails.get(wanted)
        if mail is None or mail.sent_at is not None or mail.failed is not None:
            return None
        invitation = await work.invitations.get(mail.invitation)
        if invitation is None or invitation.number != mail.number or not invitation.email:
            return None
        occurrence = await work.meetings.occurrence(invitation.occurrence)
        meeting = await work.meetings.get(invitation.meeting)
        assert occurrence is not None
        assert meeting is not None
        match invitation.state(occurrence, self.policy.graces, self.clock.now()):
            case InvitationState.CREATED | InvitationState.WAITING:
                inviter = await work.agents.get(invitation.invited_by)
                name = "" if inviter is None else spoken(inviter.name)
                return mail, invitation, self._letter(mail, invitation, meeting, occurrence, name)
            case InvitationState.EXPIRED:
                return mail, invitation, None
            case _:
                return None

    def _letter(
        self, mail: Mail, invitation: Invitation, meeting: Meeting, occurrence: Occurrence, by: str
    ) -> Letter:
        code = self.minter.code(invitation.id, invitation.number, invitation.key)
        return self.compose(
            InvitationFacts(
                to=invitation.email,
                guest=invitation.name,
                title=meeting.title,
                inviter=by,
                start=occurrence.start,
                end=occurrence.end,
                zone=occurrence.zone,
                window=invitation.window(occurrence, self.policy.graces),
                link=f"{self.door}/j/{code}",
                message_id=f"<{mail.id}@{self.domain}>",
                proof=invitation.proof,
                way=self.policy.way,
            )
        )

    async def _failed(self, mail: Mail, invitation: Invitation, why: str) -> None:
        log.warning("mail.failed", mail=str(mail.id), reason=why)
        async with self.works() as work:
            await work.meetings.occurrence(invitation.occurrence)  # held before what is below it
            await work.mails.save(replace(mail, failed=why))
            if why == "refused" or not mail.offers:  # else the link may well have arrived
                present = await work.invitations.get(invitation.id)
                assert present is not None
                await work.invitations.save(replace(present, mail_refused=True))
            await work.outbox.post(_told(mail, invitation, why))
            await refresh_card(work, invitation.occurrence)


def _told(mail: Mail, invitation: Invitation, what: str, more: Facts | None = None) -> Message:
    return Message(
        dedupe=f"mail-{what}:{mail.id}",
        template=f"mail.{what}",
        user=invitation.invited_by,
        facts={"guest": invitation.shown, "email": invitation.email, **(more or {})},
        rings=(invitation.invited_by,),
    )
