"""Sending, with two promises above all.

Never send clear text into an encrypted salon; and send a message to one person only where exactly
that person and we are.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import structlog

from bot.matrix.backoff import is_away
from bot.matrix.direct import Directs
from bot.matrix.errors import (
    AccountUnusable,
    Busy,
    MatrixTrouble,
    Refusal,
    Unanswered,
    Unreachable,
)
from bot.matrix.events import Confiding, SendLater, SendRefused
from bot.matrix.places import DirectSalons
from bot.matrix.raw import route, text
from bot.matrix.settings import MatrixOptions
from bot.matrix.sharing import Sharing
from bot.matrix.state import Room, Rooms
from bot.matrix.wire import MatrixWire
from bridge.ids import EventId, SalonId, UserId

log = structlog.get_logger()

PASSING_DELAY = 5.0
UNUSABLE_DELAY = 60.0
PLACES = 3
"""Direct messages tried in a row if a third person comes into each meanwhile."""

IN_CLEAR = frozenset({"m.reaction", "m.room.redaction"})
"""Matrix sends these in clear even in encrypted salons; they carry no text of ours."""


class NotAloneError(Exception):
    """Somebody else is in the direct message, or may come: nothing was sent."""


class EventSender:
    """Sends for one account, one event at a time per salon."""

    def __init__(
        self,
        wire: MatrixWire,
        rooms: Rooms,
        sharing: Sharing,
        *,
        directs: Directs,
        settings: MatrixOptions,
    ) -> None:
        self._wire = wire
        self._rooms = rooms
        self._sharing = sharing
        self._places = DirectSalons(directs)
        self._settings = settings
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._preparing: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        """Stop sending."""
        preparing = list(self._preparing.values())
        for task in preparing:
            task.cancel()
        await asyncio.gather(*preparing, return_exceptions=True)
        await self._places.close()

    def prepare(self, salon: SalonId) -> None:
        """Do ahead what a message to a salon needs: its encryption is asked for, its key shared.

        Nobody waits for it, and a failure is the message's own affair.
        """
        if salon not in self._preparing:
            task = asyncio.create_task(self._prepare(salon))
            self._preparing[salon] = task
            task.add_done_callback(lambda _: self._preparing.pop(salon, None))

    async def _prepare(self, salon: SalonId) -> None:
        try:
            async with asyncio.timeout(self._settings.send_timeout), self._turn[salon]:
                if await self._rooms.foresee(salon):
                    await self._sharing.prepare(await self._rooms.get(salon))
        except (MatrixTrouble, TimeoutError) as trouble:
            log.info("matrix.not_prepared", salon=salon, error=type(trouble).__name__)

    async def send(
        self, salon: SalonId, content: Mapping[str, object], *, transaction: str, kind: str
    ) -> EventId:
        """Send an event; the same transaction gives the same event. Raises as `Account.send`."""
        with verdicts():
            async with asyncio.timeout(self._settings.send_timeout), self._turn[salon]:
                if kind not in IN_CLEAR and await self._rooms.encrypted(salon):
                    return await self._send_encrypted(salon, dict(content), transaction, kind)
                return await self._put(salon, kind, transaction, content)

    async def confide(
        self, user: UserId, words: Confiding, *, transaction: str, prefer: SalonId | None
    ) -> EventId | None:
        """Send words to one person alone. Raises as `Account.confide`."""
        for _ in range(PLACES):
            with verdicts():
                salon = await self._places.get(user, prefer=prefer)
            confidence = await words(salon)
            if confidence is None:
                return None
            if confidence.to != user:
                raise ValueError("words for somebody else")
            with verdicts(), suppress(NotAloneError):
                async with asyncio.timeout(self._settings.send_timeout), self._turn[salon]:
                    content = dict(confidence.content)
                    return await self._send_alone(salon, user, content, transaction)
        raise SendLater(PASSING_DELAY, "crowded", alone=True)

    async def _send_alone(
        self, salon: SalonId, user: UserId, content: dict[str, Any], transaction: str
    ) -> EventId:
        """Send to a salon with only `user` and us. Raises NotAloneError, MatrixTrouble.

        The homeserver is asked before the key is shared and again before the event is sent. A
        person who is invited after that gets an event whose key none of their devices ever gets.
        """
        both = frozenset({user, self._settings.user})
        await self._sharing.prepare(await self._alone(salon, user), both)
        await self._alone(salon, user)
        if not self._sharing.holds(salon):
            raise NotAloneError  # we were removed while it was shared
        sealed = self._sharing.encrypt(salon, "m.room.message", content)
        return await self._put(salon, "m.room.encrypted", transaction, sealed)

    async def _alone(self, salon: SalonId, user: UserId) -> Room:
        room = await self._rooms.fresh(salon)
        if room.confidant(self._settings.user) != user:
            log.info("matrix.not_alone", salon=salon)
            raise NotAloneError
        return room

    async def _send_encrypted(
        self, salon: SalonId, content: dict[str, Any], transaction: str, kind: str
    ) -> EventId:
        await self._sharing.prepare(await self._rooms.get(salon))
        if not self._sharing.holds(salon):
            # The sync says that we were removed while it was shared; and so does the salon now.
            await self._sharing.prepare(await self._rooms.get(salon))
        sealed = self._sharing.encrypt(salon, kind, content)
        return await self._put(salon, "m.room.encrypted", transaction, sealed)

    async def _put(
        self, salon: SalonId, kind: str, transaction: str, content: Mapping[str, object]
    ) -> EventId:
        answer = await self._wire.put(route("rooms", salon, "send", kind, transaction), content)
        return EventId(text(answer, "event_id"))


@contextmanager
def verdicts() -> Iterator[None]:
    """Turn trouble with the homeserver into the caller's next step: never, or when."""
    try:
        yield
    except Busy as busy:
        raise SendLater(busy.after, "limited") from busy
    except Unanswered as trouble:
        raise SendLater(trouble.after, "unanswered", alone=True) from trouble
    except AccountUnusable as trouble:
        # The sync ends the bot for the same reason; unsent messages are not lost.
        raise SendLater(UNUSABLE_DELAY, type(trouble).__name__) from trouble
    except Refusal as refusal:
        if refusal.passing:
            alone = not is_away(refusal)
            raise SendLater(PASSING_DELAY, refusal.errcode, alone=alone) from refusal
        raise SendRefused(refusal.errcode) from refusal
    except MatrixTrouble as trouble:
        # A hang in one salon may concern only that one: another homeserver is asked for it.
        alone = type(trouble) is Unreachable
        raise SendLater(PASSING_DELAY, "unreachable", alone=alone) from trouble
    except TimeoutError as timeout:
        raise SendLater(PASSING_DELAY, "timeout", alone=True) from timeout
