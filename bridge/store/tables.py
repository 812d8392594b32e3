"""The tables. A change here needs a migration (CONTRIBUTING.md); a test compares both."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
    text,
)

from bridge.domain.agenda import Kind
from bridge.domain.agent import Method
from bridge.domain.invitation import Assurance, Delivery
from bridge.domain.mail import MailKind
from bridge.domain.meeting import AccessLevel, MeetingState, OccurrenceState
from bridge.domain.proof import Proof
from bridge.domain.seat import SeatEnd
from bridge.i18n import Language
from bridge.ids import (
    ActorId,
    ChallengeId,
    EventId,
    HostId,
    InvitationId,
    MailId,
    MeetingId,
    OccurrenceId,
    OfferId,
    QuestionId,
    SalonId,
    SeatId,
    UserId,
    VisioRoomId,
    VisitId,
)
from bridge.store.types import Choice, moment, reference, sealed, uuid, words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers only INTEGER columns by itself."""


class _Salons(TypedColumns):
    id: Named[SalonId] = words(primary_key=True)
    language: Named[Language] = Column(Choice(Language))
    zone: Named[str]
    level: Named[AccessLevel | None] = Column(Choice(AccessLevel))
    names: Named[bool]
    promised: Named[str]


salons = Table("salons", metadata, _Salons)


class _Agents(TypedColumns):
    user: Named[UserId] = words(primary_key=True)
    name: Named[str]
    email: Named[str | None]
    method: Named[Method | None] = Column(Choice(Method))
    seen_at: Named[datetime] = moment()


agents = Table("agents", metadata, _Agents)
Index(None, agents.c.seen_at)


class _Meetings(TypedColumns):
    id: Named[MeetingId] = uuid(primary_key=True)
    salon: Named[SalonId | None] = words()
    organiser: Named[UserId] = words()
    title: Named[str]
    source: Named[str] = words(unique=True)
    level: Named[AccessLevel] = Column(Choice(AccessLevel))
    state: Named[MeetingState] = Column(Choice(MeetingState))
    state_changes: Named[int]
    unanswered: Named[int]
    created_at: Named[datetime] = moment()
    thread: Named[EventId | None] = words()
    room_id: Named[VisioRoomId | None] = uuid()
    room_slug: Named[str | None]
    room_url: Named[str | None]
    room_level: Named[AccessLevel | None] = Column(Choice(AccessLevel))
    phone: Named[bytes | None] = sealed()


meetings = Table("meetings", metadata, _Meetings)
Index(None, meetings.c.salon, meetings.c.created_at)
Index(None, meetings.c.organiser, meetings.c.created_at)


class _Occurrences(TypedColumns):
    id: Named[OccurrenceId] = uuid(primary_key=True)
    meeting: Named[MeetingId] = reference("meetings.id")
    starts_at: Named[datetime] = moment()
    ends_at: Named[datetime] = moment()
    zone: Named[str]
    state: Named[OccurrenceState] = Column(Choice(OccurrenceState))
    card: Named[EventId | None] = words()
    sequence: Named[int]
    planned_end: Named[datetime | None] = moment()
    touched: Named[datetime] = moment()
    """When something was last saved that changes its waiting guests' pages."""
    colleagues: Named[bytes | None] = sealed()


occurrences = Table("occurrences", metadata, _Occurrences)
Index(None, occurrences.c.meeting, occurrences.c.ends_at)
Index(None, occurrences.c.card)
Index(None, occurrences.c.touched)
Index(None, occurrences.c.ends_at)


