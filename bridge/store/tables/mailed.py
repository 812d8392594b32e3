"""Events to which agents invited us by mail, their senders, and mails to their organisers."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Named, Table, TypedColumns, text

from bridge.domain.mailed import OrganiserMailKind
from bridge.ids import MailedEventId, MailSenderId, MeetingId, OrganiserMailId, UserId
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, reference, sealed, uuid, words


class _MailSenders(TypedColumns):
    id: Named[MailSenderId] = uuid(primary_key=True)
    owner: Named[UserId] = words()
    asked_at: Named[datetime] = moment()
    allowed: Named[bool | None]


mail_senders = Table("mail_senders", metadata, _MailSenders)
Index(None, mail_senders.c.asked_at)


class _MailedEvents(TypedColumns):
    id: Named[MailedEventId] = uuid(primary_key=True)
    owner: Named[UserId] = words()
    uid_digest: Named[bytes]
    """SHA-256 of the UID."""
    content: Named[bytes] = sealed()
    """The text, the UID and all addresses."""
    meeting: Named[MeetingId | None] = reference("meetings.id")
    base: Named[dict[str, str]] = Column(JSON)
    ended: Named[bool]
    changed_at: Named[datetime] = moment()


mailed_events = Table("mailed_events", metadata, _MailedEvents)
Index(None, mailed_events.c.uid_digest)
Index(None, mailed_events.c.owner)
_FOLLOWED, _ALONE = text("meeting IS NOT NULL"), text("meeting IS NULL")
Index(
    "ix_mailed_events_meeting",
    mailed_events.c.meeting,
    sqlite_where=_FOLLOWED,
    postgresql_where=_FOLLOWED,
)
Index(
    "ix_mailed_events_changed_at",
    mailed_events.c.changed_at,
    sqlite_where=_ALONE,
    postgresql_where=_ALONE,
)


class _OrganiserMails(TypedColumns):
    id: Named[OrganiserMailId] = uuid(primary_key=True)
    event: Named[MailedEventId] = reference("mailed_events.id")
    kind: Named[OrganiserMailKind] = Column(Choice(OrganiserMailKind))
    part: Named[str]
    sequence: Named[int]
    asked_at: Named[datetime] = moment()
    sent_at: Named[datetime | None] = moment()
    failed: Named[str | None]


organiser_mails = Table("organiser_mails", metadata, _OrganiserMails)
Index(None, organiser_mails.c.event)
