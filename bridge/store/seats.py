"""Guests' seats: those admitted, and those that ended and whose guest may still come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from bridge.domain.seat import Seat
from bridge.ids import OccurrenceId, SeatId, VisitId
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import seats
from bridge.store.touching import touch
from bridge.store.tx import Tx, fields

_ADD = insert(seats)
_get = select(seats).where(seats.c.id == bindparam("id"))
_GET, _PEEK = query(_get), Query(_get, _get)
_OF_VISIT = query(
    select(seats).where(seats.c.visit == bindparam("visit")).order_by(seats.c.id.desc()).limit(1)
)
_OF_OCCURRENCE = query(
    select(seats).where(seats.c.occurrence == bindparam("occurrence")).order_by(seats.c.id)
)
_HELD = query(
    select(seats)
    .where(seats.c.occurrence == bindparam("occurrence"), seats.c.ended_at.is_(None))
    .order_by(seats.c.id)
)
_BY_IDENTITY = query(select(seats).where(seats.c.identity == bindparam("identity")))
_WATCHED = query(
    select(seats).where(
        or_(seats.c.watched_until.is_(None), seats.c.watched_until > bindparam("now"))
    )
)
"""Unordered: for an order by id SQLite walks all seats by their ids, not those watched."""
_COUNT = (
    select(func.count())
    .select_from(seats)
    .where(seats.c.watched_until.is_(None), seats.c.ended_at.is_(None))
)
_OUT = (
    update(seats)
    .where(seats.c.id == bindparam("saved"), seats.c.ended_at.is_not(None))
    .where(seats.c.watched_until.is_(None))
)
_SEEN = update(seats).where(seats.c.id == bindparam("saved"), seats.c.ended_at.is_not(None))
_LOOKS = update(seats).where(seats.c.id == bindparam("saved"))
_SAVE = update(seats).where(seats.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class SeatRows:
    """Implements `bridge.ports.SeatRepository`."""

    tx: Tx

    async def add(self, seat: Seat) -> None:
        """Insert a seat, and notify its page."""
        await touch(self.tx, seat.occurrence)  # first: docs/decisions/0012-order-of-locks.md
        await self.tx.run(_ADD, _values(seat))

    async def get(self, seat: SeatId) -> Seat | None:
        """Return a seat."""
        return _seat(await self.tx.one(_GET, id=seat))

    async def peek(self, seat: SeatId) -> Seat | None:
        """Return a seat without locking it."""
        return _seat(await self.tx.one(_PEEK, id=seat))

    async def of_visit(self, visit: VisitId) -> Seat | None:
        """Return the newest seat that a visit was given."""
        return _seat(await self.tx.one(_OF_VISIT, visit=visit))

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return all seats of an occurrence, ended ones too, oldest first."""
        rows = await self.tx.all(_OF_OCCURRENCE, occurrence=occurrence)
        return [Seat(**fields(row)) for row in rows]

    async def held(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return the seats of an occurrence that have not ended, oldest first."""
        rows = await self.tx.all(_HELD, occurrence=occurrence)
        return [Seat(**fields(row)) for row in rows]

    async def by_identity(self, identity: str) -> Seat | None:
        """Return the seat with this identity on the media server."""
        return _seat(await self.tx.one(_BY_IDENTITY, identity=identity))

    async def watched(self, now: datetime) -> Sequence[Seat]:
        """Return held seats, and ended ones whose guest is not out or may come back."""
        rows = await self.tx.all(_WATCHED, now=now)
        return sorted((Seat(**fields(row)) for row in rows), key=lambda seat: seat.id)

    async def count(self) -> int:
        """Return how many seats are held in all meetings."""
        return int(await self.tx.scalar(_COUNT))

    async def out(self, seat: SeatId, until: datetime) -> bool:
        """Store that the guest of an ended seat is out; `False` if that is known already."""
        return bool(await self.tx.run(_OUT, {"saved": seat, "watched_until": until}))

    async def seen(self, seat: SeatId, until: datetime) -> None:
        """Store until when the guest of an ended seat may come back."""
        await self.tx.run(_SEEN, {"saved": seat, "watched_until": until})

    async def looks(self, seat: Seat) -> None:
        """Store how others are to see its guest, and when that was restored; no page shows it."""
        values = {
            "saved": seat.id,
            "color": seat.color,
            "altered_at": seat.altered_at,
            "altered_before": seat.altered_before,
        }
        await self.tx.run(_LOOKS, values)

    async def save(self, *seats: Seat) -> None:
        """Replace seats' rows with one statement, and notify their pages."""
        for one in seats:  # first: docs/decisions/0012-order-of-locks.md
            await touch(self.tx, one.occurrence)
        if seats:
            await self.tx.run(_SAVE, [{"saved": one.id, **_values(one)} for one in seats])


def _seat(row: AnyRow | None) -> Seat | None:
    return None if row is None else Seat(**fields(row))


def _values(seat: Seat) -> dict[str, Any]:
    return {
        "id": seat.id,
        "visit": seat.visit,
        "invitation": seat.invitation,
        "occurrence": seat.occurrence,
        "room": seat.room,
        "identity": seat.identity,
        "admitted_at": seat.admitted_at,
        "admitted_by": seat.admitted_by,
        "ended_at": seat.ended_at,
        "why": seat.why,
        "watched_until": seat.watched_until,
        "name": seat.name,
        "color": seat.color,
        "altered_at": seat.altered_at,
        "altered_before": seat.altered_before,
    }
