"""The changes that a line makes in the database, in the words of the README."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from bridge.domain.mail import MailKind
from bridge.domain.meeting import OccurrenceState
from bridge.store.tables import (
    invitations,
    mails,
    meetings,
    occurrences,
    reminders,
    seats,
    visits,
)
from tests.corpus.situations import PARIS

_LOOKS = [
    select(one) for one in (meetings, occurrences, invitations, visits, seats, mails, reminders)
]


@dataclass(frozen=True, slots=True)
class Shown:
    """The comparable facts of meetings, guests and visits at the door."""

    meetings: Mapping[object, Row[Any]]
    occurrences: Mapping[object, Row[Any]]
    invitations: Mapping[object, Row[Any]]
    visits: Mapping[object, Row[Any]]
    seats: Mapping[object, Row[Any]]
    mails: Mapping[object, Row[Any]]
    reminders: Mapping[object, Row[Any]]


def shown(engine: Engine) -> Shown:
    """Return the present facts."""
    with engine.connect() as connection:
        found = [connection.execute(one).all() for one in _LOOKS]
    return Shown(*({row.id: row for row in rows} for rows in found))


def changes_of(before: Shown, after: Shown) -> Iterable[str]:
    """Return the changes since then, in the words of the README."""
    yield from _meetings(before, after)
    yield from _links(before, after)
    if after.reminders != before.reminders:
        yield "reminder"
    for key, mail in after.mails.items():
        known = mail.invitation in before.invitations
        if key not in before.mails and known and mail.kind is MailKind.INVITATION:
            yield f"mail:{_who(after.invitations[mail.invitation])}"
    for key, seat in after.seats.items():
        if key not in before.seats:
            yield f"admitted:{after.visits[seat.visit].name}"
    for key, visit in after.visits.items():
        if visit.refused_at is not None and before.visits[key].refused_at is None:
            yield f"denied:{visit.name}"


def _meetings(before: Shown, after: Shown) -> Iterable[str]:
    for key, now in after.meetings.items():
        was = before.meetings.get(key)
        if was is None:
            yield "room"
        elif _organisers(now) != _organisers(was):
            yield f"organiser:{now.title}"
        elif (now.topics is None) is not (was.topics is None):
            yield "topics"
        elif now.title != was.title:
            yield f"renamed:{was.title}"
    yield from _dates(before, after)


def _dates(before: Shown, after: Shown) -> Iterable[str]:
    for key, now in after.occurrences.items():
        was = before.occurrences.get(key)
        if was is None:
            continue
        title = after.meetings[now.meeting].title
        if now.state is not was.state:
            reopened = now.state is OccurrenceState.PLANNED
            yield f"reopened:{title}" if reopened else f"end:{title}"
        elif now.starts_at != was.starts_at:
            yield f"moved:{title}"
        elif now.ends_at != was.ends_at:
            yield f"extended:{title}"


def _organisers(meeting: Row[Any]) -> tuple[str, str | None]:
    """Return a meeting's organiser, and the one to come."""
    return meeting.organiser, meeting.hand_to


def _links(before: Shown, after: Shown) -> Iterable[str]:
    for key, now in after.invitations.items():
        was = before.invitations.get(key)
        if was is None:
            yield f"guest:{_who(now)}"
        elif now.revoked_at is not None and was.revoked_at is None:
            yield f"withdrawn:{_who(now)}"
        elif now.until != was.until:
            yield f"extended:{_who(now)}"


def _who(invitation: Row[Any]) -> str:
    return str(invitation.email.casefold() or invitation.name)


def local(moment: datetime) -> str:
    """Return a moment as the corpus writes it."""
    return moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")
