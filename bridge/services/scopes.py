"""The occurrence, or date, to which an invitation leads at a moment."""

from datetime import datetime

from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.policy import Policy
from bridge.domain.scope import OneOccurrence
from bridge.ids import OccurrenceId
from bridge.ports.work import HasMeetings


async def led_to(
    work: HasMeetings, invitation: Invitation, policy: Policy, now: datetime
) -> Occurrence | None:
    """Return the occurrence to which a link leads now; `None` once all of them are deleted."""
    match invitation.scope:
        case OneOccurrence(only):
            return await work.meetings.occurrence(only)
        case _:
            known = await work.meetings.occurrences_of(invitation.meeting)
            return invitation.leads_to(known, policy.graces, now)


async def date_of(
    work: HasMeetings, invitation: Invitation, policy: Policy, now: datetime
) -> OccurrenceId | None:
    """Return the id of that occurrence; for an invitation to one, nothing is read."""
    match invitation.scope:
        case OneOccurrence(only):
            return only
        case _:
            found = await led_to(work, invitation, policy, now)
            return None if found is None else found.id
