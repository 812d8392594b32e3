"""Answers to an invitation: guests' by the door's page, agents' by a reaction or a line."""

from collections.abc import Sequence
from datetime import datetime

from bridge.domain.answer import Answer, Answered
from bridge.domain.meeting import Occurrence
from bridge.ids import InvitationId, OccurrenceId, UserId
from bridge.ports.work import HasAnswers, HearsAnswers
from bridge.services.cards import refresh_card


async def answer(
    work: HearsAnswers,
    occurrence: Occurrence,
    who: UserId | InvitationId,
    said: Answer,
    now: datetime,
) -> bool:
    """Store an answer and show it on the card; `False` if it is the one that is known.

    The caller has locked the occurrence, and checked that `who` may answer about it.
    """
    known = await work.answers.of(occurrence.id, who)
    if known is not None and known.answer is said:
        return False
    await work.answers.put(Answered(occurrence=occurrence.id, who=who, answer=said, at=now))
    await refresh_card(work, occurrence.id)
    return True


async def of_occurrence(work: HasAnswers, occurrence: OccurrenceId) -> Sequence[Answered]:
    """Return the answers about an occurrence, in the order in which they were given."""
    return await work.answers.of_occurrence(occurrence)
