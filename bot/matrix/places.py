"""A salon for speaking to one person alone, found within seconds or in the background.

To make a direct message the homeserver invites its other member, on their homeserver: one that
hangs may delay that for as long as a request may take. The sender retries meanwhile.
"""

import asyncio

import structlog

from bot.matrix.direct import Directs
from bot.matrix.errors import Unreachable
from bot.matrix.slots import Slots
from bridge.ids import SalonId, UserId, server_of

log = structlog.get_logger()

PATIENCE = 5.0
"""Seconds; a sender is one of a few, and must not block the others for long."""
AT_ONCE = 16
SHARE = 3
"""For people of one homeserver, among these."""


class DirectSalons:
    """Finds or makes direct messages."""

    def __init__(self, directs: Directs, *, patience: float = PATIENCE) -> None:
        self._directs = directs
        self._patience = patience
        self._slots = Slots(AT_ONCE, share=SHARE, lesser=0)
        self._looked_for: dict[UserId, asyncio.Task[SalonId]] = {}

    async def get(self, user: UserId, *, prefer: SalonId | None = None) -> SalonId:
        """Return a salon where `user` and we are alone, `prefer` if it can be.

        Raises MatrixTrouble.
        """
        task = self._looked_for.get(user)
        if task is None:
            task = asyncio.create_task(self._find(user, prefer))
            self._looked_for[user] = task
            task.add_done_callback(lambda _: self._looked_for.pop(user, None))
            task.add_done_callback(_hear)
        done, _ = await asyncio.wait([task], timeout=self._patience)
        if not done:
            raise Unreachable("a direct message takes its time")
        return task.result()

    async def close(self) -> None:
        """Cancel the work in the background."""
        tasks = list(self._looked_for.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _find(self, user: UserId, prefer: SalonId | None) -> SalonId:
        async with self._slots.one(server_of(user)):
            return await self._directs.get(user, prefer=prefer)


def _hear(task: "asyncio.Task[SalonId]") -> None:
    """Retrieve a failure, since its asker may be gone."""
    if not task.cancelled() and task.exception() is not None:
        log.info("matrix.direct_failed", error=type(task.exception()).__name__)
