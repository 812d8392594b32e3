"""Agents' accounts at calendar servers, their calendars and events, and links to link them."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    Column,
    Index,
    LargeBinary,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
    text,
)

from bridge.domain.calendar import CalendarAccountState, SyncMode
from bridge.ids import (
    CalendarAccountId,
    CalendarId,
    CalendarLinkId,
    CalendarObjectId,
    MeetingId,
    SalonId,
    UserId,
)
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, reference, sealed, uuid, words


class _CalendarAccounts(TypedColumns):
    id: Named[CalendarAccountId] = uuid(primary_key=True)
    owner: Named[UserId] = words(unique=True)
    account: Named[UserId | None] = words()
    home: Named[str]
    host: Named[str]
    """The part of `home` by which accounts are counted."""
    login: Named[bytes] = sealed()
    addresses: Named[bytes | None] = sealed()
    """`None`: there are none."""
    schedules: Named[bool]
    shares_free: Named[bool]
    state: Named[CalendarAccountState] = Column(Choice(CalendarAccountState))
    failures: Named[int]
    linked_at: Named[datetime] = moment()
    polled_at: Named[datetime | None] = moment()
    ok_at: Named[datetime | None] = moment()
    changed_at: Named[datetime | None] = moment()


calendar_accounts = Table("calendar_accounts", metadata, _CalendarAccounts)
Index(None, calendar_accounts.c.linked_at)
Index(None, calendar_accounts.c.host)


class _Calendars(TypedColumns):
    id: Named[CalendarId] = uuid(primary_key=True)
    account: Named[CalendarAccountId] = reference("calendar_accounts.id")
    url: Named[str]
    name: Named[bytes | None] = sealed()
    """`None`: it has none."""
    mode: Named[SyncMode] = Column(Choice(SyncMode))
    ctag: Named[str]
    token: Named[str]
    ours: Named[bool]
    salon: Named[SalonId | None] = words()
    reconciled_at: Named[datetime | None] = moment()
    suspect_since: Named[datetime | None] = moment()


calendars = Table("calendars", metadata, _Calendars)
Index(None, calendars.c.account)
_OF_SALON = text("salon IS NOT NULL")
Index("ix_calendars_salon", calendars.c.salon, sqlite_where=_OF_SALON, postgresql_where=_OF_SALON)


class _CalendarObjects(TypedColumns):
    id: Named[CalendarObjectId] = uuid(primary_key=True)
    calendar: Named[CalendarId] = reference("calendars.id")
    href: Named[str]
    etag: Named[str]
    uid: Named[bytes | None] = sealed()
    """Of a meeting's copy alone."""
    uid_digest: Named[bytes | None]
    """SHA-256 of the UID, by which a copy is looked up."""
    meeting: Named[MeetingId | None] = reference("meetings.id")
    base: Named[dict[str, str]] = Column(JSON)
    gone_at: Named[datetime | None] = moment()
    writes: Named[int]
    wrote: Named[str]
    """A digest of what was written last."""
    wrote_at: Named[datetime | None] = moment()


calendar_objects = Table(
    "calendar_objects", metadata, _CalendarObjects, UniqueConstraint("calendar", "href")
)
_COPY = text("meeting IS NOT NULL")
"""For meetings' copies: few among all events of agents' calendars."""
Index(
    "ix_calendar_objects_meeting",
    calendar_objects.c.meeting,
    sqlite_where=_COPY,
    postgresql_where=_COPY,
)
Index(
    "ix_calendar_objects_copies",
    calendar_objects.c.calendar,
    sqlite_where=_COPY,
    postgresql_where=_COPY,
)
_NAMED = text("uid_digest IS NOT NULL")
Index(
    "ix_calendar_objects_uid_digest",
    calendar_objects.c.uid_digest,
    sqlite_where=_NAMED,
    postgresql_where=_NAMED,
)


class _CalendarLinks(TypedColumns):
    id: Named[CalendarLinkId] = uuid(primary_key=True)
    owner: Named[UserId] = words()
    account: Named[UserId | None] = words()
    digest: Named[bytes] = Column(LargeBinary, unique=True)
    key: Named[str]
    created_at: Named[datetime] = moment()
    expires_at: Named[datetime] = moment()
    used_at: Named[datetime | None] = moment()
    tries: Named[int]


calendar_links = Table("calendar_links", metadata, _CalendarLinks)
Index(None, calendar_links.c.owner)
Index(None, calendar_links.c.created_at)