class _Invitations(TypedColumns):
    id: Named[InvitationId] = uuid(primary_key=True)
    meeting: Named[MeetingId] = reference("meetings.id")
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    invited_by: Named[ActorId] = words()
    created_at: Named[datetime] = moment()
    digest: Named[bytes] = Column(LargeBinary, unique=True)
    key: Named[str]
    number: Named[int]
    name: Named[str]
    email: Named[str]
    delivery: Named[Delivery] = Column(Choice(Delivery))
    assurance: Named[Assurance] = Column(Choice(Assurance))
    until: Named[datetime | None] = moment()
    waiting_since: Named[datetime | None] = moment()
    revoked_at: Named[datetime | None] = moment()
    announced_at: Named[datetime | None] = moment()
    mail_refused: Named[bool]
    takeovers: Named[int]
    proof: Named[Proof] = Column(Choice(Proof))
    pin_tries: Named[int]


invitations = Table("invitations", metadata, _Invitations)
Index(None, invitations.c.occurrence)
Index(None, invitations.c.meeting)
Index(None, invitations.c.invited_by, invitations.c.created_at)


class _Visits(TypedColumns):
    id: Named[VisitId] = uuid(primary_key=True)
    invitation: Named[InvitationId] = reference("invitations.id")
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
Index(None, visits.c.question)


class _Questions(TypedColumns):
    id: Named[QuestionId] = uuid(primary_key=True)
    invitation: Named[InvitationId] = reference("invitations.id")
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
Index(None, questions.c.notice)
_OPEN = text("closed_at IS NULL")
Index("ix_questions_open", questions.c.closed_at, sqlite_where=_OPEN, postgresql_where=_OPEN)


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


class _Presences(TypedColumns):
    occurrence: Named[OccurrenceId] = reference("occurrences.id", primary_key=True)
    began_at: Named[datetime] = moment()
    looked_at: Named[datetime] = moment()
    people: Named[int]
    guests: Named[int]
    peak: Named[int]
    came: Named[list[str]] = Column(JSON)
    """Ids of invitations."""
    names: Named[bytes | None] = sealed()
    empty_since: Named[datetime | None] = moment()
    closed_at: Named[datetime | None] = moment()
    lasted: Named[int]
    """Milliseconds."""
    shown_at: Named[datetime | None] = moment()
    closings: Named[int]


presences = Table("presences", metadata, _Presences)
Index(None, presences.c.closed_at)


class _Offers(TypedColumns):
    id: Named[OfferId] = uuid(primary_key=True)
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    closes: Named[datetime] = moment()
    settled_at: Named[datetime | None] = moment()
    notice: Named[EventId | None] = words()


offers = Table("offers", metadata, _Offers)
Index(None, offers.c.occurrence)
Index(None, offers.c.notice)


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


hosts = Table("hosts", metadata, _Hosts, UniqueConstraint("occurrence", "user"))


class _Mails(TypedColumns):
    id: Named[MailId] = uuid(primary_key=True)
    invitation: Named[InvitationId] = reference("invitations.id")
    number: Named[int]
    asked_at: Named[datetime] = moment()
    asked_by: Named[ActorId | None] = words()
    kind: Named[MailKind] = Column(Choice(MailKind))
    sent_at: Named[datetime | None] = moment()
    failed: Named[str | None]
    offers: Named[int]
    offered_at: Named[datetime | None] = moment()
    until: Named[datetime | None] = moment()


mails = Table("mails", metadata, _Mails)
Index(None, mails.c.invitation)
Index(None, mails.c.asked_by, mails.c.asked_at)


class _Agenda(TypedColumns):
    id: Named[int] = Column(_SEQUENCE, primary_key=True)
    kind: Named[Kind] = Column(Choice(Kind))
    key: Named[str]
    at: Named[datetime] = moment()
    ready: Named[datetime] = moment()
    """When to look at it: its `at`, or the end of a pause after a failure, or of a claim."""
    attempts: Named[int]
    claim: Named[int | None] = Column(BigInteger)
    """The claim that holds the row; replanning clears it."""


# The key comes first: an index that began with the kind would be chosen for the search of due rows.
agenda = Table("agenda", metadata, _Agenda, UniqueConstraint("key", "kind"))
Index(None, agenda.c.ready)


