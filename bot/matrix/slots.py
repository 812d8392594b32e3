"""Slots for work that another homeserver can delay: a share for each server, and an order.

Without shares a server that hangs takes all slots, and everybody waits for it; without an order
strangers who invite the bot by the hundred come before an agent.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class _Turn:
    server: str
    lesser: bool
    granted: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Slots:
    """At most `total` at once, `share` of them for one server, `lesser` for less important work.

    The total bounds the load: while fewer than `total / share` servers hang, nobody else waits.
    """

    def __init__(self, total: int, *, share: int, lesser: int) -> None:
        self._total = total
        self._share = share
        self._lesser = lesser
        self._taken: Counter[str] = Counter()
        self._lesser_taken = 0
        # By rank and server; a server that had its turn goes to the end.
        self._waiting: dict[bool, dict[str, deque[_Turn]]] = {False: {}, True: {}}

    @asynccontextmanager
    async def one(self, server: str, *, lesser: bool = False) -> AsyncIterator[None]:
        """Hold a slot of `server` for a block; `lesser` work waits for all other work."""
        turn = _Turn(server, lesser)
        self._waiting[lesser].setdefault(server, deque()).append(turn)
        self._grant()
        try:
            await turn.granted
            yield
        finally:
            if turn.granted.done() and not turn.granted.cancelled():
                self._count(turn, -1)
            else:
                self._forget(turn)
            self._grant()

    def _grant(self) -> None:
        for lesser, queues in self._waiting.items():
            for server in list(queues):
                while server in queues and self._may(server, lesser=lesser):
                    self._give(queues[server].popleft())
                    queue = queues.pop(server)
                    if queue:
                        queues[server] = queue

    def _may(self, server: str, *, lesser: bool) -> bool:
        if lesser and self._lesser_taken >= self._lesser:
            return False
        return self._taken.total() < self._total and self._taken[server] < self._share

    def _give(self, turn: _Turn) -> None:
        if not turn.granted.done():
            self._count(turn, +1)
            turn.granted.set_result(None)

    def _count(self, turn: _Turn, by: int) -> None:
        self._taken[turn.server] += by
        self._taken += Counter()  # drops zeros
        self._lesser_taken += by if turn.lesser else 0

    def _forget(self, turn: _Turn) -> None:
        """Leave the queue: the waiter was cancelled."""
        queues = self._waiting[turn.lesser]
        if turn in queues.get(turn.server, ()):
            queues[turn.server].remove(turn)
            if not queues[turn.server]:
                del queues[turn.server]
