"""Housekeeping beside the sync: our keys, waiting lines, broken sessions."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

import structlog
from nio.crypto import Olm
from nio.event_builders import DummyMessage

from bot.matrix.backoff import Backoff
from bot.matrix.devices import Devices
from bot.matrix.errors import AccountUnusable, MatrixTrouble
from bot.matrix.keys import OwnKeys
from bot.matrix.settings import MatrixSettings
from bot.matrix.store import CryptoStore
from bot.matrix.vault import Vault
from bridge.clock import Clock, Monotonic

log = structlog.get_logger()

PRUNE_EVERY = 86400.0
"""Seconds."""


class Maintenance:
    """What follows a sync but must never hold up the next one."""

    def __init__(
        self,
        olm: Olm,
        store: CryptoStore,
        *,
        keys: OwnKeys,
        devices: Devices,
        vault: Vault,
        settings: MatrixSettings,
        clock: Clock,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._olm = olm
        self._store = store
        self._keys = keys
        self._devices = devices
        self._vault = vault
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._work = asyncio.Event()
        self._pruned_at: float | None = None

    def poke(self) -> None:
        """Say that a sync was recorded."""
        self._work.set()

    async def run(self, opened: Callable[[], None]) -> None:
        """Keep house for ever; `opened` is called when a waiting line could be read.

        Raises AccountUnusable.
        """
        backoff = Backoff(self._settings)
        while True:
            self._work.clear()
            try:
                await self._once(opened)
                backoff.succeeded()
            except AccountUnusable:
                raise
            except MatrixTrouble as trouble:
                log.warning("matrix.housekeeping_failed", reason=str(trouble))
                await asyncio.sleep(backoff.delay(trouble))
                continue
            await _wait(self._work, self._next_due())

    async def _once(self, opened: Callable[[], None]) -> None:
        """Do what is due, each whatever becomes of the others. Raises MatrixTrouble."""
        self._prune()
        troubles = []
        for chore in (self._keys.upload, partial(self._open, opened), self._mend_sessions):
            try:
                await chore()
            except AccountUnusable:
                raise
            except MatrixTrouble as trouble:
                troubles.append(trouble)
        if troubles:
            raise troubles[0]

    async def _open(self, opened: Callable[[], None]) -> None:
        if await self._vault.retry(senders_known=await self._ask_for_senders()):
            opened()

    async def _ask_for_senders(self) -> bool:
        """Ask for the devices of those whose lines wait; return whether any became known."""
        unknown = {each for each in self._vault.senders() if not self._devices.up_to_date(each)}
        await self._devices.refresh(unknown)
        return any(self._devices.up_to_date(each) for each in unknown)

    def _next_due(self) -> float | None:
        """Return the seconds until something is to be done without a sync."""
        waits = [self._vault.due_in(), self._devices.askable_in(self._vault.senders())]
        first = min((each for each in waits if each is not None), default=None)
        # At least a moment: what can't be asked for now must not be asked for without pause.
        return None if first is None else max(0.5, first)

    async def _mend_sessions(self) -> None:
        """Start a new session with devices whose old one is out of step, and tell them so.

        nio also queues requests for lost keys to other people's devices: nobody answers those.
        """
        broken = list(self._olm.wedged_devices)
        if broken:
            await self._devices.claim(broken, at_once=True)
            self._olm.wedged_devices.clear()
        queued = list(self._olm.outgoing_to_device_messages)
        self._olm.outgoing_to_device_messages.clear()
        for message in queued:
            if isinstance(message, DummyMessage):
                await self._devices.to_device(message.type, message.as_dict())

    def _prune(self) -> None:
        now = self._monotonic()
        if self._pruned_at is None or now - self._pruned_at >= PRUNE_EVERY:
            gone = self._store.prune(self._clock.now(), self._settings.sessions_kept)
            self._pruned_at = now
            log.info("matrix.sessions_pruned", sessions=gone)


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for the event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
