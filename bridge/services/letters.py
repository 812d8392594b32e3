"""Mails to guests: worded and given their link only at the moment they leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog

from bridge.clock import Clock
from bridge.domain.agenda import Due, pace
from bridge.domain.codes import Minter
from bridge.domain.invitation import Invitation, InvitationState
from bridge.domain.mail import Mail
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Message
from bridge.domain.policy import Policy, Way
from bridge.domain.proof import Proof
from bridge.domain.window import Window
from bridge.errors import MailRefused, MailUnreachable
from bridge.ids import MailId
from bridge.metrics import Metrics
from bridge.ports import Letter, Post, Work, Works
from bridge.services.agents import spoken
from bridge.services.cards import refresh_card

log = structlog.get_logger()

_LATE = timedelta(minutes=2)
"""After this the inviter hears that a mail has not left yet."""
_GIVE_UP = timedelta(hours=24)


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
    metrics: Metrics | None = None

    async def deliver(self, due: Due) -> datetime | None:
        """Agenda handler: send one mail, or say when to try again."""
        async with self.works.reading() as work:
            found = await self._load(work, MailId(UUID(due.key)))
        if found is None:
            return None
        mail, invitation, letter = found
        now = self.clock.now()
        if letter is None:
            await self._failed(mail, invitation, "unreachable")
            return None
        try:
            await self.post.send(letter)
        except MailRefused:
            await self._failed(mail, invitation, "refused")
            return None
        except MailUnreachable:
            return await self._keep_trying(mail, invitation, now)
        async with self.works() as work:
            await work.mails.save(replace(mail, sent_at=now))
        self._count("sent")
        log.info("mail.sent", mail=str(mail.id), invitation=str(invitation.id))
        return None

    async def _keep_trying(
        self, mail: Mail, invitation: Invitation, now: datetime
    ) -> datetime | None:
        waited = now - mail.asked_at
        if waited > _GIVE_UP:
            await self._failed(mail, invitation, "unreachable")
            return None
        if waited > _LATE:
            async with self.works() as work:
                await work.outbox.post(_told(mail, invitation, "late"))
        return now + pace(waited)

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
        self._count(why)
        log.warning("mail.failed", mail=str(mail.id), reason=why)
        async with self.works() as work:
            await work.meetings.occurrence(invitation.occurrence)  # held before what is below it
            await work.mails.save(replace(mail, failed=why))
            present = await work.invitations.get(invitation.id)
            assert present is not None
            await work.invitations.save(replace(present, mail_refused=True))
            await work.outbox.post(_told(mail, invitation, why))
            await refresh_card(work, invitation.occurrence)


def _told(mail: Mail, invitation: Invitation, what: str) -> Message:
    return Message(
        dedupe=f"mail-{what}:{mail.id}",
        template=f"mail.{what}",
        user=invitation.invited_by,
        facts={"guest": invitation.shown, "email": invitation.email},
        rings=(invitation.invited_by,),
    )
