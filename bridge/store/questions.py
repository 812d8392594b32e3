"""Questions that ask salons whom of the guests waiting with one link to admit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, select, update

from bridge.domain.invitation import VisitPlace
from bridge.domain.question import Question
from bridge.ids import EventId, InvitationId, OccurrenceId, QuestionId
from bridge.store.statements import Query, insert, query
from bridge.store.tables import questions, seats, visits
from bridge.store.tx import Tx, fields

_ADD = insert(questions)
_GET = query(select(questions).where(questions.c.id == bindparam("id")))
_place = select(questions.c.occurrence, questions.c.invitation).where(
    questions.c.id == bindparam("id")
)
_PLACE = Query(_place, _place)
_BY_NOTICE = select(questions.c.id).where(questions.c.notice == bindparam("notice"))
_OPEN = query(
    select(questions)
    .where(questions.c.invitation == bindparam("invitation"), questions.c.closed_at.is_(None))
    .order_by(questions.c.id)
)
_of_occurrence = (
    select(questions.c.id)
    .where(questions.c.occurrence == bindparam("occurrence"), questions.c.closed_at.is_(None))
    .order_by(questions.c.id)
)
_OF_OCCURRENCE = Query(_of_occurrence, _of_occurrence)
_LAST = select(func.max(questions.c.last)).where(questions.c.occurrence == bindparam("occurrence"))
_inside = exists().where(seats.c.visit == visits.c.id, seats.c.ended_at.is_(None))
_silent = (
    select(questions.c.id)
    .join(visits, visits.c.question == questions.c.id)
    .where(questions.c.closed_at.is_(None), visits.c.seen_at <= bindparam("before"))
    .where(visits.c.asked_at.is_not(None), visits.c.left_at.is_(None))
    .where(visits.c.refused_at.is_(None), ~_inside)
    .distinct()
)
_SILENT = Query(_silent, _silent)
_SAVE = update(questions).where(questions.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class QuestionRows:
    """Implements `bridge.ports.QuestionRepository`."""

    tx: Tx

    async def add(self, question: Question) -> None:
        """Insert a question."""
        await self.tx.run(_ADD, {**_values(question), "notice": question.notice})

    async def get(self, question: QuestionId) -> Question | None:
        """Return a question."""
        row = await self.tx.one(_GET, id=question)
        return None if row is None else Question(**fields(row))

    async def place(self, question: QuestionId) -> VisitPlace | None:
        """Return a question's occurrence and invitation, without locking: neither ever changes."""
        row = await self.tx.one(_PLACE, id=question)
        return None if row is None else VisitPlace(**fields(row))

    async def by_notice(self, event: EventId) -> QuestionId | None:
        """Return the question that a message in the salon asks, without locking it."""
        found: QuestionId | None = await self.tx.scalar(_BY_NOTICE, notice=event)
        return found

    async def open(self, invitation: InvitationId) -> Sequence[Question]:
        """Return the questions about an invitation that are not closed, oldest first."""
        rows = await self.tx.all(_OPEN, invitation=invitation)
        return [Question(**fields(row)) for row in rows]

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[QuestionId]:
        """Return the open questions about an occurrence's guests, without locking them."""
        return [row.id for row in await self.tx.all(_OF_OCCURRENCE, occurrence=occurrence)]

    async def last(self, occurrence: OccurrenceId) -> int:
        """Return the highest number that a device of an occurrence was given; 0: none."""
        return int(await self.tx.scalar(_LAST, occurrence=occurrence) or 0)

    async def silent(self, before: datetime) -> Sequence[QuestionId]:
        """Return the open questions with a device whose page has sent nothing since `before`."""
        return [row.id for row in await self.tx.all(_SILENT, before=before)]

    async def save(self, question: Question) -> None:
        """Replace a question's row; its notice is written when that message is sent."""
        await self.tx.run(_SAVE, {"saved": question.id, **_values(question)})


def _values(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "invitation": question.invitation,
        "occurrence": question.occurrence,
        "asked_at": question.asked_at,
        "told_at": question.told_at,
        "version": question.version,
        "told": question.told,
        "last": question.last,
        "back": question.back,
        "closed_at": question.closed_at,
    }
