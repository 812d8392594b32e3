"""The outbox as its sender sees it; each method is a transaction of its own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    JoinLink,
    Message,
    Notice,
    OfferRef,
    OwnReaction,
    Prompt,
    QuestionRef,
)
from bridge.ids import EventId, UserId
from bridge.store.claims import SENDING, OutboxId, OutboxRow
from bridge.store.message_rows import RowUnreadable, message_of
from bridge.store.quiet import Quiet
from bridge.store.statements import AnyRow, Query, chosen
from bridge.store.tables import occurrences, offers, outbox, questions
from bridge.store.tx import Begin, Tx
from bridge.store.types import Moment
from bridge.store.vault import SealBroken

log = structlog.get_logger()

_unsent = outbox.c.done_at.is_(None)
_now = bindparam("now", type_=Moment)


_nobody_elses = or_(
    outbox.c.account.is_(None), outbox.c.account.not_in(bindparam("others", expanding=True))
)
_mine = or_(
    outbox.c.account == bindparam("sender"),
    and_(bindparam("first", type_=Boolean), _nobody_elses),
)
_had_turns = outbox.c.lane.in_(bindparam("behind", expanding=True))


def _heads(*order: ColumnElement[Any]) -> Select[int]:
    """Select the first unsent row of each lane, if it may be sent now, in this order."""
    other = outbox.alias()
    precedes = or_(
        other.c.worth < outbox.c.worth,
        and_(other.c.worth == outbox.c.worth, other.c.seq < outbox.c.seq),
    )
    blocked = exists().where(
        other.c.lane == outbox.c.lane,
        other.c.done_at.is_(None),
        or_(precedes, other.c.taken_until > _now),
    )
    return (
        select(outbox.c.seq)
        .where(_unsent, _mine, ~blocked)
        .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= _now))
        .order_by(*order)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


_row = outbox.c.seq == bindparam("row")
_first = _heads(outbox.c.worth, outbox.c.seq)
_fair = _heads(outbox.c.worth, _had_turns, outbox.c.seq)
_TAKE = update(outbox).where(outbox.c.seq.in_(chosen(_first))).returning(outbox)
_TAKE_FAIRLY = update(outbox).where(outbox.c.seq.in_(chosen(_fair))).returning(outbox)
# Whether there is anything to take is seen without the lock of writers, most often: nothing.
_ANY = (
    select(outbox.c.seq)
    .where(_unsent, _mine, or_(outbox.c.taken_until.is_(None), outbox.c.taken_until <= _now))
    .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= _now))
    .limit(1)
)
_UNSENT = select(outbox.c.seq).where(_unsent, _mine).limit(1)
_SENT = update(outbox).where(_row)
_CARD = update(occurrences).where(occurrences.c.id == bindparam("of"))
_NOTICE = update(questions).where(questions.c.id == bindparam("of"), questions.c.notice.is_(None))
_OFFER = update(offers).where(offers.c.id == bindparam("of"), offers.c.notice.is_(None))
_LATER = update(outbox).where(_row, _unsent).values(attempts=outbox.c.attempts + 1)
_FAILED = update(outbox).where(_row)
_RELEASE = update(outbox).where(_unsent, outbox.c.taken_until.is_not(None))
_LEAVE_NOW = update(outbox).where(_unsent, outbox.c.not_before > _now)
_EVENT_OF = select(outbox.c.event).where(outbox.c.dedupe == bindparam("dedupe"))
_NEXT_AT = select(func.min(outbox.c.not_before)).where(_unsent, _mine)
_oldest = (
    select(outbox.c.account, func.min(outbox.c.posted_at).label("oldest"))
    .where(_unsent)
    .group_by(outbox.c.account)
)
_OLDEST = Query(_oldest, _oldest)
_BLANK = {"facts": None, "taken_until": None}


async def _opened(tx: Tx, row: AnyRow) -> OutboxRow | None:
    """Return a row's message; give up one that can't be read, or it would block its lane."""
    try:
        message = message_of(row, tx.vault)
    except (SealBroken, RowUnreadable) as error:
        log.error("message.unreadable", outbox=row.seq, detail=str(error))  # noqa: TRY400 - known
        values = {"row": row.seq, "failure": "unreadable", "done_at": tx.clock.now(), **_BLANK}
        await tx.run(_FAILED, values)
        return None
    return OutboxRow(OutboxId(row.seq), message, row.attempts, row.not_before, row.posted_at)


async def _shown(tx: Tx, message: Message, event: EventId) -> None:
    """Store the event that shows an occurrence, a question or an offer from now on."""
    match message:
        case Card():
            await tx.run(_CARD, {"of": message.occurrence, "card": event})
        case Prompt():
            await _prompted(tx, message.about, event)
        case Notice() | CardEdit() | Edit() | OwnReaction():
            pass
        case (
            GuestLink()
            | GuestPin()
            | HostPageLink()
            | CalendarPageLink()
            | FeedAddress()
            | JoinLink()
        ):
            pass
        case _:
            assert_never(message)


async def _prompted(tx: Tx, about: QuestionRef | OfferRef, event: EventId) -> None:
    match about:
        case QuestionRef():
            await tx.run(_NOTICE, {"of": about.question, "notice": event})
        case OfferRef():
            await tx.run(_OFFER, {"of": about.offer, "notice": event})
        case _:
            assert_never(about)


@dataclass(frozen=True, slots=True)
class Sending:
    """The outbox for its sender: takes messages and stores what became of them."""

    begin: Begin
    quiet: Quiet
    """No message of ours is unsent."""
    account: UserId | None = None
    """The bot's account that sends; `None` takes every account's messages."""
    others: Collection[UserId] = ()
    """The installation's other accounts."""
    first: bool = True
    """The account is the installation's first, which also sends what no other account will: a
    message that names none, or one that the installation had formerly."""

    def of(
        self, account: UserId, *, others: Collection[UserId] = (), first: bool = True
    ) -> "Sending":
        """Return the outbox of one account beside the installation's `others`."""
        quiet = Quiet(self.quiet.engine)
        return replace(self, quiet=quiet, account=account, others=others, first=first)

    def sends(self, message: Message) -> bool:
        """Tell whether a message is ours to send."""
        account = message.to.account
        if self.account is None or account == self.account:
            return True
        return self.first and (account is None or account not in self.others)

    @property
    def _own(self) -> dict[str, object]:
        return {"sender": self.account, "others": list(self.others), "first": self.first}

    async def due(
        self, now: datetime, limit: int, *, behind: Collection[str] = ()
    ) -> list[OutboxRow]:
        """Take messages that may be sent now, at most one per salon or person.

        By priority, then by age; of equal priority, those of the lanes `behind` come last. A
        message waits for the one before it in its own salon, whether that is in flight or put off,
        so no message overtakes an equal; ask again after each answer. Each taken message must be
        `sent`, put off with `later`, or `failed`, within `SENDING`.
        """
        if self.quiet.lasts:
            return []
        mark = self.quiet.mark()
        values = {"now": now, "most": limit, "taken_until": now + SENDING, **self._own}
        async with self.begin(writing=False) as tx:
            if await tx.scalar(_ANY, **values) is None:
                if await tx.scalar(_UNSENT, **self._own) is None:
                    self.quiet.begin(mark)
                return []
        async with self.begin() as tx:
            if behind:
                rows = await tx.changing(_TAKE_FAIRLY, {**values, "behind": list(behind)})
            else:
                rows = await tx.changing(_TAKE, values)
            rows.sort(key=lambda row: (row.worth, row.lane in behind, row.seq))
            return [found for row in rows if (found := await _opened(tx, row)) is not None]

    async def sent(self, row: OutboxRow, event: EventId, now: datetime) -> None:
        """Store that a message was sent as `event`; a card, question or offer keeps its first."""
        done = {"row": row.id, "event": event, "done_at": now, **_BLANK}
        async with self.begin() as tx:
            await tx.run(_SENT, done)
            await _shown(tx, row.message, event)

    async def later(self, id: OutboxId, not_before: datetime) -> None:  # noqa: A002
        """Put a message off until then; the messages after it in its salon wait with it."""
        async with self.begin() as tx:
            await tx.run(_LATER, {"row": id, "not_before": not_before, "taken_until": None})

    async def failed(self, id: OutboxId, reason: str) -> None:  # noqa: A002
        """Give up a message; `reason` holds no personal data."""
        async with self.begin() as tx:
            values = {"row": id, "failure": reason, "done_at": tx.clock.now(), **_BLANK}
            await tx.run(_FAILED, values)

    async def released(self) -> int:
        """Take back the messages of a dead sender; only a process that knows it is alone may."""
        async with self.begin() as tx:
            return await tx.run(_RELEASE, {"taken_until": None})

    async def clock_set(self, now: datetime) -> None:
        """Put nothing off any longer: the times were those of the clock before it was set."""
        async with self.begin() as tx:
            await tx.run(_LEAVE_NOW, {"now": now, "not_before": None})

    async def event_of(self, idempotency_key: str) -> EventId | None:
        """Return the event id with which a message was sent."""
        async with self.begin(writing=False) as tx:
            found: EventId | None = await tx.scalar(_EVENT_OF, dedupe=idempotency_key)
            return found

    async def next_at(self) -> datetime | None:
        """Return when the first message that was put off may be sent."""
        async with self.begin(writing=False) as tx:
            found: datetime | None = await tx.scalar(_NEXT_AT, **self._own)
            return found

    async def oldest_waiting(self, now: datetime) -> Mapping[UserId | None, timedelta]:
        """Return how long each account's oldest unsent message has waited.

        Messages that name no account are under `None`.
        """
        async with self.begin(writing=False) as tx:
            rows = await tx.all(_OLDEST)
        return {row.account: max(now - row.oldest, timedelta(0)) for row in rows}
