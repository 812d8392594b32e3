"""Housekeeping beside the sync: our keys, waiting lines, broken sessions."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

import structlog
from nio.crypto import Olm
from nio.event_builders import DummyMessage

from bot.matrix.backoff import Backoff
from bot.matrix.devices import Devices
from bot.matrix.errors import AccountUnusable, MatrixTrouble, StoreBusy
from bot.matrix.identity import OwnIdentity
from bot.matrix.keys import OwnKeys
from bot.matrix.settings import MatrixOptions
from bot.matrix.store import CryptoStore
from bot.matrix.vault import EventVault
from bridge.clock import Clock, Monotonic

log = structlog.get_logger()

PRUNE_EVERY = 86400.0
"""Seconds."""


@dataclass(slots=True)
class _Chore:
    """One task, which fails and waits only for itself."""

    act: Callable[[], Awaitable[None]]
    backoff: Backoff
    again_at: float | None = None
    """Seconds of the monotonic clock."""


class Maintenance:
    """The work after a sync that must never delay the next one."""

    def __init__(
        self,
        olm: Olm,
        store: CryptoStore,
        *,
        keys: OwnKeys,
        identity: OwnIdentity,
        devices: Devices,
        vault: EventVault,
        settings: MatrixOptions,
        clock: Clock,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._olm = olm
        self._store = store
        self._keys = keys
        self._identity = identity
        self._devices = devices
        self._vault = vault
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._work = asyncio.Event()
        self._pruned_at: float | None = None

    def poke(self) -> None:
        """Note that a sync was recorded."""
        self._work.set()

    async def run(self, opened: Callable[[], None]) -> None:
        """Run the tasks for ever; call `opened` when a waiting line could be read.

        Raises AccountUnusable, StoreBusy.
        """
        acts = (
            self._keys.upload,
            partial(self._open, opened),
            self._mend_sessions,
            self._identity.look_again,
        )
        chores = [_Chore(act, Backoff(self._settings)) for act in acts]
        while True:
            self._work.clear()
            self._prune()
            for chore in chores:
                await self._do(chore)
            await _wait(self._work, self._next_due(chores))

    async def _do(self, chore: _Chore) -> None:
        """Do due tasks, whatever became of the others. Raises AccountUnusable, StoreBusy."""
        now = self._monotonic()
        if chore.again_at is not None and now < chore.again_at:
            return
        try:
            await chore.act()
        except (AccountUnusable, StoreBusy):
            raise
        except MatrixTrouble as trouble:
            log.warning("matrix.housekeeping_failed", reason=str(trouble))
            chore.again_at = now + chore.backoff.delay(trouble)
        else:
            chore.again_at = None
            chore.backoff.succeeded()

    async def _open(self, opened: Callable[[], None]) -> None:
        if await self._vault.retry(senders_known=await self._ask_for_senders()):
            opened()

    async def _ask_for_senders(self) -> bool:
        """Ask for the devices of waiting lines' senders; return whether any became known."""
        unknown = {each for each in self._vault.senders() if not self._devices.up_to_date(each)}
        await self._devices.refresh(unknown)
        return any(self._devices.up_to_date(each) for each in unknown)

    def _next_due(self, chores: Iterable[_Chore]) -> float | None:
        """Return the seconds until a task is due without a sync."""
        waits = [self._vault.due_in(), self._devices.askable_in(self._vault.senders())]
        waits += [
            None if chore.again_at is None else chore.again_at - self._monotonic()
            for chore in chores
        ]
        first = min((each for each in waits if each is not None), default=None)
        # At least a moment: a task that can't be done now must not be tried without pause.
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
