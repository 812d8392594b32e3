"""Presence: the people who are, and were, in meetings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, select, update

from bridge.domain.meeting import OccurrenceState
from bridge.domain.presence import Presence
from bridge.ids import InvitationId, OccurrenceId
from bridge.ports import Followed
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import meetings, occurrences, presences, salons
from bridge.store.tx import Tx, fields

_UNIT = timedelta(milliseconds=1)
_FIRST = (
    select(occurrences.c.starts_at)
    .where(occurrences.c.over_at.is_(None))
    .order_by(occurrences.c.starts_at)
    .limit(1)
)
_OWN = occurrences.c.room_id
_ROOM = case((occurrences.c.apart, _OWN), else_=func.coalesce(_OWN, meetings.c.room_id))
"""A date apart takes place in its own room alone; another may keep one of before a handover."""
_followed = (
    select(occurrences.c.id, _ROOM.label("room_id"), salons.c.names)
    .join_from(occurrences, meetings, occurrences.c.meeting == meetings.c.id)
    .outerjoin(salons, salons.c.id == meetings.c.salon)
    .where(occurrences.c.over_at.is_(None), occurrences.c.ends_at > bindparam("ending_after"))
    # Between two moments: by one alone, PostgreSQL expects half of all, and reads whole tables.
    .where(occurrences.c.starts_at.between(bindparam("first"), bindparam("starting_before")))
    .where(occurrences.c.state == OccurrenceState.PLANNED, _ROOM.is_not(None))
)
# PostgreSQL can't lock a row that an outer join may leave out; nothing of it is saved again.
_FOLLOWED = Query(_followed, _followed)
_still = (
    select(occurrences.c.id, _ROOM.label("room_id"), salons.c.names)
    .join_from(presences, occurrences, presences.c.occurrence == occurrences.c.id)
    .join(meetings, occurrences.c.meeting == meetings.c.id)
    .outerjoin(salons, salons.c.id == meetings.c.salon)
    .where(presences.c.closed_at.is_(None), _ROOM.is_not(None))
)
_STILL = Query(_still, _still)
_ADD = insert(presences, unless="occurrence")
_GET = query(select(presences).where(presences.c.occurrence == bindparam("occurrence")))
_count = select(func.count().label("live"), func.sum(presences.c.people).label("people")).where(
    presences.c.closed_at.is_(None), presences.c.people > 0
)
_COUNT = Query(_count, _count)
_SAVE = update(presences).where(presences.c.occurrence == bindparam("saved"))
_FORGET = update(presences).where(
    presences.c.occurrence == bindparam("over"), presences.c.names.is_not(None)
)


@dataclass(frozen=True, slots=True)
class PresenceRows:
    """Implements `bridge.ports.PresenceRepository`."""

    tx: Tx

    async def followed(
        self, *, starting_before: datetime, ending_after: datetime
    ) -> Sequence[Followed]:
        """Return the planned occurrences between these moments that have a room.

        With `late`, also those where people were in the meeting that were not over by then.
        """
        first = await self.tx.scalar(_FIRST)
        between = {"first": first, "starting_before": starting_before, "ending_after": ending_after}
        begun = [] if first is None else await self.tx.all(_FOLLOWED, **between)
        found = {row.id: _of(row) for row in begun}
        for row in await self.tx.all(_STILL):
            found.setdefault(row.id, _of(row, late=True))
        return list(found.values())

    async def add(self, presence: Presence) -> bool:
        """Insert a presence when somebody first enters; `False` if it is there already."""
        return bool(await self.tx.run(_ADD, self._values(presence)))

    async def get(self, occurrence: OccurrenceId) -> Presence | None:
        """Return the presence of an occurrence that somebody has entered."""
        row = await self.tx.one(_GET, occurrence=occurrence)
        return None if row is None else self._presence(row)

    async def count(self) -> tuple[int, int]:
        """Return how many meetings have people in them, and how many people."""
        (row,) = await self.tx.all(_COUNT)
        return int(row.live), int(row.people or 0)

    async def save(self, presence: Presence) -> None:
        """Replace a presence's row."""
        await self.tx.run(_SAVE, {"saved": presence.occurrence, **self._values(presence)})

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Blank the names of the people who were there."""
        await self.tx.run(_FORGET, {"over": occurrence, "names": None})

    def _values(self, presence: Presence) -> dict[str, Any]:
        place = _place(presence.occurrence)
        names = sorted(presence.names)
        return {
            "occurrence": presence.occurrence,
            "began_at": presence.began_at,
            "looked_at": presence.looked_at,
            "people": presence.people,
            "guests": presence.guests,
            "peak": presence.peak,
            "came": sorted(one.hex for one in presence.came),
            "names": self.tx.vault.seal_json(names, place) if names else None,
            "empty_since": presence.empty_since,
            "closed_at": presence.closed_at,
            "lasted": presence.lasted // _UNIT,
            "shown_at": presence.shown_at,
            "closings": presence.closings,
        }

    def _presence(self, row: AnyRow) -> Presence:
        names: object = []
        if row.names is not None:
            names = self.tx.vault.open_json(row.names, _place(row.occurrence))
        assert isinstance(names, list)
        read = {
            "came": frozenset(InvitationId(UUID(one)) for one in row.came),
            "names": frozenset(names),
            "lasted": row.lasted * _UNIT,
        }
        return Presence(**{**fields(row), **read})


def _of(row: AnyRow, *, late: bool = False) -> Followed:
    return Followed(row.id, str(row.room_id), names=bool(row.names), late=late)


def _place(occurrence: OccurrenceId) -> str:
    return f"presences.names:{occurrence}"
