"""Encrypted events that wait: for their key, or to know which device wrote them."""

import time
from collections.abc import Iterable

import structlog

from bot.matrix.events import Incoming, IncomingMessage, Journal, PendingEvent, Undecryptable
from bot.matrix.opening import Decryptor, Waiting
from bot.matrix.raw import text
from bot.matrix.settings import MatrixOptions
from bot.matrix.timeline import is_correction, sent_at
from bridge.clock import Clock, Monotonic
from bridge.ids import UserId

log = structlog.get_logger()


class EventVault:
    """The sealed events of one account; the journal stores them too, for the next start."""

    def __init__(
        self,
        decryptor: Decryptor,
        journal: Journal,
        settings: MatrixOptions,
        clock: Clock,
        *,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._decryptor = decryptor
        self._journal = journal
        self._patience = settings.key_patience
        self._clock = clock
        self._monotonic = monotonic
        self._sealed: dict[str, PendingEvent] = {}
        self._until: dict[str, float] = {}
        """When the patience with each ends, by the monotonic clock."""
        self._worth_trying = True
        self.undecryptable_total = 0

    def keys_came(self) -> None:
        """Note that a key arrived: it may open waiting events."""
        self._worth_trying = True

    async def load(self) -> None:
        """Load the events that waited at the last stop."""
        self.add(await self._journal.sealed())

    def add(self, sealed: Iterable[PendingEvent]) -> None:
        """Take newly recorded events."""
        for each in sealed:
            self._sealed.setdefault(each.event, each)
            self._until.setdefault(each.event, self._monotonic() + self._left(each))
            self._worth_trying = True

    def senders(self) -> set[str]:
        """Return the senders of waiting events: their devices are worth asking for."""
        return {text(each.source, "sender") for each in self._sealed.values()}

    def _left(self, sealed: PendingEvent) -> float:
        """Return how many seconds more to wait; all of them if the clock was set back."""
        waited = (self._clock.now() - sealed.received_at).total_seconds()
        return self._patience - max(waited, 0)

    def due_in(self) -> float | None:
        """Return in how many seconds the patience with the oldest ends, if any waits."""
        return min(self._until.values()) - self._monotonic() if self._until else None

    async def retry(self, *, senders_known: bool) -> bool:
        """Open events that can be opened, give up overdue ones; return whether any came.

        Does nothing unless a key, a line or a sender's device is new: a flood of lines without keys
        must not be tried at each sync.
        """
        now, due = self._monotonic(), self.due_in()
        if not (self._worth_trying or senders_known or (due is not None and due <= 0)):
            return False
        self._worth_trying = False
        came = False
        for sealed in list(self._sealed.values()):
            last = self._until[sealed.event] <= now
            found = self._decryptor.read(sealed.source, sealed.salon, sealed.received_at, last=last)
            if isinstance(found, Waiting):
                if not last:
                    continue
                outcome: Incoming | None = self._give_up(sealed, found)
            else:
                outcome = found
            await self._journal.opened(sealed.event, outcome)
            del self._sealed[sealed.event], self._until[sealed.event]
            came |= outcome is not None
            if isinstance(outcome, IncomingMessage):
                log.info("matrix.opened_late", salon=sealed.salon, matrix_event=sealed.event)
        return came

    def _give_up(self, sealed: PendingEvent, waiting: Waiting) -> Undecryptable | None:
        if is_correction(sealed.source):
            return None  # its line was read, or reported, before
        self.undecryptable_total += 1
        log.warning("matrix.undecryptable", salon=sealed.salon, waiting_for=waiting.value)
        return Undecryptable(
            event=sealed.event,
            salon=sealed.salon,
            sender=UserId(text(sealed.source, "sender")),
            sent_at=sent_at(sealed.source, sealed.received_at),
        )
