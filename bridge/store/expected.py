"""The occurrences at which a colleague is expected, found without their name being readable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, select

from bridge.domain.answer import Answer
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.ids import OccurrenceId, UserId
from bridge.store.statements import Query, insert
from bridge.store.tables import answers, expected, occurrences
from bridge.store.tx import Tx
from bridge.store.vault import Vault

_DROP = delete(expected).where(expected.c.occurrence == bindparam("of"))
_ADD = insert(expected)
_declined = (
    select(answers.c.who)
    .where(answers.c.occurrence == occurrences.c.id, answers.c.who == bindparam("who"))
    .where(answers.c.answer == Answer.NO)
)
_of = (
    select(occurrences.c.id)
    .join_from(expected, occurrences, expected.c.occurrence == occurrences.c.id)
    .where(expected.c.digest.in_(bindparam("digests", expanding=True)))
    .where(occurrences.c.over_at.is_(None), occurrences.c.ends_at > bindparam("ending_after"))
    .where(occurrences.c.state == OccurrenceState.PLANNED, ~_declined.exists())
    .order_by(occurrences.c.starts_at, occurrences.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OF = Query(_of, _of)


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """Implements `bridge.ports.ExpectedRepository`."""

    tx: Tx

    async def note(self, occurrence: Occurrence) -> None:
        """Store where its colleagues with a Matrix id are expected, in place of earlier ones."""
        await self.tx.run(_DROP, {"of": occurrence.id})
        users = {one.user for one in occurrence.colleagues if one.user is not None}
        digests = [_digests(self.tx.vault, one)[0] for one in sorted(users)]
        if digests:
            await self.tx.run(
                _ADD, [{"occurrence": occurrence.id, "digest": one} for one in digests]
            )

    async def of(
        self, user: UserId, *, ending_after: datetime, most: int
    ) -> Sequence[OccurrenceId]:
        """Return the planned occurrences that end after a moment at which an agent is expected.

        By start, without locking; none to which they answered that they do not come.
        """
        rows = await self.tx.all(
            _OF,
            digests=_digests(self.tx.vault, user),
            who=user,
            ending_after=ending_after,
            most=most,
        )
        return [row.id for row in rows]


def _digests(vault: Vault, user: UserId) -> Sequence[bytes]:
    return vault.digests(user, "expected.digest")
