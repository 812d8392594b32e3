"""The people whom a reminder of a meeting concerns."""

from collections.abc import Iterable, Mapping, Sequence

from bridge.domain.answer import Answer
from bridge.domain.meeting import Meeting, Occurrence
from bridge.ids import UserId
from bridge.ports.work import HasAnswers


async def expected_people(
    work: HasAnswers, meeting: Meeting, occurrence: Occurrence
) -> tuple[UserId, ...]:
    """Return the agents who are expected at an occurrence, each once, the organiser first.

    Those who are named and those who said that they come; none who said that they don't.
    """
    said = await _said(work, occurrence)
    coming = (user for user, answer in said.items() if answer is Answer.YES)
    asked = dict.fromkeys((*_asked(meeting, occurrence), *coming))
    return tuple(user for user in asked if said.get(user) is not Answer.NO)


async def unanswered(
    work: HasAnswers, meeting: Meeting, occurrence: Occurrence
) -> Sequence[UserId]:
    """Return the organiser and the named agents who have not said whether they come."""
    said = await _said(work, occurrence)
    return [user for user in _asked(meeting, occurrence) if user not in said]


def _asked(meeting: Meeting, occurrence: Occurrence) -> Iterable[UserId]:
    named = (one.user for one in occurrence.colleagues if one.user is not None)
    return dict.fromkeys((meeting.organiser, *named))


async def _said(work: HasAnswers, occurrence: Occurrence) -> Mapping[UserId, Answer]:
    """Return the answers of agents, in the order in which they were given."""
    answers = await work.answers.of_occurrence(occurrence.id)
    return {UserId(str(one.who)): one.answer for one in answers if str(one.who).startswith("@")}
