"""Notes a change that waiting guests' pages show, for doors that answer from memory."""

from sqlalchemy import bindparam, select, update

from bridge.ids import MeetingId, OccurrenceId, VisitId
from bridge.store.tables import occurrences, visits
from bridge.store.tx import Changed, Tx

_TOUCH = update(occurrences).where(occurrences.c.id == bindparam("of"))
_TOUCH_ALL = update(occurrences).where(occurrences.c.meeting == bindparam("of"))
_TOUCH_ITS = update(occurrences).where(
    occurrences.c.id.in_(select(visits.c.occurrence).where(visits.c.id == bindparam("of")))
)


async def touch(tx: Tx, occurrence: OccurrenceId) -> None:
    """Note a change for an occurrence, once per transaction."""
    if first_touch(tx, occurrence):
        await tx.run(_TOUCH, {"of": occurrence, "touched": tx.clock.now()})


async def touch_all(tx: Tx, meeting: MeetingId) -> None:
    """Note a change for all occurrences of a meeting, once per transaction."""
    if first_touch(tx, meeting):
        await tx.run(_TOUCH_ALL, {"of": meeting, "touched": tx.clock.now()})


async def touch_its(tx: Tx, visit: VisitId) -> None:
    """Note a change for the occurrence that is visited, once per transaction."""
    if first_touch(tx, visit):
        await tx.run(_TOUCH_ITS, {"of": visit, "touched": tx.clock.now()})


def first_touch(tx: Tx, what: OccurrenceId | MeetingId | VisitId) -> bool:
    """Have the commit notify the listeners; tell whether this is the first note of it."""
    tx.changed |= Changed(guests=True)
    first = what not in tx.touched
    tx.touched.add(what)
    return first
