"""Invitations: each is one guest's pass to a meeting."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Uuid, bindparam, delete, exists, or_, select, update

from bridge.domain.guest_terms import GuestTerms
from bridge.domain.invitation import Invitation
from bridge.domain.scope import NamedOccurrences, OneOccurrence, Scope, WholeSeries
from bridge.ids import ActorId, InvitationId, OccurrenceId
from bridge.store.covering import SEVERAL, covering
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import invitation_dates, invitations, occurrences, visits
from bridge.store.touching import touch, touch_all
from bridge.store.tx import Tx, fields

_TERMS: TypeAdapter[GuestTerms] = TypeAdapter(GuestTerms)
_ADD = insert(invitations)
_GET = query(select(invitations).where(invitations.c.id == bindparam("id")))
_BY_DIGEST = query(select(invitations).where(invitations.c.digest == bindparam("digest")))
_OF_OCCURRENCE = query(
    select(invitations)
    .where(invitations.c.id.in_(covering("occurrence")))
    .order_by(invitations.c.created_at, invitations.c.id)
)
_ADD_DATES = insert(invitation_dates)
_dates = select(invitation_dates).where(
    invitation_dates.c.invitation.in_(bindparam("those", expanding=True))
)
_DATES = Query(_dates, _dates)
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
_ON = (
    update(invitations)
    .where(invitations.c.id == bindparam("of"), invitations.c.occurrence.is_(None))
    .where(or_(invitations.c.dated.is_(None), invitations.c.dated != bindparam("date", type_=Uuid)))
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
_over = occurrences.alias()
_ends_at = select(_over.c.ends_at).where(_over.c.id == bindparam("over")).scalar_subquery()
_expected = exists().where(SEVERAL, occurrences.c.ends_at > _ends_at).correlate(invitations)
_FORGET_GUESTS = (
    update(invitations)
    .where(invitations.c.id.in_(covering("over")), ~_expected)
    .where(or_(invitations.c.name != "", invitations.c.email != ""))
)
_FORGET_VISITS = delete(visits).where(visits.c.occurrence == bindparam("over"))


@dataclass(frozen=True, slots=True)
class InvitationRows:
    """Implements `bridge.ports.InvitationRepository`."""

    tx: Tx

    async def add(self, invitation: Invitation) -> None:
        """Insert an invitation: nobody waits with it yet."""
        scope = invitation.scope
        await self.tx.run(
            _ADD,
            {
                **_values(invitation),
                "occurrence": scope.occurrence if isinstance(scope, OneOccurrence) else None,
                "series": isinstance(scope, WholeSeries),
            },
        )
        if isinstance(scope, NamedOccurrences):
            dates = [{"invitation": invitation.id, "occurrence": one} for one in scope.occurrences]
            await self.tx.run(_ADD_DATES, dates)

    async def get(self, invitation: InvitationId) -> Invitation | None:
        """Return an invitation."""
        row = await self.tx.one(_GET, id=invitation)
        return None if row is None else (await self._read([row]))[0]

    async def by_digest(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose current link has this digest."""
        row = await self.tx.one(_BY_DIGEST, digest=digest)
        return None if row is None else (await self._read([row]))[0]

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Invitation]:
        """Return all invitations that cover an occurrence, withdrawn ones too, oldest first."""
        known = await self._read(await self.tx.all(_OF_OCCURRENCE, occurrence=occurrence))
        return [one.on(occurrence) for one in known]

    async def _read(self, rows: Sequence[AnyRow]) -> list[Invitation]:
        several = [row.id for row in rows if row.occurrence is None and not row.series]
        dates: dict[InvitationId, set[OccurrenceId]] = {one: set() for one in several}
        if several:
            for row in await self.tx.all(_DATES, those=several):
                dates[row.invitation].add(row.occurrence)
        return [_invitation(row, dates.get(row.id, ())) for row in rows]

    async def invited_by(self, actor: ActorId, since: datetime) -> Mapping[str, datetime]:
        """Return the guests whom somebody invited, by address, else by name, and when first."""
        first: dict[str, datetime] = {}
        for row in await self.tx.all(_INVITED_BY, actor=actor, since=since):
            first.setdefault(row.email.casefold() or row.name.casefold(), row.created_at)
        return first

    async def save(self, *invitations: Invitation) -> None:
        """Replace invitations' rows, except their scope, with one statement."""
        for one in invitations:  # first: docs/decisions/0012-order-of-locks.md
            if isinstance(one.scope, OneOccurrence):
                await touch(self.tx, one.scope.occurrence)
            else:
                await touch_all(self.tx, one.meeting)
        if invitations:
            await self.tx.run(_SAVE, [{"saved": one.id, **_values(one)} for one in invitations])

    async def waits(self, invitation: Invitation, now: datetime) -> None:
        """Store since when a guest has waited with it; that changes nothing on guests' pages."""
        await self._begin(invitation)
        await self.tx.run(_WAITS, {"by": invitation.id, "waiting_since": now})

    async def announce(
        self, invitation: Invitation, *, now: datetime, unless_after: datetime
    ) -> bool:
        """Claim the right to tell the salon now; `False` if it was told after `unless_after`."""
        await self._begin(invitation)
        values = {"told": invitation.id, "unless_after": unless_after, "announced_at": now}
        return bool(await self.tx.run(_ANNOUNCE, values))

    async def _begin(self, invitation: Invitation) -> None:
        """Begin what is counted for an invitation's date, unless that has begun."""
        date = invitation.dated
        if date is not None:
            blank = {"until": None, "waiting_since": None, "announced_at": None}
            blank |= {"takeovers": 0, "pin_tries": 0}  # type: ignore[dict-item]
            await self.tx.run(_ON, {"of": invitation.id, "date": date, "dated": date, **blank})

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Blank names and addresses of an occurrence's guests, delete the visits to it.

        A guest who is invited to a later occurrence too is blanked with that one. Return how many
        rows changed. The guests are blanked first: a guest at the door at this
        moment locks their invitation, and has left or finds it blank when the visits are deleted.
        """
        known = await self.tx.run(_FORGET_GUESTS, {"over": occurrence, "name": "", "email": ""})
        return known + await self.tx.run(_FORGET_VISITS, {"over": occurrence})


def _values(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "meeting": invitation.meeting,
        "invited_by": invitation.invited_by,
        "created_at": invitation.created_at,
        "digest": invitation.digest,
        "key": invitation.key,
        "number": invitation.number,
        "name": invitation.name,
        "email": invitation.email,
        "delivery": invitation.delivery,
        "assurance": invitation.assurance,
        "dated": invitation.dated,
        "until": invitation.until,
        "waiting_since": invitation.waiting_since,
        "revoked_at": invitation.revoked_at,
        "announced_at": invitation.announced_at,
        "mail_refused": invitation.mail_refused,
        "takeovers": invitation.takeovers,
        "proof": invitation.proof,
        "pin_tries": invitation.pin_tries,
        "terms": None if invitation.terms is None else _TERMS.dump_json(invitation.terms).decode(),
    }


def _invitation(row: AnyRow, dates: Collection[OccurrenceId]) -> Invitation:
    of = fields(row)
    one, series = of.pop("occurrence"), of.pop("series")
    scope: Scope
    if one is not None:
        scope = OneOccurrence(one)
    else:
        scope = WholeSeries() if series else NamedOccurrences(frozenset(dates))
    terms = of.pop("terms")
    read = None if terms is None else _TERMS.validate_json(terms)
    return Invitation(**of, scope=scope, terms=read)
