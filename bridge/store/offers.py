"""Offers to extend a meeting, so that guests may stay longer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from bridge.domain.offer import Offer
from bridge.ids import EventId, OccurrenceId, OfferId
from bridge.store.statements import Query, insert, query
from bridge.store.tables import offers
from bridge.store.tx import Tx, fields

_ADD = insert(offers)
_GET = query(select(offers).where(offers.c.id == bindparam("id")))
_by_notice = select(offers).where(offers.c.notice == bindparam("notice"))
_BY_NOTICE = Query(_by_notice, _by_notice)
_STANDING = query(
    select(offers)
    .where(offers.c.occurrence == bindparam("occurrence"), offers.c.settled_at.is_(None))
    .order_by(offers.c.id)
)
_SETTLE = update(offers).where(offers.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class OfferRows:
    """Implements `bridge.ports.OfferRepository`."""

    tx: Tx

    async def add(self, offer: Offer) -> None:
        """Insert an offer."""
        values = {
            "id": offer.id,
            "occurrence": offer.occurrence,
            "closes": offer.closes,
            "settled_at": offer.settled_at,
            "notice": offer.notice,
        }
        await self.tx.run(_ADD, values)

    async def get(self, offer: OfferId) -> Offer | None:
        """Return an offer."""
        row = await self.tx.one(_GET, id=offer)
        return None if row is None else Offer(**fields(row))

    async def by_notice(self, event: EventId) -> Offer | None:
        """Return the offer that a message in the salon makes, without locking it."""
        row = await self.tx.one(_BY_NOTICE, notice=event)
        return None if row is None else Offer(**fields(row))

    async def standing(self, occurrence: OccurrenceId) -> Sequence[Offer]:
        """Return an occurrence's offers that nobody has answered yet, oldest first."""
        rows = await self.tx.all(_STANDING, occurrence=occurrence)
        return [Offer(**fields(row)) for row in rows]

    async def save(self, offer: Offer) -> None:
        """Store an offer's outcome; its notice is written when that message is sent."""
        await self.tx.run(_SETTLE, {"saved": offer.id, "settled_at": offer.settled_at})
