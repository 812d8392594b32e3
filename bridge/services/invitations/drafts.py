"""Drafts of mails to guests: their facts, read when the mail is sent."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bridge.domain.admission import REDIRECT, AdmissionMode
from bridge.domain.agenda import Due
from bridge.domain.codes import Minter
from bridge.domain.invitation import LIVING, Invitation, InvitationState
from bridge.domain.mail import Mail, MailKind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.news import News, holds, owed
from bridge.domain.policy import Policy
from bridge.domain.proof import Proof
from bridge.domain.window import Window
from bridge.i18n import Language
from bridge.ids import MailId, UserId
from bridge.ports import UnitOfWork
from bridge.services.people import spoken
from bridge.services.scopes import led_to
from bridge.services.telling import inviter_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """The facts of an invitation's mail, or of one that tells its guest of a change."""

    to: str = field(repr=False)
    guest: str
    title: str
    inviter: str
    start: datetime
    end: datetime
    zone: str
    window: Window
    link: str = field(repr=False)
    """Empty if it works no longer."""
    message_id: str
    proof: Proof = Proof.NONE
    mode: AdmissionMode = REDIRECT
    kind: MailKind = MailKind.INVITATION
    language: Language = Language.FR
    address: str = field(default="", repr=False)
    """The inviter's address, for the guest to answer to; empty if guests may not read it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that is about to be sent."""

    mail: Mail
    """Its row as it was read."""
    says: News
    invitation: Invitation
    inviter: UserId
    """The agent responsible for it."""
    facts: InvitationFacts | None
    """`None` if its time was over before it could be sent."""

    @property
    def said(self) -> Mail:
        """The row, with the content of the message recorded in it."""
        number, says = self.invitation.number, self.says
        return self.mail.saying(says.kind, number=number, until=says.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """Reads the content of a mail from the database."""

    minter: Minter
    policy: Policy
    door: str
    """The door's public origin, without a slash at the end."""
    domain: str
    """The right-hand side of our Message-IDs."""
    language: Language = Language.FR
    """For a salon that has not chosen one, and a guest who has opened no page."""

    async def draft(self, work: UnitOfWork, due: Due, now: datetime) -> Draft | None:
        """Return the mail to send; `None` if there is nothing to send."""
        mail = await work.mails.get(MailId(UUID(due.key)))
        if mail is None or mail.sent_at is not None or mail.failed is not None:
            return None
        invitation = await work.invitations.get(mail.invitation)
        if invitation is None or not invitation.email:
            return None
        occurrence = await led_to(work, invitation, self.policy, now)
        meeting = await work.meetings.get(invitation.meeting)
        if occurrence is None or meeting is None:
            return None
        if mail.kind is not MailKind.INVITATION:
            true = holds(invitation, occurrence, self.policy.graces, now)
            mails = await work.mails.to([invitation.id])
            says = owed(invitation, true, mails, by=mail.id)
        else:
            says = self._invites(mail, invitation, occurrence, now)
        if says is None:
            return None
        facts = None
        if says.until is None or says.until > now:
            facts = await self._facts(work, mail, says, invitation, (meeting, occurrence))
        return Draft(mail, says, invitation, inviter_of(invitation, meeting), facts)

    def _invites(
        self, mail: Mail, invitation: Invitation, occurrence: Occurrence, now: datetime
    ) -> News | None:
        """Return an invitation's content, even if it is too late; `None` if its link is dead."""
        graces = self.policy.graces
        state = invitation.state(occurrence, graces, now)
        if invitation.number != mail.number or state not in {*LIVING, InvitationState.EXPIRED}:
            return None
        return News(MailKind.INVITATION, invitation.window(occurrence, graces).closes)

    async def _facts(
        self,
        work: UnitOfWork,
        mail: Mail,
        says: News,
        invitation: Invitation,
        about: tuple[Meeting, Occurrence],
    ) -> InvitationFacts:
        meeting, occurrence = about
        inviter = await work.agents.get(inviter_of(invitation, meeting))
        return InvitationFacts(
            to=invitation.email,
            guest=invitation.name,
            title=occurrence.titled(meeting),
            inviter="" if inviter is None else spoken(inviter.name),
            start=occurrence.start,
            end=occurrence.due_end,
            zone=occurrence.zone,
            window=invitation.window(occurrence, self.policy.graces),
            link=self._link(invitation) if says.kind.leads else "",
            message_id=f"<{mail.id}@{self.domain}>",
            proof=invitation.proof,
            mode=self.policy.mode,
            kind=says.kind,
            language=await self._language(work, meeting, invitation),
        )

    def _link(self, one: Invitation) -> str:
        return f"{self.door}/j/{self.minter.code(one.id, one.number, one.key)}"

    async def _language(
        self, work: UnitOfWork, meeting: Meeting, invitation: Invitation
    ) -> Language:
        """Return the language in which the guest opened the last page, or the salon's."""
        chosen = await work.visits.language(invitation.id)
        if chosen is not None:
            return Language(chosen)
        salon = None if meeting.salon is None else await work.salons.get(meeting.salon)
        return self.language if salon is None else salon.language
