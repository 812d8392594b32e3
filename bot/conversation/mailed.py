"""Answers that say when we tell guests by mail as well."""

from collections.abc import Collection

from bridge.domain.meeting import Occurrence
from bridge.domain.message import Parameters, phrase
from bridge.ids import InvitationId
from bridge.ports import UnitOfWork
from bridge.services.news import count_told
from bridge.services.tools import Tools


async def with_mails(
    work: UnitOfWork,
    tools: Tools,
    occurrence: Occurrence,
    answer: tuple[str, Parameters],
    whom: Collection[InvitationId] | None = None,
) -> tuple[str, Parameters]:
    """Return an answer that also says how many guests we tell the same by mail, if any.

    `occurrence` and `whom` are as for `bridge.services.news.tell_guests`, which is called first.
    """
    graces, now = tools.policy.graces, tools.now()
    told = await count_told(work, occurrence, graces, now, whom)
    if not told:
        return answer
    return "answer.mailed", {"answer": phrase(*answer), "n": told}
