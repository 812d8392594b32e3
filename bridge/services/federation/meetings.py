"""The meeting behind an address that a partner names."""

from collections.abc import Sequence
from datetime import datetime

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.policy import Policy
from bridge.domain.scope import current
from bridge.domain.window import Phase, window_of
from bridge.ports.work import HasMeetings


async def meeting_in(
    work: HasMeetings, slug: str, policy: Policy, now: datetime
) -> tuple[Meeting, Occurrence] | None:
    """Return the date at hand of the meeting in a Visio room; `None` if none is to come.

    The meeting is locked before its dates are read (docs/decisions/0012-order-of-locks.md).
    """
    found = await work.meetings.in_room(slug)
    meeting = None if found is None else await work.meetings.get(found)
    if meeting is None:
        return None
    planned = await work.meetings.planned_of(
        meeting.id, ending_after=now - policy.graces.after, held=True
    )
    here = _in_room(meeting, planned, slug)
    date = current(here, lambda one: window_of(one, policy.graces), now)
    if date is None or window_of(date, policy.graces).phase(now) is Phase.AFTER:
        return None
    return meeting, date


def _in_room(meeting: Meeting, dates: Sequence[Occurrence], slug: str) -> list[Occurrence]:
    """Return the dates that take place in the room; others have a room of their own."""
    rooms = ((one, one.room_in(meeting)) for one in dates)
    return [one for one, room in rooms if room is not None and room.slug == slug]
