"""Work taken from a table in order: one at a time in each lane, several lanes at once."""

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
    """Runs `work` on what `fetch` returns; the lane of an item is `lane(item)`.

    `fetch` is told how many lanes are free and returns what is to be done, in order. An item it
    returns for a lane that is busy or rests is left for a later fetch, unless the table hands an
    item out only once: then it returns none of these. `work` does not raise for a fault of one
    item; it returns for how many seconds the lane is to rest, half a minute at most. A lane that
    rests keeps no other waiting. What both may raise are `troubles`, faults of the table itself: it
    is asked again a tick later.
    """

    fetch: Callable[[int], Awaitable[Sequence[Item]]]
    lane: Callable[[Item], Hashable]
    work: Callable[[Item], Awaitable[float]]
    width: int = 8
    troubles: tuple[type[Exception], ...] = ()
    _busy: set[Hashable] = field(default_factory=set)
    _resting: set[Hashable] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that there may be something to do; without it a tick looks each second."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what has begun is finished."""
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(self._stop(stop))
            while not stop.is_set():
                self._wake.clear()
                if not await self._started(group):
                    await self._pause()
            await stopping

    @property
    def idle(self) -> bool:
        """Whether no work has begun that has not ended, its lane's rest included."""
        return not self._busy and not self._resting

    @property
    def kept(self) -> int:
        """How many lanes take nothing now: a fetch of so many more finds work for those free."""
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
        started = 0
        for item in await self.fetch(free):
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
