"""Encrypted events that wait: for their key, or to know whose device wrote them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from bot.matrix.events import Incoming, Journal, Message, Sealed, Undecryptable
from bot.matrix.opening import Opener, Waiting
from bot.matrix.raw import moment, text
from bot.matrix.settings import MatrixSettings
from bridge.clock import Clock
from bridge.ids import UserId

log = structlog.get_logger()


class Vault:
    """The sealed events of one account; the journal holds them too, for the next start."""

    def __init__(
        self, opener: Opener, journal: Journal, settings: MatrixSettings, clock: Clock
    ) -> None:
        self._opener = opener
        self._journal = journal
        self._patience = timedelta(seconds=settings.key_patience)
        self._clock = clock
        self._sealed: dict[str, Sealed] = {}
        self._worth_trying = True
        self.undecryptable_total = 0

    def keys_came(self) -> None:
        """Note that a key arrived: it may open what waits."""
        self._worth_trying = True

    async def load(self) -> None:
        """Take up what waited at the last stop."""
        self.add(await self._journal.sealed())

    def add(self, sealed: Iterable[Sealed]) -> None:
        """Take what was just recorded."""
        for each in sealed:
            self._sealed.setdefault(each.event, each)
            self._worth_trying = True

    def senders(self) -> set[str]:
        """Return who wrote what waits: their devices are worth asking for."""
        return {text(each.source, "sender") for each in self._sealed.values()}

    def due(self) -> datetime | None:
        """Return when the patience with the oldest ends."""
        times = [each.received_at for each in self._sealed.values()]
        return min(times) + self._patience if times else None

    async def retry(self, *, senders_known: bool) -> bool:
        """Open what can be opened, give up what waited too long; return whether anything came.

        Does nothing unless a key, a line or a sender's device is new: a flood of lines without
        keys must not be tried at each sync.
        """
        due = self.due()
        if not (self._worth_trying or senders_known or (due and due <= self._clock.now())):
            return False
        self._worth_trying = False
        came = False
        for sealed in list(self._sealed.values()):
            last = self._clock.now() - sealed.received_at >= self._patience
            found = self._opener.read(sealed.source, sealed.salon, last=last)
            if isinstance(found, Waiting):
                if not last:
                    continue
                outcome: Incoming | None = self._give_up(sealed, found)
            else:
                outcome = found
            await self._journal.opened(sealed.event, outcome)
            del self._sealed[sealed.event]
            came |= outcome is not None
            if isinstance(outcome, Message):
                log.info("matrix.opened_late", salon=sealed.salon, matrix_event=sealed.event)
        return came

    def _give_up(self, sealed: Sealed, waiting: Waiting) -> Undecryptable:
        self.undecryptable_total += 1
        log.warning("matrix.undecryptable", salon=sealed.salon, waiting_for=waiting.value)
        return Undecryptable(
            event=sealed.event,
            salon=sealed.salon,
            sender=UserId(text(sealed.source, "sender")),
            sent_at=moment(sealed.source, "origin_server_ts", sealed.received_at),
        )
