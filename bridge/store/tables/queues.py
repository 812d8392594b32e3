"""The queues: mails, agenda, outbox and inbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
    text,
)

from bridge.domain.agenda import Kind
from bridge.domain.mail import MailKind
from bridge.ids import (
    ActorId,
    EventId,
    InvitationId,
    MailId,
    OccurrenceId,
    OfferId,
    QuestionId,
    SalonId,
    UserId,
)
from bridge.store.tables.base import SEQUENCE, metadata
from bridge.store.types import Choice, moment, reference, sealed, uuid, words


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
    occurrence: Named[OccurrenceId | None] = uuid()
    """The date that it is about; of no foreign key, since SEQUENCE must outlive a date."""
    starts_at: Named[datetime | None] = moment()
    ends_at: Named[datetime | None] = moment()
    sequence: Named[int | None]
    fingerprint: Named[str | None]
    series: Named[dict[str, Any] | None] = Column(JSON(none_as_null=True))
    """As `bridge/store/mails.py` writes it: times and rules alone."""
    organiser: Named[UserId | None] = words()
    words: Named[bytes | None] = sealed()
    """Digests of the title and the topics that it says."""


mails = Table("mails", metadata, _Mails)
Index(None, mails.c.invitation)
Index(None, mails.c.asked_by, mails.c.asked_at)


class _Agenda(TypedColumns):
    id: Named[int] = Column(SEQUENCE, primary_key=True)
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
Index(None, agenda.c.kind, agenda.c.ready)


class _Outbox(TypedColumns):
    # Of `Message`, as bridge/store/message_rows.py fills them: dedupe is its idempotency key, worth
    # its priority, facts its parameters, rings its mentions, collapse its coalesce key. The columns
    # have the names of the first release; the seal of facts is bound to that name.
    seq: Named[int] = Column(SEQUENCE, primary_key=True)
    dedupe: Named[str] = words(unique=True)
    account: Named[UserId | None] = words()
    """The bot's account that sends it; none: the installation's first."""
    lane: Named[str]
    """The salon or the person that it goes to: within a lane and a priority, nothing overtakes."""
    direct: Named[bool]
    """For one person alone: the author, or without an author the person whom the lane names."""
    author: Named[UserId | None] = words()
    template: Named[str]
    facts: Named[bytes | None] = sealed(named_by="dedupe")
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
    seq: Named[int] = Column(SEQUENCE, primary_key=True)
    event: Named[EventId] = words(unique=True)
    account: Named[UserId | None] = words()
    salon: Named[SalonId | None] = words()
    kind: Named[str | None]
    payload: Named[bytes | None] = sealed(named_by="event")
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
