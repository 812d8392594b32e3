"""Sends the outbox: by priority, within the homeserver's rate limit, without losing a message."""

import asyncio
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import assert_never

import structlog

from bot.conversation.bucket import Bucket
from bot.conversation.content import kind_of
from bot.conversation.lanes import Lanes
from bot.conversation.unsaid import Unsaid
from bot.conversation.wording import Wording
from bot.matrix.events import Account, SendLater, SendRefused
from bridge.clock import Clock
from bridge.domain.agenda import backoff
from bridge.domain.message import Message, ToAuthor, ToPerson, ToSalon
from bridge.ids import EventId
from bridge.store import DATABASE_ERRORS, passing
from bridge.store.claims import OutboxRow
from bridge.store.sending import Sending

log = structlog.get_logger()

_PATIENCE = timedelta(minutes=10)


@dataclass(slots=True, kw_only=True)
class OutboxSender:
    """Sends the outbox's messages; each has one transaction id, so that a repeat is harmless."""

    outbox: Sending
    account: Account
    wording: Wording
    bucket: Bucket
    clock: Clock
    lanes: Lanes[OutboxRow] = field(init=False)
    _lost: bool = True
    """We may hold claims that we do not know of: before the first fetch, and after a failure of
    the database."""
    _stepped: bool = False
    """The wall clock was set, and rows delayed until a moment of it were not adjusted yet."""
    _given_back: list[OutboxRow] = field(default_factory=list)
    """Messages taken for us as they were posted that we could not begin to send."""
    _served: set[str] = field(default_factory=set)
    """Salons and people who had their turn in this round, while the rate is too low for all."""

    def __post_init__(self) -> None:
        self.lanes = Lanes(self._due, _itself, self._send, troubles=DATABASE_ERRORS)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; first resend messages that a killed process had claimed."""
        await self.lanes.run(stop)

    def takes(self, message: Message) -> bool:
        """Tell whether a message would be sent at once (`bridge.store.claims.Taker`).

        Not while any other has to wait: then priorities decide.
        """
        free = self.lanes.free
        ready = free > 0 and self.bucket.ready(free) == free
        return ready and not self._lost and self.outbox.sends(message)

    def hand(self, rows: Iterable[OutboxRow]) -> None:
        """Send messages that were taken as they were posted."""
        for row in rows:
            if not self.lanes.begin(row):
                self._given_back.append(row)
                self.lanes.wake()

    def clock_set(self, by: timedelta) -> None:
        """Adjust delayed rows; called when the wall clock was set."""
        del by
        self._stepped = True
        self.lanes.wake()

    async def _due(self, free: int) -> Sequence[OutboxRow]:
        if self._lost and self.lanes.idle:
            await self.outbox.released()
            self._lost = False
        while self._given_back:
            await self.outbox.later(self._given_back[0].id, self.clock.now())
            del self._given_back[0]  # others may have been added behind it meanwhile
        if self._stepped:
            await self.outbox.clock_set(self.clock.now())
            self._stepped = False
        ready = self.bucket.ready(free)
        if not ready:
            return ()
        if ready == free:
            self._served.clear()
        rows = await self.outbox.due(self.clock.now(), ready, behind=self._served)
        self._had_turns({row.message.lane for row in rows})
        return rows

    def _had_turns(self, lanes: set[str]) -> None:
        """Begin a new round once a lane has a second turn: then no other was waiting."""
        self._served = lanes if lanes & self._served else lanes | self._served

    async def _send(self, row: OutboxRow) -> float:
        if not self.bucket.take():
            wait = timedelta(seconds=self.bucket.wait())
            await self.outbox.later(row.id, self.clock.now() + wait)
        else:
            await self._leave(row)
        return 0

    async def _leave(self, row: OutboxRow) -> None:
        message = row.message
        try:
            event = await self._say(message)
        except SendLater as later:
            if not later.alone:
                self.bucket.hold(later.after)
            wait = timedelta(seconds=later.after)
            await self.outbox.later(row.id, self.clock.now() + wait)
        except SendRefused as refused:
            log.warning("message.refused", template=message.template, errcode=refused.errcode)
            await self._unsaid.tell(message)
            await self.outbox.failed(row.id, refused.errcode)
        except Exception as error:
            if passing(error):
                self._lost = True
                raise
            # One message that can't be worded must not stop the others.
            log.exception("message.failed", template=message.template)
            await self._try_again(row)
        else:
            if event is None:
                await self.outbox.failed(row.id, "nothing to say")
            else:
                await self._left(row, event)
                log.info("message.sent", template=message.template, salon=message.to.salon)

    async def _say(self, message: Message) -> EventId | None:
        """Send a message to its salon, or to its only reader; `None` if it became obsolete.

        Raises SendRefused, SendLater.
        """
        transaction = _transaction(message)
        match message.to:
            case ToSalon(salon=salon):
                content, kind = await self.wording.content(message, salon), kind_of(message)
                if content is None:
                    return None
                return await self.account.send(salon, content, transaction=transaction, kind=kind)
            case ToPerson(confidant=reader, salon=salon) | ToAuthor(confidant=reader, salon=salon):
                words = partial(self.wording.confidence, message)
                return await self.account.confide(
                    reader, words, transaction=transaction, prefer=salon
                )
            case _:
                assert_never(message.to)

    async def _try_again(self, row: OutboxRow) -> None:
        """Retry a message that can't be worded, then give it up: its salon waits behind it."""
        now = self.clock.now()
        if now - row.posted_at > _PATIENCE:
            await self.outbox.failed(row.id, "not worded")
        else:
            await self.outbox.later(row.id, now + backoff(row.attempts))

    async def _left(self, row: OutboxRow, event: EventId) -> None:
        """Record that a message was sent; if that fails, it is sent again as the same event."""
        try:
            await self.outbox.sent(row, event, self.clock.now())
        except DATABASE_ERRORS:
            self._lost = True
            raise

    @property
    def _unsaid(self) -> Unsaid:
        return Unsaid(tools=self.wording.tools, account=self.account)


def _itself(row: OutboxRow) -> Hashable:
    """Return a lane of its own: the table hands out one message per salon, each only once.

    With the salon as lane, a message handed out while we are just finishing the previous one would
    wait until its lease ends.
    """
    return row.id


def _transaction(message: Message) -> str:
    """Return the transaction id by which the homeserver recognises a repeated message.

    Not the row's number: a restored database gives it to another message, and an edit may reuse the
    row of an earlier one whose sending was not recorded. The homeserver would take either for the
    first message, and drop it.
    """
    return f"parvis-{sha256(message.idempotency_key.encode()).hexdigest()[:32]}"
