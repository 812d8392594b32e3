"""Invitations, visits, and their outcomes; hosts' links."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
    text,
)

from bridge.domain.answer import Answer
from bridge.domain.invitation import Assurance, Delivery
from bridge.domain.proof import Proof
from bridge.domain.seat import SeatEnd
from bridge.ids import (
    ActorId,
    ChallengeId,
    EventId,
    HostId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    QuestionId,
    SalonId,
    SeatId,
    UserId,
    VisitId,
)
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, reference, uuid, words


class _Invitations(TypedColumns):
    id: Named[InvitationId] = uuid(primary_key=True)
    meeting: Named[MeetingId] = reference("meetings.id")
    occurrence: Named[OccurrenceId | None] = reference("occurrences.id")
    """Without one it is to the whole series, or to those of `invitation_dates`."""
    series: Named[bool]
    invited_by: Named[ActorId] = words()
    created_at: Named[datetime] = moment()
    digest: Named[bytes] = Column(LargeBinary, unique=True)
    key: Named[str]
    number: Named[int]
    name: Named[str]
    email: Named[str]
    delivery: Named[Delivery] = Column(Choice(Delivery))
    assurance: Named[Assurance] = Column(Choice(Assurance))
    dated: Named[OccurrenceId | None] = uuid()
    """With several dates, the one that `until`, `waiting_since`, `announced_at`, `takeovers` and
    `pin_tries` are about."""
    until: Named[datetime | None] = moment()
    waiting_since: Named[datetime | None] = moment()
    revoked_at: Named[datetime | None] = moment()
    announced_at: Named[datetime | None] = moment()
    mail_refused: Named[bool]
    takeovers: Named[int]
    proof: Named[Proof] = Column(Choice(Proof))
    pin_tries: Named[int]
    terms: Named[str | None]
    """The terms of a partner's person, as JSON."""


invitations = Table("invitations", metadata, _Invitations)
Index(None, invitations.c.occurrence)
Index(None, invitations.c.meeting)
Index(None, invitations.c.invited_by, invitations.c.created_at)


class _InvitationDates(TypedColumns):
    invitation: Named[InvitationId] = reference("invitations.id", primary_key=True)
    occurrence: Named[OccurrenceId] = reference("occurrences.id", primary_key=True)


invitation_dates = Table("invitation_dates", metadata, _InvitationDates)
Index(None, invitation_dates.c.occurrence)


class _Visits(TypedColumns):
    id: Named[VisitId] = uuid(primary_key=True)
    invitation: Named[InvitationId] = reference("invitations.id")
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    digest: Named[bytes]
    name: Named[str]
    language: Named[str]
    created_at: Named[datetime] = moment()
    followed_at: Named[datetime | None] = moment()
    asked_at: Named[datetime | None] = moment()
    question: Named[QuestionId | None] = uuid()
    number: Named[int]
    seen_at: Named[datetime | None] = moment()
    left_at: Named[datetime | None] = moment()
    refused_at: Named[datetime | None] = moment()
    refused_by: Named[ActorId | None] = words()
    knock: Named[str | None] = words()
    proved: Named[Proof | None] = Column(Choice(Proof))


visits = Table("visits", metadata, _Visits)
Index(None, visits.c.invitation)
Index(None, visits.c.occurrence)
Index(None, visits.c.question)


class _Questions(TypedColumns):
    id: Named[QuestionId] = uuid(primary_key=True)
    invitation: Named[InvitationId] = reference("invitations.id")
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    asked_at: Named[datetime] = moment()
    told_at: Named[datetime] = moment()
    version: Named[int]
    told: Named[int]
    last: Named[int]
    back: Named[bool]
    notice: Named[EventId | None] = words()
    closed_at: Named[datetime | None] = moment()


questions = Table("questions", metadata, _Questions)
Index(None, questions.c.invitation)
Index(None, questions.c.occurrence)
Index(None, questions.c.notice)
_OPEN = text("closed_at IS NULL")
Index("ix_questions_open", questions.c.closed_at, sqlite_where=_OPEN, postgresql_where=_OPEN)


class _Answers(TypedColumns):
    occurrence: Named[OccurrenceId] = reference("occurrences.id", primary_key=True)
    who: Named[str] = words(primary_key=True)
    """An agent's Matrix id, or an invitation's id."""
    answer: Named[Answer] = Column(Choice(Answer))
    at: Named[datetime] = moment()


answers = Table("answers", metadata, _Answers)
Index(None, answers.c.who)


class _Seats(TypedColumns):
    id: Named[SeatId] = uuid(primary_key=True)
    visit: Named[VisitId] = reference("visits.id")
    invitation: Named[InvitationId] = reference("invitations.id")
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    room: Named[str]
    identity: Named[str] = words(unique=True)
    admitted_at: Named[datetime] = moment()
    admitted_by: Named[ActorId] = words()
    ended_at: Named[datetime | None] = moment()
    why: Named[SeatEnd | None] = Column(Choice(SeatEnd))
    watched_until: Named[datetime | None] = moment()
    name: Named[str | None]
    color: Named[str | None]
    altered_at: Named[datetime | None] = moment()
    altered_before: Named[datetime | None] = moment()


seats = Table("seats", metadata, _Seats)
Index(None, seats.c.visit)
Index(None, seats.c.invitation)
Index(None, seats.c.occurrence)
Index(None, seats.c.watched_until)


class _Challenges(TypedColumns):
    id: Named[ChallengeId] = uuid(primary_key=True)
    visit: Named[VisitId] = reference("visits.id")
    invitation: Named[InvitationId] = reference("invitations.id")
    key: Named[str]
    asked_at: Named[datetime] = moment()
    sent_at: Named[datetime | None] = moment()
    failed: Named[str | None]
    tries: Named[int]


challenges = Table("challenges", metadata, _Challenges)
Index(None, challenges.c.visit)
Index(None, challenges.c.invitation)


class _Hosts(TypedColumns):
    id: Named[HostId] = uuid(primary_key=True)
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    user: Named[UserId] = words()
    created_at: Named[datetime] = moment()
    digest: Named[bytes] = Column(LargeBinary, unique=True)
    key: Named[str]
    session: Named[bytes | None] = Column(LargeBinary)
    opened_at: Named[datetime | None] = moment()
    present: Named[bool]
    level: Named[int] = Column(BigInteger)
    salon: Named[SalonId | None] = words()
    """The meeting's."""


hosts = Table("hosts", metadata, _Hosts, UniqueConstraint("occurrence", "user"))
Index(None, hosts.c.salon)