class _Outbox(TypedColumns):
    seq: Named[int] = Column(_SEQUENCE, primary_key=True)
    dedupe: Named[str] = words(unique=True)
    lane: Named[str]
    """The salon or the person that it goes to: within a lane and a priority, nothing overtakes."""
    direct: Named[bool]
    """For one person alone: the author, or without an author the person whom the lane names."""
    author: Named[UserId | None] = words()
    template: Named[str]
    facts: Named[bytes | None] = sealed()
    worth: Named[int]
    rings: Named[list[str]] = Column(JSON)
    reply_to: Named[EventId | None] = words()
    thread: Named[EventId | None] = words()
    card_of: Named[OccurrenceId | None] = uuid()
    about_question: Named[QuestionId | None] = uuid()
    about_offer: Named[OfferId | None] = uuid()
    collapse: Named[str | None]
    posted_at: Named[datetime] = moment()
    attempts: Named[int]
    not_before: Named[datetime | None] = moment()
    taken_until: Named[datetime | None] = moment()
    """When the sender that took it is believed dead."""
    done_at: Named[datetime | None] = moment()
    event: Named[EventId | None] = words()
    failure: Named[str | None]


outbox = Table("outbox", metadata, _Outbox, sqlite_autoincrement=True)
_UNDONE = text("done_at IS NULL")
_DONE = text("done_at IS NOT NULL")
"""For the purge alone: an index of all rows would be chosen for the search of unhandled ones."""
Index(
    "ix_outbox_unsent",
    outbox.c.worth,
    outbox.c.seq,
    sqlite_where=_UNDONE,
    postgresql_where=_UNDONE,
)
Index(
    "ix_outbox_lane",
    outbox.c.lane,
    outbox.c.worth,
    outbox.c.seq,
    sqlite_where=_UNDONE,
    postgresql_where=_UNDONE,
)
Index("ix_outbox_collapse", outbox.c.collapse, sqlite_where=_UNDONE, postgresql_where=_UNDONE)
Index("ix_outbox_event", outbox.c.event)
Index("ix_outbox_done", outbox.c.done_at, sqlite_where=_DONE, postgresql_where=_DONE)


class _Inbox(TypedColumns):
    seq: Named[int] = Column(_SEQUENCE, primary_key=True)
    event: Named[EventId] = words(unique=True)
    account: Named[UserId | None] = words()
    salon: Named[SalonId | None] = words()
    kind: Named[str | None]
    payload: Named[bytes | None] = sealed()
    sealed: Named[bool]
    received_at: Named[datetime | None] = moment()
    done_at: Named[datetime | None] = moment()


inbox = Table("inbox", metadata, _Inbox, sqlite_autoincrement=True)
Index(
    "ix_inbox_undone",
    inbox.c.account,
    inbox.c.sealed,
    inbox.c.seq,
    sqlite_where=_UNDONE,
    postgresql_where=_UNDONE,
)
Index("ix_inbox_done", inbox.c.done_at, sqlite_where=_DONE, postgresql_where=_DONE)
_REMOVED = text("kind = 'removed'")
"""For the purge alone, which deletes these rows sooner."""
Index("ix_inbox_removed", inbox.c.done_at, sqlite_where=_REMOVED, postgresql_where=_REMOVED)


class _Positions(TypedColumns):
    account: Named[UserId] = words(primary_key=True)
    position: Named[str]


positions = Table("positions", metadata, _Positions)


class _Secrets(TypedColumns):
    name: Named[str] = words(primary_key=True)
    value: Named[bytes] = sealed()


secrets = Table("secrets", metadata, _Secrets)


class _Once(TypedColumns):
    name: Named[str] = words(primary_key=True)
    at: Named[datetime] = moment()


once = Table("once", metadata, _Once)


class _Leases(TypedColumns):
    name: Named[str] = words(primary_key=True)
    holder: Named[str]
    until: Named[datetime] = moment()


leases = Table("leases", metadata, _Leases)
