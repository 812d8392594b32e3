"""Visits: the browsers that followed guests' links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, or_, select, update

from bridge.domain.invitation import NOBODYS, Place, Visit
from bridge.domain.proof import Proof
from bridge.ids import EventId, InvitationId, OccurrenceId, VisitId
from bridge.store.statements import Query, insert, query
from bridge.store.tables import challenges, invitations, seats, visits
from bridge.store.touching import touch_its
from bridge.store.tx import Tx, fields

_ADD_VISIT = insert(visits)
_VISIT = query(select(visits).where(visits.c.id == bindparam("id")))
_VISITS = query(
    select(visits)
    .join(invitations, visits.c.invitation == invitations.c.id)
    .where(invitations.c.occurrence == bindparam("occurrence"))
)
_ASKED = (
    update(visits)
    .where(visits.c.id == bindparam("saved"))
    .where(or_(visits.c.asked_at.is_(None), visits.c.asked_at <= bindparam("unless_after")))
)
_REFUSED = (
    update(visits).where(visits.c.id == bindparam("saved")).where(visits.c.refused_at.is_(None))
)
_PARDON = update(visits).where(visits.c.id == bindparam("saved"))
_PROVE = update(visits).where(visits.c.id == bindparam("saved"))
_UNASKED = (
    update(visits)
    .where(visits.c.id == bindparam("saved"), visits.c.refused_at.is_(None))
    .where(visits.c.asked_at == bindparam("since"))
)
_BY_NOTICE = select(visits.c.id).where(visits.c.notice == bindparam("notice"))
_asking = (
    select(visits)
    .join(invitations, visits.c.invitation == invitations.c.id)
    .where(invitations.c.occurrence == bindparam("occurrence"))
    .where(visits.c.asked_at.is_not(None), visits.c.refused_at.is_(None))
    .order_by(visits.c.asked_at, visits.c.id)
)
_ASKING = Query(_asking, _asking)
_place = (
    select(invitations.c.occurrence, invitations.c.id.label("invitation"))
    .join(visits, visits.c.invitation == invitations.c.id)
    .where(visits.c.id == bindparam("id"))
)
_PLACE = Query(_place, _place)
_FOLLOWED = update(visits).where(visits.c.id == bindparam("saved"))
_KNOCKS = update(visits).where(visits.c.id == bindparam("saved"))
_COUNT = select(func.count()).where(visits.c.invitation == bindparam("invitation"))
_DEVICE = _COUNT.where(visits.c.asked_at.is_not(None), visits.c.id <= bindparam("visit"))
_unseated = ~exists().where(seats.c.visit == visits.c.id)
_unmailed = ~exists().where(challenges.c.visit == visits.c.id)
_DROP = delete(visits).where(visits.c.invitation == bindparam("of"), _unseated)
_DROP_OLD = delete(visits).where(
    visits.c.id.in_(
        select(visits.c.id)
        .where(visits.c.invitation == bindparam("of"), _unseated)
        .where(visits.c.refused_at.is_(None), _unmailed)
        .order_by(visits.c.created_at.desc(), visits.c.id.desc())
        .offset(bindparam("newest"))
    )
)
_inside = exists().where(seats.c.visit == visits.c.id, seats.c.ended_at.is_(None))
_ESTRANGE = update(visits).where(visits.c.invitation == bindparam("of"), ~_inside)


@dataclass(frozen=True, slots=True)
class VisitRows:
    """Implements `bridge.ports.Visits`."""

    tx: Tx

    async def add(self, visit: Visit) -> None:
        """Keep a new visit."""
        values = {
            "id": visit.id,
            "invitation": visit.invitation,
            "digest": visit.digest,
            "name": visit.name,
            "language": visit.language,
            "created_at": visit.created_at,
            "followed_at": visit.followed_at,
        }
        await self.tx.run(_ADD_VISIT, values)

    async def get(self, visit: VisitId) -> Visit | None:
        """Return a visit."""
        row = await self.tx.one(_VISIT, id=visit)
        return None if row is None else Visit(**fields(row))

    async def place(self, visit: VisitId) -> Place | None:
        """Return what a visit hangs on, without holding anything: none of it ever changes."""
        row = await self.tx.one(_PLACE, id=visit)
        return None if row is None else Place(**fields(row))

    async def followed(self, visit: VisitId, now: datetime) -> None:
        """Note that this visit was sent on to the meeting."""
        await self.tx.run(_FOLLOWED, {"saved": visit, "followed_at": now})

    async def knocks(self, visit: VisitId, identity: str) -> None:
        """Note with which identity we knock at Visio for it from now on; doors are told."""
        await self.tx.run(_KNOCKS, {"saved": visit, "knock": identity})
        await touch_its(self.tx, visit)

    async def asks(self, visit: VisitId, now: datetime, *, unless_after: datetime) -> bool:
        """Note that the salon is asked now; `False` when it was asked after `unless_after`."""
        values = {"asked_at": now, "notice": None, "unless_after": unless_after}
        return bool(await self.tx.run(_ASKED, {"saved": visit, **values}))

    async def refuse(self, visit: VisitId, now: datetime) -> bool:
        """Note that the salon refuses it; `False` when it has already."""
        refused = bool(await self.tx.run(_REFUSED, {"saved": visit, "refused_at": now}))
        if refused:
            await touch_its(self.tx, visit)
        return refused

    async def prove(self, visit: VisitId, proof: Proof) -> None:
        """Note what a visit has shown besides its link."""
        await self.tx.run(_PROVE, {"saved": visit, "proved": proof})
        await touch_its(self.tx, visit)

    async def pardon(self, visit: VisitId) -> None:
        """Take back a refusal."""
        await self.tx.run(_PARDON, {"saved": visit, "refused_at": None})
        await touch_its(self.tx, visit)

    async def unasked(self, visit: VisitId, since: datetime) -> bool:
        """Take back the question of that moment; `False` when it was refused, or is another."""
        values = {"saved": visit, "since": since, "asked_at": None}
        return bool(await self.tx.run(_UNASKED, values))

    async def by_notice(self, event: EventId) -> VisitId | None:
        """Return the visit that a message in the salon asks about, without holding it."""
        found: VisitId | None = await self.tx.scalar(_BY_NOTICE, notice=event)
        return found

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return all visits to an occurrence."""
        rows = await self.tx.all(_VISITS, occurrence=occurrence)
        return [Visit(**fields(row)) for row in rows]

    async def asking(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return the visits about which the salon was asked and has not refused, oldest first.

        Without holding their rows; some may have a seat by now.
        """
        rows = await self.tx.all(_ASKING, occurrence=occurrence)
        return [Visit(**fields(row)) for row in rows]

    async def count(self, invitation: InvitationId) -> int:
        """Return how many visits an invitation has."""
        return int(await self.tx.scalar(_COUNT, invitation=invitation))

    async def device(self, visit: Visit) -> int:
        """Return the how many-th browser a visit is of those that asked with the same link."""
        found = await self.tx.scalar(_DEVICE, invitation=visit.invitation, visit=visit.id)
        return int(found)

    async def keep(self, invitation: InvitationId, *, newest: int) -> None:
        """Drop all but so many visits of an invitation; the others' browsers are strangers.

        Whoever was let in is not dropped: others with the same link must not put them out. Nor is
        what counts against the link, which many new visits would undo: that somebody was turned
        away, and the codes that were mailed.
        """
        await self.tx.run(_DROP_OLD, {"of": invitation, "newest": newest})

    async def estrange(self, invitation: InvitationId) -> None:
        """Know none of an invitation's browsers any more, but whoever has a seat.

        A visit that had one stays for the seat's sake: its bearer may have to be put out yet.
        """
        await self.tx.run(_ESTRANGE, {"of": invitation, "digest": NOBODYS, "asked_at": None})
        await self.tx.run(_DROP, {"of": invitation})
