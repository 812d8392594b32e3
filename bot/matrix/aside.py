"""Reads one part of a sync beside it, for salons about which another server must be asked first.

Events that a limited timeline left out are fetched, and it may have to be found out whether a salon
is a direct message. Another homeserver can delay both, so each salon has its own task and its own
retries; only its own lines wait, for their order, and only for a limited time. Each part is
recorded before the sync's position moves on: after a crash all of it is fetched.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.matrix.backoff import Backoff
from bot.matrix.direct import Directs
from bot.matrix.errors import MatrixTrouble, Refusal, Unreachable
from bot.matrix.events import Batch, Journal, PendingEvent
from bot.matrix.gaps import Gaps, in_pages
from bot.matrix.lines import Found, Lines
from bot.matrix.raw import Json
from bot.matrix.settings import MatrixOptions
from bot.matrix.slots import Slots
from bot.matrix.store import CryptoStore, Gap
from bot.matrix.vault import EventVault
from bridge.ids import SalonId, home_of

log = structlog.get_logger()

AT_ONCE = 20
SHARE = 3
"""The most for one homeserver, and the most for salons that failed before."""


@dataclass(frozen=True, slots=True, eq=False)
class SalonPart:
    """One sync's part of a salon."""

    whole: Gap
    """From after this sync back to the one before."""
    missing: Gap | None
    """The part of it that the sync left out."""
    events: Sequence[Json]


class Aside:
    """Reads salons beside the sync."""

    def __init__(
        self,
        gaps: Gaps,
        directs: Directs,
        lines: Lines,
        *,
        store: CryptoStore,
        journal: Journal,
        vault: EventVault,
        settings: MatrixOptions,
    ) -> None:
        self._gaps = gaps
        self._directs = directs
        self._lines = lines
        self._store = store
        self._journal = journal
        self._vault = vault
        self._settings = settings
        self._slots = Slots(AT_ONCE, share=SHARE, lesser=SHARE)
        self._news = asyncio.Event()
        self._taken = False
        """Whether a part was taken since the last recorded sync."""
        self._attended: set[str] = set()
        self._held: dict[str, list[SalonPart]] = {}
        self._failing: set[str] = set()
        """Salons whose lines wait no more: they are read as they come, missing ones later."""

    def take(self, part: SalonPart) -> bool:
        """Take a part of a salon to read here; False: the lines in hand must not wait."""
        room = part.whole.room
        self._taken = True
        if room in self._failing:
            if part.missing is not None:
                self._store.gap(part.missing)
            return False
        self._store.gap(part.whole)
        self._held.setdefault(room, []).append(part)
        return True

    def holds(self, salon: str) -> bool:
        """Return whether lines of this salon wait, so that a later one must wait behind them."""
        return salon in self._held

    def poke(self) -> None:
        """Read the parts of a sync that was recorded."""
        if self._taken:
            self._taken = False
            self._news.set()

    async def run(self, opened: Callable[[], None]) -> None:
        """Read for ever, each salon at its own pace; call `opened` when anything came."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                for room in {gap.room for gap in self._store.gaps()} - self._attended:
                    self._attended.add(room)
                    group.create_task(self._attend(SalonId(room), opened))
                await self._news.wait()

    async def _attend(self, salon: SalonId, opened: Callable[[], None]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                patience = group.create_task(self._lose_patience(salon, opened))
                await self._read_gaps(salon, opened)
                patience.cancel()
        finally:
            self._failing.discard(salon)
            self._attended.discard(salon)
            self._news.set()  # more may have come meanwhile

    async def _read_gaps(self, salon: SalonId, opened: Callable[[], None]) -> None:
        backoff = Backoff(self._settings)
        while gaps := self._store.gaps(salon):
            trouble = await self._try(gaps[0], opened, again=backoff.failures > 0)
            if trouble is None:
                backoff.succeeded()
                continue
            log.warning("matrix.gap_postponed", salon=salon, reason=str(trouble))
            await self._let_go(salon, opened)
            await asyncio.sleep(backoff.delay(trouble))

    async def _try(
        self, gap: Gap, opened: Callable[[], None], *, again: bool
    ) -> MatrixTrouble | None:
        """Read one gap; return the trouble that prevents it.

        An unusable account ends the sync too.
        """
        try:
            async with self._slots.one(home_of(SalonId(gap.room)), lesser=again):
                async with asyncio.timeout(self._settings.gap_timeout):
                    events = await self._fetched(gap)
        except TimeoutError:
            return Unreachable("too slow")
        except MatrixTrouble as trouble:
            if trouble.passing or not isinstance(trouble, Refusal):
                return trouble
            log.warning("matrix.gap_refused", salon=gap.room, errcode=trouble.errcode)
            part = self._part(gap)  # we are not in the salon any more
            events = [] if part is None else list(part.events)
        await self._record(SalonId(gap.room), events, opened)
        self._forget(gap)
        return None

    async def _fetched(self, gap: Gap) -> list[Json]:
        part = self._part(gap)
        missing = gap if part is None else part.missing
        found = [] if missing is None else await self._gaps.events(missing)
        await self._directs.learn(SalonId(gap.room))
        return found if part is None else [*found, *part.events]

    def _part(self, gap: Gap) -> SalonPart | None:
        """Return the part of a gap in hand, None after a restart, or once it was released."""
        held = self._held.get(gap.room, ())
        return next((part for part in held if part.whole == gap), None)

    def _forget(self, gap: Gap) -> None:
        self._store.filled(gap)
        left = [part for part in self._held.pop(gap.room, ()) if part.whole != gap]
        if left:
            self._held[gap.room] = left

    async def _lose_patience(self, salon: SalonId, opened: Callable[[], None]) -> None:
        await asyncio.sleep(self._settings.gap_timeout)
        await self._let_go(salon, opened)

    async def _let_go(self, salon: SalonId, opened: Callable[[], None]) -> None:
        """Read the lines in hand as far as possible; the whole is read again later."""
        self._failing.add(salon)
        for part in self._held.pop(salon, ()):
            await self._record(salon, part.events, opened)

    async def _record(
        self, salon: SalonId, events: Sequence[Json], opened: Callable[[], None]
    ) -> None:
        joined, rest = self._lines.since_joining(salon, events)
        found: list[Found] = list(joined)
        for page in in_pages(rest):
            found.extend(self._lines.read(salon, page))
            await asyncio.sleep(0)  # decryption takes time: let others run in between
        if not found:
            return
        batch = batch_of(found)
        await self._journal.record(batch)
        self._vault.add(batch.sealed)
        opened()


def batch_of(found: Sequence[Found], position: str | None = None) -> Batch:
    """Return these events in the journal's form; without a position that stays as it is."""
    return Batch(
        position=position,
        incoming=[each for each in found if not isinstance(each, PendingEvent)],
        sealed=[each for each in found if isinstance(each, PendingEvent)],
    )
