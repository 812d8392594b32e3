"""Meetings, their series, occurrences and changes, presence, offers to extend, and reminders."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Named, Table, TypedColumns, text

from bridge.domain.change import ChangeKind
from bridge.domain.meeting import AccessLevel, MeetingState, OccurrenceState
from bridge.ids import (
    ActorId,
    ChangeId,
    EventId,
    MeetingId,
    OccurrenceId,
    OfferId,
    ReminderId,
    SalonId,
    UserId,
    VisioRoomId,
)
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, reference, sealed, uuid, wall, words


class _Meetings(TypedColumns):
    id: Named[MeetingId] = uuid(primary_key=True)
    salon: Named[SalonId | None] = words()
    account: Named[UserId | None] = words()
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
    topics: Named[bytes | None] = sealed()
    missing: Named[UserId | None] = words()
    hand_to: Named[UserId | None] = words()
    """The agent who is to organise it; with the three below, `None` but while this is under way."""
    hand_by: Named[ActorId | None] = words()
    hand_at: Named[datetime | None] = moment()
    hand_line: Named[EventId | None] = words()


meetings = Table("meetings", metadata, _Meetings)
Index(None, meetings.c.salon, meetings.c.created_at)
Index(None, meetings.c.organiser, meetings.c.created_at)
Index(None, meetings.c.thread)
Index(None, meetings.c.room_slug, meetings.c.created_at)
_UNMADE = text("room_id IS NULL")
"""For requests without a room that a person may want made again: few, whatever was made."""
Index("ix_meetings_unmade_salon", meetings.c.salon, sqlite_where=_UNMADE, postgresql_where=_UNMADE)
Index(
    "ix_meetings_unmade_organiser",
    meetings.c.organiser,
    sqlite_where=_UNMADE,
    postgresql_where=_UNMADE,
)


class _Occurrences(TypedColumns):
    id: Named[OccurrenceId] = uuid(primary_key=True)
    meeting: Named[MeetingId] = reference("meetings.id")
    salon: Named[SalonId | None] = words()
    """Its meeting's, as is the organiser: beside the start, for the indexes below."""
    organiser: Named[UserId] = words()
    title: Named[str | None]
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
    over_at: Named[datetime | None] = moment()
    """When it was ended, cancelled, or noted some time after its end; `None`: it is perhaps not
    over. Searches for what goes on and what is to come see no other row, but check the end."""
    wall_start: Named[datetime] = wall()
    """The start on the clocks of `zone`, from which `starts_at` derives."""
    original: Named[datetime | None] = wall()
    """The start that its series gave it."""
    apart: Named[bool]
    """Its meeting's room is never its own."""
    room_id: Named[VisioRoomId | None] = uuid()
    """A room of its own: of a date apart, or kept from before a handover."""
    room: Named[bytes | None] = sealed()
    """All else of that room."""


occurrences = Table("occurrences", metadata, _Occurrences)
Index(None, occurrences.c.meeting, occurrences.c.ends_at)
Index(None, occurrences.c.card)
Index(None, occurrences.c.touched)
Index(None, occurrences.c.ends_at)
_OF_SERIES = text("original IS NOT NULL")
Index(
    "ix_occurrences_original",
    occurrences.c.meeting,
    occurrences.c.original,
    sqlite_where=_OF_SERIES,
    postgresql_where=_OF_SERIES,
)
_NOT_OVER = text("over_at IS NULL")
_STARTS = occurrences.c.starts_at, occurrences.c.id
Index(
    "ix_occurrences_salon",
    occurrences.c.salon,
    *_STARTS,
    sqlite_where=_NOT_OVER,
    postgresql_where=_NOT_OVER,
)
Index(
    "ix_occurrences_organiser",
    occurrences.c.organiser,
    *_STARTS,
    sqlite_where=_NOT_OVER,
    postgresql_where=_NOT_OVER,
)
_IS_OVER = text("over_at IS NOT NULL")
"""For feeds, which show what was over lately: an index of all rows would be chosen for others."""
Index(
    "ix_occurrences_over_salon",
    occurrences.c.salon,
    occurrences.c.ends_at,
    sqlite_where=_IS_OVER,
    postgresql_where=_IS_OVER,
)
Index(
    "ix_occurrences_over_organiser",
    occurrences.c.organiser,
    occurrences.c.ends_at,
    sqlite_where=_IS_OVER,
    postgresql_where=_IS_OVER,
)
Index(
    "ix_occurrences_begun",
    occurrences.c.starts_at,
    sqlite_where=_NOT_OVER,
    postgresql_where=_NOT_OVER,
)
Index(
    "ix_occurrences_ended",
    occurrences.c.ends_at,
    sqlite_where=_NOT_OVER,
    postgresql_where=_NOT_OVER,
)


class _Expected(TypedColumns):
    occurrence: Named[OccurrenceId] = reference("occurrences.id", primary_key=True)
    digest: Named[bytes] = Column(LargeBinary, primary_key=True)
    """Of a colleague's Matrix id, by the vault's key: `occurrences.colleagues` has the names."""


expected = Table("expected", metadata, _Expected)
Index(None, expected.c.digest)


class _Series(TypedColumns):
    meeting: Named[MeetingId] = reference("meetings.id", primary_key=True)
    start: Named[datetime] = wall()
    length: Named[int]
    """Seconds."""
    zone: Named[str]
    rule: Named[str]
    without: Named[list[str]] = Column(JSON)
    """Wall times, as ISO writes them; those of `besides` and `closed` too."""
    besides: Named[list[str]] = Column(JSON)
    holidays: Named[str | None]
    closed: Named[list[str]] = Column(JSON)
    closed_until: Named[datetime | None] = wall()
    title: Named[str | None]


series = Table("series", metadata, _Series)


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


class _Changes(TypedColumns):
    id: Named[ChangeId] = uuid(primary_key=True)
    meeting: Named[MeetingId] = reference("meetings.id")
    kind: Named[ChangeKind] = Column(Choice(ChangeKind))
    by: Named[ActorId] = words()
    at: Named[datetime] = moment()
    source: Named[str] = words(unique=True)
    title: Named[str]
    before: Named[dict[str, Any]] = Column(JSON)
    """The replaced times, titles and rule, as `bridge.store.changes` writes them."""
    restored_at: Named[datetime | None] = moment()


changes = Table("changes", metadata, _Changes)
Index(None, changes.c.meeting, changes.c.at)
Index(None, changes.c.by, changes.c.at)
Index(None, changes.c.at)


class _Reminders(TypedColumns):
    id: Named[ReminderId] = uuid(primary_key=True)
    occurrence: Named[OccurrenceId] = reference("occurrences.id")
    user: Named[UserId] = words()
    account: Named[UserId | None] = words()
    before: Named[int | None]
    """Seconds before the start; `None`: at a moment that stays."""
    at: Named[datetime] = moment()
    start: Named[datetime] = moment()
    created_at: Named[datetime] = moment()
    done_at: Named[datetime | None] = moment()


reminders = Table("reminders", metadata, _Reminders)
Index(None, reminders.c.occurrence)
_WAITS = text("done_at IS NULL")
"""For those of one agent and those that are due: few wait, however many were sent."""
Index("ix_reminders_waiting", reminders.c.user, sqlite_where=_WAITS, postgresql_where=_WAITS)
Index("ix_reminders_due", reminders.c.at, sqlite_where=_WAITS, postgresql_where=_WAITS)
