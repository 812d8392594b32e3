"""Drafts of mails to guests: their facts, read when the mail is sent."""

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
from bridge.domain.news import News
from bridge.domain.policy import Policy
from bridge.domain.proof import Proof
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Series
from bridge.domain.told_words import ToldWords
from bridge.domain.topics import topics_of
from bridge.domain.window import Window
from bridge.i18n import Language
from bridge.ids import MailId, OccurrenceId, UserId
from bridge.ports import UnitOfWork
from bridge.services.invitations.subjects import Subject, news_of
from bridge.services.people import spoken
from bridge.services.scopes import led_to
from bridge.services.telling import inviter_of

_DATES = 4
"""The most dates of a series that a mail names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """The facts of an invitation's mail, or of one that tells its guest of a change."""

    to: str = field(repr=False)
    guest: str
    title: str
    topics: str = field(default="", repr=False)
    """The meeting's; empty for none, or if it does not take place for this guest."""
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
    filed: bool = True
    """Whether the event is in a file: not without somebody to answer to."""
    dates: tuple[tuple[datetime, datetime], ...] = ()
    """The next dates of a series."""
    series: Series | None = None
    """The series that the mail says; `None` if it says one date."""
    rule: str = ""
    """How the series comes again, in words; empty if nobody has words for it."""
    ended: GuestEvent | None = None
    """The series that ends where this one begins, of another UID ("this and those that follow")."""
    organizer: str = field(default="", repr=False)
    """The address to which calendars send answers; empty: there is none, and so no file."""
    organizer_name: str = ""
    organiser: UserId | None = None
    """The agent whose own address that is."""
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
    about: OccurrenceId | None = None
    """The date that it speaks of, of an invitation to more than one."""
    words: ToldWords | None = None
    """The title and topics that it says."""

    @property
    def said(self) -> Mail:
        """The row, with the content of the message recorded in it."""
        number, says, facts = self.invitation.number, self.says, self.facts
        said = self.mail.saying(says.kind, number=number, until=says.until)
        said = replace(said, occurrence=self.about)
        if facts is None:
            return said
        words = self.words if says.kind.leads else None
        said = replace(said, starts_at=facts.start, ends_at=facts.end, words=words)
        return said.telling(facts.event, filed=facts.filed, organiser=facts.organiser)


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
        found = await self._subject(work, mail, now)
        told = None if found is None else self._says(found, now)
        if told is None:
            return None
        subject, says = told
        invitation, meeting = subject.invitation, subject.meeting
        facts = None
        if says.until is None or says.until > now:
            facts = await self._facts(work, subject, says, now)
        inviter = _speaks(subject, says)
        about = subject.mail.occurrence
        words = subject.words
        return Draft(mail, says, invitation, inviter, meeting.organiser, facts, about, words)

    async def _subject(self, work: UnitOfWork, mail: Mail, now: datetime) -> Subject | None:
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
        whole = isinstance(invitation.scope, WholeSeries)
        series = await work.series.get(meeting.id) if whole else None
        dates = await work.meetings.of_series(meeting.id, since=series.start) if series else ()
        return Subject(
            mail=mail,
            mails=mails,
            invitation=invitation,
            meeting=meeting,
            occurrence=occurrence,
            series=series,
            dates=dates,
        )

    def _says(self, subject: Subject, now: datetime) -> tuple[Subject, News] | None:
        if subject.mail.kind is not MailKind.INVITATION:
            return news_of(subject, self.policy.graces, now)
        says = self._invites(subject.mail, subject.invitation, subject.occurrence, now)
        return None if says is None else (subject, says)

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
        self, work: UnitOfWork, subject: Subject, says: News, now: datetime
    ) -> InvitationFacts:
        meeting, occurrence, invitation = subject.meeting, subject.occurrence, subject.invitation
        inviter = await work.agents.get(_speaks(subject, says))
        organiser = await work.agents.get(meeting.organiser)
        event, ended = self._events(subject, says)
        whole = subject.speaks_of_all and says.kind.leads
        coming = subject.coming(now, _DATES) if whole else ()
        return InvitationFacts(
            to=invitation.email,
            guest=invitation.name,
            title=subject.title,
            topics=topics_of(meeting, self.policy.limits.topics) if says.kind.leads else "",
            inviter="" if inviter is None else spoken(inviter.name),
            start=occurrence.start,
            end=occurrence.due_end,
            zone=occurrence.zone,
            window=invitation.window(occurrence, self.policy.graces),
            link=self.link(invitation) if says.kind.leads else "",
            message_id=self._message_id(subject.mail, event),
            proof=invitation.proof,
            mode=self.policy.mode,
            kind=says.kind,
            language=await self.language_of(work, meeting, invitation),
            before=says.before,
            event=event,
            ended=ended,
            series=subject.series if whole else None,
            dates=tuple((one.start, one.due_end) for one in coming),
            organizer_name="" if organiser is None else spoken(organiser.name),
            answer=await self._answer(work, subject, says),
            made_at=now,
        )

    def _events(self, subject: Subject, says: News) -> tuple[GuestEvent | None, GuestEvent | None]:
        """Return the events of the calendar files; a guest who has none needs no cancellation."""
        mails, leads = subject.mails, says.kind.leads
        if not leads and not any(one.left_at and one.sequence is not None for one in mails):
            return None, None
        event, ended = subject.event(self.domain)
        if any(one.organiser not in (None, subject.meeting.organiser) for one in mails):
            event = replace(event, organiser=subject.meeting.organiser)
        said = event.fingerprint(number=subject.invitation.number, cancelled=not leads)
        sequence = sequence_of(mails, subject.mail.occurrence, said)
        ended = None if ended is None or not leads else replace(ended, sequence=sequence)
        return replace(event, sequence=sequence), ended

    def _message_id(self, mail: Mail, event: GuestEvent | None) -> str:
        """Return an id that is the same for the same message, sent again without an answer.

        A person who has a mail sent again asks for another mail: it is no copy, and its readers
        must show it.
        """
        version = "" if event is None else f".{event.sequence}"
        return f"<{mail.id}{version}@{self.domain}>"

    async def _answer(self, work: UnitOfWork, subject: Subject, says: News) -> Answer | None:
        """Return the guest's answer about this time; of another, or of all dates, nobody knows."""
        if says.kind is MailKind.MOVED or subject.speaks_of_all:
            return None
        answered = await work.answers.of(subject.occurrence.id, subject.invitation.id)
        return None if answered is None else answered.answer

    def link(self, one: Invitation) -> str:
        """Return the address to which an invitation's code leads."""
        return f"{self.door}/j/{self.minter.code(one.id, one.number, one.key)}"

    async def language_of(
        self, work: UnitOfWork, meeting: Meeting, invitation: Invitation
    ) -> Language:
        """Return the language in which the guest opened the last page, or the salon's."""
        chosen = await work.visits.language(invitation.id)
        if chosen is not None:
            return Language(chosen)
        salon = None if meeting.salon is None else await work.salons.get(meeting.salon)
        return self.language if salon is None else salon.language


def _speaks(subject: Subject, says: News) -> UserId:
    """Return the agent for whom a mail speaks: of another organiser, that one; else the inviter."""
    if says.kind is MailKind.ORGANISER:
        return subject.meeting.organiser
    return inviter_of(subject.invitation, subject.meeting)
