"""Notes when something changes that waiting guests are told, for doors that tell it from memory."""

from sqlalchemy import bindparam, update

from bridge.ids import MeetingId, OccurrenceId
from bridge.store.tables import occurrences
from bridge.store.tx import Tx

_TOUCH = update(occurrences).where(occurrences.c.id == bindparam("of"))
_TOUCH_ALL = update(occurrences).where(occurrences.c.meeting == bindparam("of"))


async def touch(tx: Tx, occurrence: OccurrenceId) -> None:
    """Note it for an occurrence, once in a transaction."""
    if occurrence not in tx.touched:
        tx.touched.add(occurrence)
        await tx.run(_TOUCH, {"of": occurrence, "touched": tx.clock.now()})


async def touch_all(tx: Tx, meeting: MeetingId) -> None:
    """Note it for all occurrences of a meeting, once in a transaction."""
    if meeting not in tx.touched:
        tx.touched.add(meeting)
        await tx.run(_TOUCH_ALL, {"of": meeting, "touched": tx.clock.now()})
