"""Guests an operator may look for: those whose links may still work, and who invited them where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from bridge.domain.meeting import OccurrenceState
from bridge.ids import InvitationId, OccurrenceId, SalonId, UserId
from bridge.store.covering import COVERS
from bridge.store.tables import agents, invitations, meetings, occurrences
from bridge.store.tx import Begin
from bridge.store.types import Moment

# It reads whole tables, but seldom: the operator searches by parts of names, in any script.
_LIVING: Any = (
    select(
        invitations.c.id,
        occurrences.c.id.label("occurrence"),
        invitations.c.name,
        invitations.c.email,
        meetings.c.salon,
        meetings.c.organiser,
        agents.c.name.label("organiser_name"),
        agents.c.email.label("organiser_email"),
    )
    .select_from(invitations)
    .join(occurrences, COVERS)
    .join(meetings, meetings.c.id == occurrences.c.meeting)
    .outerjoin(agents, agents.c.user == meetings.c.organiser)
    .where(occurrences.c.state == OccurrenceState.PLANNED)
    .where(
        or_(
            occurrences.c.ends_at > bindparam("ended_after", type_=Moment),
            invitations.c.until > bindparam("now", type_=Moment),
        )
    )
    .order_by(occurrences.c.starts_at, occurrences.c.id, invitations.c.created_at, invitations.c.id)
)


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """An invitation, and the words by which an operator may find it."""

    invitation: InvitationId
    occurrence: OccurrenceId
    salon: SalonId | None
    organiser: UserId
    guest: str
    """Name and address."""
    agent: str
    """The organiser's Matrix id, name and address."""


async def living(begin: Begin, *, now: datetime, ended_after: datetime) -> Sequence[RegisterEntry]:
    """Return the invitations to meetings that are not over, or whose own end is not reached.

    An invitation to several occurrences is there for each of them.
    """
    async with begin(writing=False, long=True) as tx:
        rows = (
            await tx.connection.execute(_LIVING, {"now": now, "ended_after": ended_after})
        ).all()
    return [
        RegisterEntry(
            row.id,
            row.occurrence,
            row.salon,
            row.organiser,
            f"{row.name} {row.email}",
            " ".join(filter(None, (row.organiser, row.organiser_name, row.organiser_email))),
        )
        for row in rows
    ]
