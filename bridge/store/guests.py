"""Guests' invitations, their visits, and the mails that carry their links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from bridge.domain.invitation import Invitation, Visit
from bridge.domain.mail import Mail
from bridge.ids import InvitationId, MailId, OccurrenceId, VisitId
from bridge.store.tables import invitations, mails, visits
from bridge.store.tx import AnyRow, Tx, fields

_INVITATIONS = select(invitations)
_VISITS = select(visits)
_MAILS = select(mails)


@dataclass(frozen=True, slots=True)
class InvitationRows:
    """Implements `bridge.ports.Invitations`."""

    tx: Tx

    async def add(self, invitation: Invitation) -> None:
        """Keep a new invitation."""
        await self.tx.run(self.tx.insert(invitations).values(_values(invitation)))

    async def get(self, invitation: InvitationId) -> Invitation | None:
        """Return an invitation."""
        row = await self.tx.one(_INVITATIONS.where(invitations.c.id == invitation))
        return None if row is None else _invitation(row)

    async def by_digest(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose present link has this digest."""
        row = await self.tx.one(_INVITATIONS.where(invitations.c.digest == digest))
        return None if row is None else _invitation(row)

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Invitation]:
        """Return all invitations to an occurrence, revoked ones too, oldest first."""
        rows = await self.tx.all(
            _INVITATIONS.where(invitations.c.occurrence == occurrence).order_by(
                invitations.c.created_at, invitations.c.id
            )
        )
        return [_invitation(row) for row in rows]

    async def save(self, invitation: Invitation) -> None:
        """Replace an invitation's row."""
        await self.tx.run(
            update(invitations).where(invitations.c.id == invitation.id).values(_values(invitation))
        )

    async def announce(
        self, invitation: InvitationId, *, now: datetime, unless_after: datetime
    ) -> bool:
        """Note that the salon is told now; `False` when it was told after `unless_after`."""
        before = invitations.c.announced_at
        told = await self.tx.run(
            update(invitations)
            .where(invitations.c.id == invitation)
            .where(or_(before.is_(None), before <= unless_after))
            .values(announced_at=now)
        )
        return bool(told)

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Blank names and addresses of an occurrence's guests and visits; return how many."""
        theirs = select(invitations.c.id).where(invitations.c.occurrence == occurrence)
        seen = await self.tx.run(
            update(visits)
            .where(visits.c.invitation.in_(theirs), visits.c.name != "")
            .values(name="")
        )
        known = await self.tx.run(
            update(invitations)
            .where(invitations.c.occurrence == occurrence)
            .where(or_(invitations.c.name != "", invitations.c.email != ""))
            .values(name="", email="")
        )
        return seen + known


@dataclass(frozen=True, slots=True)
class VisitRows:
    """Implements `bridge.ports.Visits`."""

    tx: Tx

    async def add(self, visit: Visit) -> None:
        """Keep a new visit."""
        await self.tx.run(
            self.tx.insert(visits).values(
                id=visit.id,
                invitation=visit.invitation,
                digest=visit.digest,
                name=visit.name,
                language=visit.language,
                created_at=visit.created_at,
                followed_at=visit.followed_at,
            )
        )

    async def get(self, visit: VisitId) -> Visit | None:
        """Return a visit."""
        row = await self.tx.one(_VISITS.where(visits.c.id == visit))
        return None if row is None else Visit(**fields(row))

    async def followed(self, visit: VisitId, now: datetime) -> None:
        """Note that this visit was sent on to the meeting."""
        await self.tx.run(update(visits).where(visits.c.id == visit).values(followed_at=now))

    async def count(self, invitation: InvitationId) -> int:
        """Return how many visits an invitation has had."""
        statement = select(func.count()).where(visits.c.invitation == invitation)
        return await self.tx.connection.scalar(statement) or 0


@dataclass(frozen=True, slots=True)
class MailRows:
    """Implements `bridge.ports.Mails`."""

    tx: Tx

    async def add(self, mail: Mail) -> None:
        """Keep a mail to be sent."""
        await self.tx.run(self.tx.insert(mails).values(_mail_values(mail)))

    async def get(self, mail: MailId) -> Mail | None:
        """Return a mail."""
        row = await self.tx.one(_MAILS.where(mails.c.id == mail))
        return None if row is None else Mail(**fields(row))

    async def save(self, mail: Mail) -> None:
        """Replace a mail's row."""
        await self.tx.run(update(mails).where(mails.c.id == mail.id).values(_mail_values(mail)))


def _mail_values(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "invitation": mail.invitation,
        "number": mail.number,
        "asked_at": mail.asked_at,
        "sent_at": mail.sent_at,
        "failed": mail.failed,
    }


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
    }


def _invitation(row: AnyRow) -> Invitation:
    return Invitation(**fields(row))
