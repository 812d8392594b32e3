"""Ordered work from a table: one item at a time in each lane, several lanes concurrently."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

Item = TypeVar("Item")

_TICK = 1.0
_LONGEST_REST = 30.0


@dataclass(slots=True)
class Lanes(Generic[Item]):
    """Runs `work` on the items that `fetch` returns; the lane of an item is `lane(item)`.

    `fetch` receives the number of free lanes and returns due items, in order. An item for a lane
    that is busy or rests stays for a later fetch; a table that hands out each item only once must
    return none of these. `work` does not raise for a fault of one item; it returns the seconds for
    which the lane must rest, at most half a minute. A resting lane delays no other. Both may raise
    `troubles`, faults of the table itself: we ask it again a tick later.
    """

    fetch: Callable[[int], Awaitable[Sequence[Item]]]
    lane: Callable[[Item], Hashable]
    work: Callable[[Item], Awaitable[float]]
    width: int = 8
    troubles: tuple[type[Exception], ...] = ()
    _busy: set[Hashable] = field(default_factory=set)
    _resting: set[Hashable] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _promised: int = 0
    """Lanes kept free for the items of a fetch that is on its way."""
    _group: asyncio.TaskGroup | None = None
    """The tasks of items, while it runs."""
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Announce that there may be work; without it, we poll the table each second."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; finish the work that has begun."""
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(self._stop(stop))
            self._group = group
            while not stop.is_set():
                self._wake.clear()
                if not await self._started(group):
                    await self._pause()
            await stopping

    def begin(self, item: Item) -> bool:
        """Begin work on an item at once, without a fetch; `False` if it must wait for one."""
        lane = self.lane(item)
        if self._group is None or self.free <= 0 or lane in self._busy or lane in self._resting:
            return False
        self._busy.add(lane)
        self._group.create_task(self._one(item, lane))
        return True

    @property
    def free(self) -> int:
        """The number of lanes that may begin work; 0 before it runs and after its end."""
        going = self._group is not None and not self._stopped.is_set()
        return self.width - len(self._busy) - self._promised if going else 0

    @property
    def idle(self) -> bool:
        """Whether no work is running and no lane rests."""
        return not self._busy and not self._resting

    @property
    def kept(self) -> int:
        """The number of lanes that take no work: a fetch of as many more fills the free ones."""
        return len(self._busy) + len(self._resting)

    async def _started(self, group: asyncio.TaskGroup) -> int:
        try:
            return await self._start(group)
        except self.troubles as error:
            log.warning("table.unreachable", error=type(error).__name__)
            return 0

    async def _start(self, group: asyncio.TaskGroup) -> int:
        free = self.width - len(self._busy)
        if free <= 0:
            return 0
        self._promised = free
        try:
            items = await self.fetch(free)
        finally:
            self._promised = 0
        started = 0
        for item in items:
            lane = self.lane(item)
            if lane in self._busy or lane in self._resting:
                continue
            self._busy.add(lane)
            started += 1
            group.create_task(self._one(item, lane))
            if len(self._busy) >= self.width:
                break
        return started

    async def _one(self, item: Item, lane: Hashable) -> None:
        rest = _TICK
        try:
            rest = await self.work(item)
        except self.troubles as error:
            log.warning("table.unreachable", error=type(error).__name__)
        finally:
            self._resting.add(lane)
            self._busy.discard(lane)
            self._wake.set()
        await self._rest(rest)
        self._resting.discard(lane)
        self._wake.set()

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _LONGEST_REST)):
                await self._stopped.wait()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_TICK):
                await self._wake.wait()

    async def _stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._stopped.set()
        self._wake.set()
