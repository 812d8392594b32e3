"""Drafts of mails to guests: their facts, read when the mail is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from bridge.domain.admission import REDIRECT, AdmissionMode
from bridge.domain.agenda import Due
from bridge.domain.answer import Answer
from bridge.domain.codes import Minter
from bridge.domain.event import GuestEvent
from bridge.domain.invitation import LIVING, Invitation, InvitationState
from bridge.domain.mail import Mail, MailKind, sequence_of
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.news import News, holds, owed
from bridge.domain.policy import Policy
from bridge.domain.proof import Proof
from bridge.domain.window import Window
from bridge.i18n import Language
from bridge.ids import MailId, UserId
from bridge.ports import UnitOfWork
from bridge.services.invitations.events import event_of
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
    before: tuple[datetime, datetime] | None = None
    """The time that the guest was told before, of a meeting that was moved."""
    event: GuestEvent | None = None
    """The event of its calendar file; `None`: it has no file."""
    ended: GuestEvent | None = None
    """The series that ends where this one begins, of another UID ("this and those that follow")."""
    organizer: str = field(default="", repr=False)
    """The address to which calendars send answers; empty: there is none, and so no file."""
    organizer_name: str = ""
    answer: Answer | None = None
    """The guest's own, about the time that the mail tells."""
    made_at: datetime | None = None
    """When the mail is made, as its file says."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that is about to be sent."""

    mail: Mail
    """Its row as it was read."""
    says: News
    invitation: Invitation
    inviter: UserId
    """The agent responsible for it."""
    organiser: UserId
    facts: InvitationFacts | None
    """`None` if its time was over before it could be sent."""

    @property
    def said(self) -> Mail:
        """The row, with the content of the message recorded in it."""
        number, says, facts = self.invitation.number, self.says, self.facts
        said = self.mail.saying(says.kind, number=number, until=says.until)
        if facts is None:
            return said
        said = replace(said, starts_at=facts.start, ends_at=facts.end)
        return said.holding(facts.event)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The subject of a mail, as read from the database."""

    mail: Mail
    mails: Sequence[Mail]
    """All mails to the guest, this one too."""
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """Reads the content of a mail from the database."""

    minter: Minter
    policy: Policy
    door: str
    """The door's public origin, without a slash at the end."""
    domain: str
    """The right-hand side of our Message-IDs, and of events' UIDs."""
    language: Language = Language.FR
    """For a salon that has not chosen one, and a guest who has opened no page."""

    async def draft(self, work: UnitOfWork, due: Due, now: datetime) -> Draft | None:
        """Return the mail to send; `None` if there is nothing to send."""
        mail = await work.mails.get(MailId(UUID(due.key)))
        if mail is None or mail.sent_at is not None or mail.failed is not None:
            return None
        subject = await self._subject(work, mail, now)
        if subject is None:
            return None
        invitation, meeting = subject.invitation, subject.meeting
        says = self._says(subject, now)
        if says is None:
            return None
        facts = None
        if says.until is None or says.until > now:
            facts = await self._facts(work, subject, says, now)
        inviter = inviter_of(invitation, meeting)
        return Draft(mail, says, invitation, inviter, meeting.organiser, facts)

    async def _subject(self, work: UnitOfWork, mail: Mail, now: datetime) -> _Subject | None:
        """Return the subject of a mail: its own date, or that to which the link leads."""
        invitation = await work.invitations.get(mail.invitation)
        if invitation is None or not invitation.email:
            return None
        if mail.occurrence is not None:
            occurrence = await work.meetings.occurrence(mail.occurrence)
        else:
            occurrence = await led_to(work, invitation, self.policy, now)
        meeting = await work.meetings.get(invitation.meeting)
        if occurrence is None or meeting is None:
            return None
        mails = await work.mails.to([invitation.id])
        return _Subject(mail, mails, invitation, meeting, occurrence)

    def _says(self, subject: _Subject, now: datetime) -> News | None:
        mail, invitation, occurrence = subject.mail, subject.invitation, subject.occurrence
        if mail.kind is MailKind.INVITATION:
            return self._invites(mail, invitation, occurrence, now)
        true = holds(invitation, occurrence, self.policy.graces, now)
        about = [one for one in subject.mails if one.occurrence in (None, mail.occurrence)]
        return owed(invitation, true, about, by=mail.id)

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
        self, work: UnitOfWork, subject: _Subject, says: News, now: datetime
    ) -> InvitationFacts:
        meeting, occurrence, invitation = subject.meeting, subject.occurrence, subject.invitation
        inviter = await work.agents.get(inviter_of(invitation, meeting))
        organiser = await work.agents.get(meeting.organiser)
        event = self._event(subject, says)
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
            message_id=self._message_id(subject.mail, event),
            proof=invitation.proof,
            mode=self.policy.mode,
            kind=says.kind,
            language=await self._language(work, meeting, invitation),
            before=says.before,
            event=event,
            organizer_name="" if organiser is None else spoken(organiser.name),
            answer=await self._answer(work, subject, says),
            made_at=now,
        )

    def _event(self, subject: _Subject, says: News) -> GuestEvent | None:
        """Return the event of the calendar file; a guest who has none needs no cancellation."""
        mails, leads = subject.mails, says.kind.leads
        if not leads and not any(one.left_at and one.sequence is not None for one in mails):
            return None
        event = event_of(subject.invitation, subject.occurrence, self.domain)
        said = event.fingerprint(number=subject.invitation.number, cancelled=not leads)
        return replace(event, sequence=sequence_of(mails, subject.mail.occurrence, said))

    def _message_id(self, mail: Mail, event: GuestEvent | None) -> str:
        """Return an id that is the same for the same message, sent again without an answer.

        A person who has a mail sent again asks for another mail: it is no copy, and its readers
        must show it.
        """
        version = "" if event is None else f".{event.sequence}"
        return f"<{mail.id}{version}@{self.domain}>"

    async def _answer(self, work: UnitOfWork, subject: _Subject, says: News) -> Answer | None:
        """Return the guest's answer about this time; of another time nobody knows."""
        if says.kind is MailKind.MOVED:
            return None
        answered = await work.answers.of(subject.occurrence.id, subject.invitation.id)
        return None if answered is None else answered.answer

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
