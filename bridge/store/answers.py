"""Answers to invitations: the last one of each guest or agent about each occurrence."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from bridge.domain.answer import Answered
from bridge.ids import InvitationId, OccurrenceId, UserId
from bridge.store.statements import AnyRow, Query, upsert
from bridge.store.tables import answers
from bridge.store.tx import Tx

_PUT = upsert(answers, "occurrence", "who", replace=["answer", "at"])
_of = select(answers).where(
    answers.c.occurrence == bindparam("occurrence"), answers.c.who == bindparam("who")
)
_OF = Query(_of, _of)
_all = (
    select(answers)
    .where(answers.c.occurrence == bindparam("occurrence"))
    .order_by(answers.c.at, answers.c.who)
)
_ALL = Query(_all, _all)
_FORGET = delete(answers).where(answers.c.occurrence == bindparam("over"))


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """Implements `bridge.ports.AnswerRepository`."""

    tx: Tx

    async def put(self, answered: Answered) -> None:
        """Store an answer in place of the same person's earlier one."""
        await self.tx.run(
            _PUT,
            {
                "occurrence": answered.occurrence,
                "who": str(answered.who),
                "answer": answered.answer,
                "at": answered.at,
            },
        )

    async def of(self, occurrence: OccurrenceId, who: UserId | InvitationId) -> Answered | None:
        """Return somebody's answer about an occurrence."""
        row = await self.tx.one(_OF, occurrence=occurrence, who=str(who))
        return None if row is None else _answered(row)

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Answered]:
        """Return all answers about an occurrence, in the order in which they were given."""
        return [_answered(row) for row in await self.tx.all(_ALL, occurrence=occurrence)]

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Delete all answers about an occurrence."""
        await self.tx.run(_FORGET, {"over": occurrence})


def _answered(row: AnyRow) -> Answered:
    who = row.who
    return Answered(
        occurrence=row.occurrence,
        who=UserId(who) if who.startswith("@") else InvitationId(UUID(who)),
        answer=row.answer,
        at=row.at,
    )
