"""Plans the agenda's rows of reminders, whenever their meeting is planned, moved or over."""

from datetime import datetime, timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.policy import Policy
from bridge.domain.reminder import PROBLEMS_BEFORE, salon_lead
from bridge.ids import OccurrenceId
from bridge.ports.work import HasReminders, PlansReminders


async def arm_reminders(
    work: PlansReminders, occurrence: Occurrence, policy: Policy, now: datetime
) -> None:
    """Plan an occurrence's reminders, or drop them if it is over.

    Past moments are not planned: a meeting that begins at once needs no reminder. A row that is due
    already and was not run yet stays as it is.
    """
    await _arm_personal(work, occurrence, now)
    key = str(occurrence.id)
    if occurrence.state is not OccurrenceState.PLANNED:
        await work.agenda.drop(Kind.RECALL, [key])
        await work.agenda.drop(Kind.INSPECT, [key])
        return
    await _plan(work, Due(Kind.INSPECT, key, occurrence.start - PROBLEMS_BEFORE), now)
    await arm_salon(work, occurrence, policy, now)


async def arm_salon(
    work: PlansReminders, occurrence: Occurrence, policy: Policy, now: datetime
) -> None:
    """Plan the reminder of a planned occurrence's salon as the salon wants it."""
    lead = await lead_of(work, occurrence.id, policy)
    key = str(occurrence.id)
    if lead is None:
        await work.agenda.drop(Kind.RECALL, [key])
    else:
        await _plan(work, Due(Kind.RECALL, key, occurrence.start - lead), now)


async def lead_of(work: HasReminders, occurrence: OccurrenceId, policy: Policy) -> timedelta | None:
    """Return how long before an occurrence its salon is reminded; `None`: never."""
    return salon_lead(await work.reminders.choice(occurrence), policy.remind_before)


async def _plan(work: PlansReminders, due: Due, now: datetime) -> None:
    if due.at > now:
        await work.agenda.plan([due])
    else:
        await work.agenda.unless(due)


async def _arm_personal(work: PlansReminders, occurrence: Occurrence, now: datetime) -> None:
    known = await work.reminders.of_occurrence(occurrence.id)
    if occurrence.state is not OccurrenceState.PLANNED:
        await work.agenda.drop(Kind.REMIND, [str(one.id) for one in known])
        return
    dues = []
    for one in known:
        moved = one.followed(occurrence.start, now)
        if moved != one:
            await work.reminders.save(moved)
        if moved.done_at is None:
            dues.append(Due(Kind.REMIND, str(one.id), moved.at))
    await work.agenda.plan(dues)
