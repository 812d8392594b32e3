"""Invitations: each is one guest's pass to an occurrence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from bridge.domain.invitation import Invitation
from bridge.ids import ActorId, InvitationId, OccurrenceId
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import invitations, visits
from bridge.store.touching import touch
from bridge.store.tx import Tx, fields

_ADD = insert(invitations)
_GET = query(select(invitations).where(invitations.c.id == bindparam("id")))
_BY_DIGEST = query(select(invitations).where(invitations.c.digest == bindparam("digest")))
_TO = select(invitations.c.occurrence).where(invitations.c.id == bindparam("id"))
_OF_OCCURRENCE = query(
    select(invitations)
    .where(invitations.c.occurrence == bindparam("occurrence"))
    .order_by(invitations.c.created_at, invitations.c.id)
)
_invited_by = (
    select(invitations.c.email, invitations.c.name, invitations.c.created_at)
    .where(invitations.c.invited_by == bindparam("actor"))
    .where(invitations.c.created_at > bindparam("since"))
    .order_by(invitations.c.created_at)
)
_INVITED_BY = Query(_invited_by, _invited_by)
_SAVE = update(invitations).where(invitations.c.id == bindparam("saved"))
_WAITS = (
    update(invitations)
    .where(invitations.c.id == bindparam("by"))
    .where(invitations.c.waiting_since.is_(None))
)
_ANNOUNCE = (
    update(invitations)
    .where(invitations.c.id == bindparam("told"))
    .where(
        or_(
            invitations.c.announced_at.is_(None),
            invitations.c.announced_at <= bindparam("unless_after"),
        )
    )
)
_FORGET_GUESTS = (
    update(invitations)
    .where(invitations.c.occurrence == bindparam("over"))
    .where(or_(invitations.c.name != "", invitations.c.email != ""))
)
_FORGET_VISITS = delete(visits).where(
    visits.c.invitation.in_(
        select(invitations.c.id).where(invitations.c.occurrence == bindparam("over"))
    )
)


@dataclass(frozen=True, slots=True)
class InvitationRows:
    """Implements `bridge.ports.InvitationRepository`."""

    tx: Tx

    async def add(self, invitation: Invitation) -> None:
        """Insert an invitation: nobody waits with it yet."""
        await self.tx.run(_ADD, _values(invitation))

    async def get(self, invitation: InvitationId) -> Invitation | None:
        """Return an invitation."""
        row = await self.tx.one(_GET, id=invitation)
        return None if row is None else _invitation(row)

    async def occurrence_of(self, invitation: InvitationId) -> OccurrenceId | None:
        """Return the occurrence that an invitation is to, without locking anything."""
        found: OccurrenceId | None = await self.tx.scalar(_TO, id=invitation)
        return found

    async def by_digest(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose current link has this digest."""
        row = await self.tx.one(_BY_DIGEST, digest=digest)
        return None if row is None else _invitation(row)

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Invitation]:
        """Return all invitations to an occurrence, withdrawn ones too, oldest first."""
        rows = await self.tx.all(_OF_OCCURRENCE, occurrence=occurrence)
        return [_invitation(row) for row in rows]

    async def invited_by(self, actor: ActorId, since: datetime) -> Mapping[str, datetime]:
        """Return the guests whom somebody invited, by address, else by name, and when first."""
        first: dict[str, datetime] = {}
        for row in await self.tx.all(_INVITED_BY, actor=actor, since=since):
            first.setdefault(row.email.casefold() or row.name.casefold(), row.created_at)
        return first

    async def save(self, *invitations: Invitation) -> None:
        """Replace invitations' rows with one statement."""
        for one in invitations:  # first: docs/decisions/0012-order-of-locks.md
            await touch(self.tx, one.occurrence)
        if invitations:
            await self.tx.run(_SAVE, [{"saved": one.id, **_values(one)} for one in invitations])

    async def waits(self, invitation: InvitationId, now: datetime) -> None:
        """Store since when a guest has waited with it; that changes nothing on guests' pages."""
        await self.tx.run(_WAITS, {"by": invitation, "waiting_since": now})

    async def announce(
        self, invitation: InvitationId, *, now: datetime, unless_after: datetime
    ) -> bool:
        """Claim the right to tell the salon now; `False` if it was told after `unless_after`."""
        values = {"told": invitation, "unless_after": unless_after, "announced_at": now}
        return bool(await self.tx.run(_ANNOUNCE, values))

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Blank names and addresses of an occurrence's guests, delete their visits.

        Return how many guests there were. The guests are blanked first: a guest at the door at this
        moment locks their invitation, and has left or finds it blank when the visits are deleted.
        """
        known = await self.tx.run(_FORGET_GUESTS, {"over": occurrence, "name": "", "email": ""})
        return known + await self.tx.run(_FORGET_VISITS, {"over": occurrence})


def _values(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "meeting": invitation.meeting,
        "occurrence": invitation.occurrence,
        "invited_by": invitation.invited_by,
        "created_at": invitation.created_at,
        "digest": invitation.digest,
        "key": invitation.key,
        "number": invitation.number,
        "name": invitation.name,
        "email": invitation.email,
        "delivery": invitation.delivery,
        "assurance": invitation.assurance,
        "until": invitation.until,
        "waiting_since": invitation.waiting_since,
        "revoked_at": invitation.revoked_at,
        "announced_at": invitation.announced_at,
        "mail_refused": invitation.mail_refused,
        "takeovers": invitation.takeovers,
        "proof": invitation.proof,
        "pin_tries": invitation.pin_tries,
    }


def _invitation(row: AnyRow) -> Invitation:
    return Invitation(**fields(row))
