"""A sign of work for people who wait for an answer: their client shows that we are typing."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.matrix.errors import MatrixTrouble
from bot.matrix.raw import route
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId

log = structlog.get_logger()

LASTS = 10.0
"""Seconds after which clients stop showing it by themselves."""
PATIENCE = 5.0
"""Seconds for the homeserver to take it; there is no retry, as an answer is worth more."""


class TypingSigns:
    """Shows that we are at work in a salon, until we say something there.

    Nobody waits for it, and nothing depends on it: if it fails, the answer comes without.
    """

    def __init__(self, wire: MatrixWire, user: UserId) -> None:
        self._wire = wire
        self._user = user
        self._shown: dict[SalonId, asyncio.Task[None]] = {}
        self.busy: set[asyncio.Task[None]] = set()
        """Notices on their way."""

    def begin(self, salon: SalonId) -> None:
        """Show it, again if it was shown before: clients forget it after a while."""
        known = self._shown.get(salon)
        if known is None or known.done():
            self._shown[salon] = self._start(self._typing(salon, shown=True))

    def over(self, salon: SalonId) -> None:
        """Withdraw it if it is shown."""
        begun = self._shown.pop(salon, None)
        if begun is not None:
            self._start(self._hide(salon, begun))

    async def close(self) -> None:
        """Stop showing."""
        for task in self.busy:
            task.cancel()
        await asyncio.gather(*self.busy, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.busy.add(task)
        task.add_done_callback(self.busy.discard)
        return task

    async def _hide(self, salon: SalonId, begun: asyncio.Task[None]) -> None:
        await asyncio.wait([begun])  # otherwise the two could arrive in the wrong order
        await self._typing(salon, shown=False)

    async def _typing(self, salon: SalonId, *, shown: bool) -> None:
        path = route("rooms", salon, "typing", self._user)
        body = {"typing": True, "timeout": int(LASTS * 1000)} if shown else {"typing": False}
        try:
            await self._wire.call("PUT", path, body, timeout=PATIENCE)
        except MatrixTrouble as error:
            log.info("sign.failed", salon=salon, error=type(error).__name__)
