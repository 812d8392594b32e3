"""Sending, with one promise above all: never clear text into an encrypted salon."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from bot.matrix.errors import AccountUnusable, Busy, MatrixTrouble, Refusal
from bot.matrix.events import SendLater, SendRefused
from bot.matrix.raw import route, text
from bot.matrix.settings import MatrixSettings
from bot.matrix.sharing import Sharing
from bot.matrix.state import Rooms
from bot.matrix.wire import Wire
from bridge.ids import EventId, SalonId

log = structlog.get_logger()

PASSING_DELAY = 5.0
UNUSABLE_DELAY = 60.0

IN_CLEAR = frozenset({"m.reaction", "m.room.redaction"})
"""Matrix sends these in clear even in encrypted salons; they carry no text of ours."""


class Sender:
    """Sends for one account, one event at a time per salon."""

    def __init__(
        self, wire: Wire, rooms: Rooms, sharing: Sharing, settings: MatrixSettings
    ) -> None:
        self._wire = wire
        self._rooms = rooms
        self._sharing = sharing
        self._settings = settings
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(
        self, salon: SalonId, content: Mapping[str, object], *, transaction: str, kind: str
    ) -> EventId:
        """Send an event; the same transaction gives the same event. Raises as `Account.send`."""
        with verdicts():
            async with asyncio.timeout(self._settings.send_timeout), self._turn[salon]:
                if kind not in IN_CLEAR and await self._rooms.encrypted(salon):
                    return await self._send_encrypted(salon, dict(content), transaction, kind)
                return await self._put(salon, kind, transaction, content)

    async def _send_encrypted(
        self, salon: SalonId, content: dict[str, Any], transaction: str, kind: str
    ) -> EventId:
        await self._sharing.prepare(await self._rooms.get(salon))
        if not self._sharing.holds(salon):
            # We were put out while it was shared, says the sync; and so says the salon now.
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
    """Turn trouble with the homeserver into what a caller can act on: never, or when."""
    try:
        yield
    except Busy as busy:
        raise SendLater(busy.after, "limited") from busy
    except AccountUnusable as trouble:
        # The sync stops the process for the same reason; what was to be sent is not lost.
        raise SendLater(UNUSABLE_DELAY, type(trouble).__name__) from trouble
    except Refusal as refusal:
        if refusal.passing:
            raise SendLater(PASSING_DELAY, refusal.errcode) from refusal
        raise SendRefused(refusal.errcode) from refusal
    except MatrixTrouble as trouble:
        raise SendLater(PASSING_DELAY, "unreachable") from trouble
    except TimeoutError as timeout:
        raise SendLater(PASSING_DELAY, "timeout") from timeout
