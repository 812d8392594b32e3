"""The database of an account, in memory."""

from collections.abc import Mapping, Sequence

from bot.matrix.events import Batch, Incoming, IncomingMessage, PendingEvent
from bot.matrix.settings import Access
from bridge.ids import EventId


class MemoryJournal:
    """Keeps batches as the inbox does: an event id once, position and events together."""

    def __init__(self) -> None:
        self.at: str | None = None
        self.events: dict[EventId, Incoming] = {}
        self.waiting: dict[EventId, PendingEvent] = {}
        self.batches = 0
        self._closed: set[EventId] = set()

    async def position(self) -> str | None:
        """Return the position after the last batch."""
        return self.at

    async def record(self, batch: Batch) -> None:
        """Keep a batch."""
        self.batches += 1
        self.at = batch.position or self.at
        for incoming in batch.incoming:
            self.events.setdefault(incoming.event, incoming)
        for sealed in batch.sealed:
            if sealed.event not in self._closed:
                self.waiting.setdefault(sealed.event, sealed)

    async def sealed(self) -> Sequence[PendingEvent]:
        """Return the waiting messages."""
        return list(self.waiting.values())

    async def opened(self, event: EventId, incoming: Incoming | None) -> None:
        """Replace what waited."""
        self._closed.add(event)
        self.waiting.pop(event, None)
        if incoming is not None:
            self.events.setdefault(incoming.event, incoming)

    def messages(self) -> list[IncomingMessage]:
        """Return the lines for us, oldest first."""
        return [each for each in self.events.values() if isinstance(each, IncomingMessage)]


class MemorySeeds:
    """Keeps seeds."""

    def __init__(self) -> None:
        self.seeds: Mapping[str, bytes] | None = None

    async def load(self) -> Mapping[str, bytes] | None:
        """Return the seeds."""
        return self.seeds

    async def save(self, seeds: Mapping[str, bytes]) -> None:
        """Keep them."""
        self.seeds = dict(seeds)


class MemoryCredentials:
    """Keeps the access, and every one there ever was."""

    def __init__(self) -> None:
        self.access: Access | None = None
        self.history: list[Access] = []

    async def load(self) -> Access | None:
        """Return the access."""
        return self.access

    async def save(self, access: Access) -> None:
        """Keep it."""
        self.access = access
        self.history.append(access)
