"""Visits: the browsers that followed guests' links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, func, select, update

from bridge.domain.invitation import NOBODYS, Visit, VisitPlace
from bridge.domain.proof import Proof
from bridge.ids import ActorId, InvitationId, OccurrenceId, QuestionId, VisitId
from bridge.store.statements import Query, insert, query
from bridge.store.tables import challenges, seats, visits
from bridge.store.touching import touch_its
from bridge.store.tx import Tx, fields

_ADD_VISIT = insert(visits)
_VISIT = query(select(visits).where(visits.c.id == bindparam("id")))
_VISITS = query(select(visits).where(visits.c.occurrence == bindparam("occurrence")))
_LISTED = update(visits).where(visits.c.id == bindparam("saved"))
_BACK = update(visits).where(visits.c.id == bindparam("saved"))
_REFUSED = (
    update(visits).where(visits.c.id == bindparam("saved")).where(visits.c.refused_at.is_(None))
)
_CLEAR_REFUSAL = update(visits).where(visits.c.id == bindparam("saved"))
_PROVE = update(visits).where(visits.c.id == bindparam("saved"))
_inside = exists().where(seats.c.visit == visits.c.id, seats.c.ended_at.is_(None))
_UNLIST = (
    update(visits)
    .where(visits.c.question == bindparam("of"), visits.c.refused_at.is_(None))
    .where(~_inside)
)
_of_question = (
    select(visits)
    .where(visits.c.question == bindparam("question"))
    .order_by(visits.c.number, visits.c.id)
)
_OF_QUESTION = query(_of_question)
_PENDING = (
    select(func.count())
    .where(visits.c.question == bindparam("question"), visits.c.asked_at.is_not(None))
    .where(visits.c.refused_at.is_(None), ~_inside)
)
_NUMBERED = (
    select(func.count())
    .select_from(visits)
    .where(visits.c.occurrence == bindparam("occurrence"))
    .where(visits.c.number == bindparam("number"))
)
_LEFT = update(visits).where(visits.c.id == bindparam("saved"), visits.c.left_at.is_(None))
_SEEN = (
    update(visits)
    .where(
        visits.c.id.in_(
            # A row that another transaction has locked is skipped until the next time: nobody
            # waits.
            select(visits.c.id)
            .where(visits.c.id.in_(bindparam("those", expanding=True)))
            .where(visits.c.refused_at.is_(None))
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    .returning(visits.c.id, visits.c.asked_at, visits.c.left_at)
)
_asking = (
    select(visits)
    .where(visits.c.occurrence == bindparam("occurrence"))
    .where(visits.c.asked_at.is_not(None), visits.c.refused_at.is_(None))
    .where(visits.c.left_at.is_(None))
    .order_by(visits.c.asked_at, visits.c.id)
)
_ASKING = Query(_asking, _asking)
_place = select(visits.c.occurrence, visits.c.invitation).where(visits.c.id == bindparam("id"))
_PLACE = Query(_place, _place)
_FOLLOWED = update(visits).where(visits.c.id == bindparam("saved"))
_followed_since = (
    select(visits.c.name)
    .where(visits.c.invitation == bindparam("invitation"))
    .where(visits.c.followed_at >= bindparam("moment"))
    .order_by(visits.c.followed_at, visits.c.id)
)
_FOLLOWED_SINCE = Query(_followed_since, _followed_since)
_KNOCKS = update(visits).where(visits.c.id == bindparam("saved"))
_COUNT = select(func.count()).where(visits.c.invitation == bindparam("invitation"))
_LANGUAGE = (
    select(visits.c.language)
    .where(visits.c.invitation == bindparam("invitation"))
    .order_by(visits.c.created_at.desc())
    .limit(1)
)
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
_INVALIDATE = update(visits).where(visits.c.invitation == bindparam("of"), ~_inside)


@dataclass(frozen=True, slots=True)
class VisitRows:
    """Implements `bridge.ports.VisitRepository`."""

    tx: Tx

    async def add(self, visit: Visit) -> None:
        """Insert a visit."""
        values = {
            "id": visit.id,
            "invitation": visit.invitation,
            "occurrence": visit.occurrence,
            "digest": visit.digest,
            "name": visit.name,
            "language": visit.language,
            "created_at": visit.created_at,
            "followed_at": visit.followed_at,
            "number": visit.number,
        }
        await self.tx.run(_ADD_VISIT, values)

    async def get(self, visit: VisitId) -> Visit | None:
        """Return a visit."""
        row = await self.tx.one(_VISIT, id=visit)
        return None if row is None else Visit(**fields(row))

    async def place(self, visit: VisitId) -> VisitPlace | None:
        """Return a visit's occurrence and invitation, without locking: neither ever changes."""
        row = await self.tx.one(_PLACE, id=visit)
        return None if row is None else VisitPlace(**fields(row))

    async def followed(self, visit: VisitId, now: datetime) -> None:
        """Store that the door sent this visit on to the meeting."""
        await self.tx.run(_FOLLOWED, {"saved": visit, "followed_at": now})

    async def followed_since(self, invitation: InvitationId, moment: datetime) -> Sequence[str]:
        """Return the names, each once, of guests sent on since a moment, in order of arrival."""
        rows = await self.tx.all(_FOLLOWED_SINCE, invitation=invitation, moment=moment)
        names: dict[str, str] = {}
        for row in rows:
            names.setdefault(row.name.casefold(), row.name)
        return list(names.values())

    async def knocks(self, visit: VisitId, identity: str) -> None:
        """Store the identity with which we knock at Visio for it, and notify doors."""
        await self.tx.run(_KNOCKS, {"saved": visit, "knock": identity})
        await touch_its(self.tx, visit)

    async def listed(
        self, visit: VisitId, question: QuestionId, number: int, now: datetime
    ) -> None:
        """Store that a question to the salon lists it from now on."""
        values = {"question": question, "number": number, "asked_at": now, "seen_at": now}
        await self.tx.run(_LISTED, {"saved": visit, **values, "left_at": None})

    async def back(self, visit: VisitId, now: datetime) -> None:
        """Store that its page, which was closed, is open again; the question lists it as before."""
        await self.tx.run(_BACK, {"saved": visit, "seen_at": now, "left_at": None})

    async def left(self, visit: VisitId, now: datetime) -> bool:
        """Store that its page is closed; `False` if that is known."""
        return bool(await self.tx.run(_LEFT, {"saved": visit, "left_at": now}))

    async def seen(self, those: Sequence[VisitId], now: datetime) -> Sequence[VisitId]:
        """Store that these visits' pages are open; return the visits that no question lists."""
        rows = await self.tx.changing(_SEEN, {"those": list(those), "seen_at": now})
        return [row.id for row in rows if row.asked_at is None or row.left_at is not None]

    async def refuse(self, visit: VisitId, now: datetime, *, by: ActorId | None = None) -> bool:
        """Store that the salon, or Visio's host, refuses it; `False` if it was refused already."""
        values = {"refused_at": now, "refused_by": by}
        refused = bool(await self.tx.run(_REFUSED, {"saved": visit, **values}))
        if refused:
            await touch_its(self.tx, visit)
        return refused

    async def prove(self, visit: VisitId, proof: Proof, *, by: str | None = None) -> None:
        """Store the proof that a visit has given besides its link, and the partner that vouches."""
        await self.tx.run(_PROVE, {"saved": visit, "proved": proof, "vouched_by": by})
        await touch_its(self.tx, visit)

    async def clear_refusal(self, visit: VisitId) -> None:
        """Take back a refusal."""
        await self.tx.run(_CLEAR_REFUSAL, {"saved": visit, "refused_at": None, "refused_by": None})
        await touch_its(self.tx, visit)

    async def unlist(self, question: QuestionId) -> None:
        """Clear a question that is over from the visits that nobody answered about."""
        await self.tx.run(_UNLIST, {"of": question, "asked_at": None, "left_at": None})

    async def of_question(self, question: QuestionId) -> Sequence[Visit]:
        """Return the visits that a question lists or listed, by number."""
        rows = await self.tx.all(_OF_QUESTION, question=question)
        return [Visit(**fields(row)) for row in rows]

    async def pending(self, question: QuestionId) -> int:
        """Return how many visits of a question's list are undecided."""
        return int(await self.tx.scalar(_PENDING, question=question))

    async def numbered(self, occurrence: OccurrenceId, number: int) -> int:
        """Return how many visits to an occurrence have that number: none or one."""
        found = await self.tx.scalar(_NUMBERED, occurrence=occurrence, number=number)
        return int(found)

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return all visits to an occurrence."""
        rows = await self.tx.all(_VISITS, occurrence=occurrence)
        return [Visit(**fields(row)) for row in rows]

    async def asking(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return the listed visits that the salon has not refused, oldest first.

        Only those whose page is open. Their rows are not locked; some may have a seat by now.
        """
        rows = await self.tx.all(_ASKING, occurrence=occurrence)
        return [Visit(**fields(row)) for row in rows]

    async def count(self, invitation: InvitationId) -> int:
        """Return how many visits an invitation has."""
        return int(await self.tx.scalar(_COUNT, invitation=invitation))

    async def language(self, invitation: InvitationId) -> str | None:
        """Return the language of the newest visit with an invitation."""
        found: str | None = await self.tx.scalar(_LANGUAGE, invitation=invitation)
        return found

    async def keep(self, invitation: InvitationId, *, newest: int) -> None:
        """Delete all but the newest visits of an invitation; the others' browsers become strangers.

        A visit that was admitted stays: others with the same link must not eject its guest. So does
        all that counts against the link, which many new visits would otherwise clear: refusals, and
        codes that were mailed.
        """
        await self.tx.run(_DROP_OLD, {"of": invitation, "newest": newest})

    async def invalidate(self, invitation: InvitationId) -> None:
        """Invalidate all visits of an invitation except those currently seated.

        The row of a visit that once had a seat stays: its guest may still have to be ejected.
        """
        await self.tx.run(_INVALIDATE, {"of": invitation, "digest": NOBODYS, "asked_at": None})
        await self.tx.run(_DROP, {"of": invitation})
