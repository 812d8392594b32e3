"""The people whom a reminder of a meeting concerns."""

from collections.abc import Sequence

from bridge.domain.meeting import Occurrence
from bridge.ids import UserId
from bridge.ports.work import HasMeetings


async def expected_people(work: HasMeetings, occurrence: Occurrence) -> tuple[UserId, ...]:
    """Return the agents who are expected at an occurrence, each once, the organiser first."""
    meeting = await work.meetings.get(occurrence.meeting)
    organiser = () if meeting is None else (meeting.organiser,)
    named = (one.user for one in occurrence.colleagues if one.user is not None)
    return tuple(dict.fromkeys((*organiser, *named)))


async def unanswered(work: HasMeetings, occurrence: Occurrence) -> Sequence[UserId]:  # noqa: ARG001
    """Return the agents who have not said whether they come: none, while nobody is asked."""
    return ()
