"""Answers that say when we tell guests by mail as well."""

from collections.abc import Collection

from bridge.domain.meeting import Occurrence
from bridge.domain.message import Parameters, phrase
from bridge.ids import InvitationId
from bridge.ports import UnitOfWork
from bridge.services.news import count_told
from bridge.services.tools import Tools

_MOVES = frozenset(
    {
        "meeting.moved",
        "meeting.restored-move",
        "series.date-moved",
        "series.moved",
        "series.restored-move",
    }
)
"""Answers about another time: where there are links, they follow."""


async def with_mails(
    work: UnitOfWork,
    tools: Tools,
    occurrence: Occurrence,
    answer: tuple[str, Parameters],
    whom: Collection[InvitationId] | None = None,
) -> tuple[str, Parameters]:
    """Return an answer that also says that links follow, and how many guests get a mail, if any.

    `occurrence` and `whom` are as for `bridge.services.news.tell_guests`, which is called first.
    """
    if answer[0] in _MOVES and await _linked(work, occurrence):
        answer = "answer.linked", {"answer": phrase(*answer)}
    graces, now = tools.policy.graces, tools.now()
    told = await count_told(work, occurrence, graces, now, whom)
    if not told:
        return answer
    return "answer.mailed", {"answer": phrase(*answer), "n": told}


async def _linked(work: UnitOfWork, occurrence: Occurrence) -> bool:
    """Tell whether there is a link to an occurrence."""
    known = await work.invitations.of_occurrence(occurrence.id)
    return any(one.revoked_at is None and not one.forgotten for one in known)
