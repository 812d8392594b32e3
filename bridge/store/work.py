"""The database: transactions for services, queues for the bot, notices of what was committed."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from datetime import datetime, timedelta

from bridge.clock import Clock, SystemClock
from bridge.domain.audit import AuditKeys
from bridge.store.agenda import AgendaRows
from bridge.store.alone import alone as locked
from bridge.store.answers import AnswerRows
from bridge.store.audit import AuditBook, AuditLedger, AuditRows
from bridge.store.calendar_links import CalendarLinkRows
from bridge.store.calendars import CalendarRows
from bridge.store.challenges import ChallengeRows
from bridge.store.changes import ChangeRows
from bridge.store.claims import Starter, Taker
from bridge.store.engine import Engines, Synchronous, open_engines
from bridge.store.erasure import Erasure
from bridge.store.expected import ExpectedRows
from bridge.store.feeds import FeedRows
from bridge.store.grants import GrantRows
from bridge.store.hosts import HostRows
from bridge.store.inbox import InboxJournal, InboxRows
from bridge.store.invitations import InvitationRows
from bridge.store.mailed import MailedRows
from bridge.store.mails import MailRows
from bridge.store.meetings import MeetingRows, note_anew
from bridge.store.offers import OfferRows
from bridge.store.once import OnceRows
from bridge.store.outbox import OutboxRows
from bridge.store.partners import PartnerRows
from bridge.store.people import AgentRows, SalonRows
from bridge.store.presences import PresenceRows
from bridge.store.questions import QuestionRows
from bridge.store.quiet import Quiet
from bridge.store.received_grants import ReceivedGrantRows
from bridge.store.reminders import ReminderRows
from bridge.store.resealing import reseal
from bridge.store.retention import DEFAULT_KEEP, Retention
from bridge.store.safe import Secrets
from bridge.store.schema import HEAD, migrate, require_current, version_of
from bridge.store.seats import SeatRows
from bridge.store.sending import Sending
from bridge.store.series import SeriesRows
from bridge.store.tx import ChangeListener, Tx
from bridge.store.vault import Vault
from bridge.store.visits import VisitRows

_SIGN = "store.sign"
"""Name of a secret that serves only to check the key: it must open."""


class StoreWork:
    """One transaction: implements `bridge.ports.UnitOfWork`."""

    def __init__(self, tx: Tx) -> None:
        """Take the open transaction."""
        self.meetings = MeetingRows(tx)
        self.series = SeriesRows(tx)
        self.expected = ExpectedRows(tx)
        self.invitations = InvitationRows(tx)
        self.visits = VisitRows(tx)
        self.questions = QuestionRows(tx)
        self.answers = AnswerRows(tx)
        self.seats = SeatRows(tx)
        self.presences = PresenceRows(tx)
        self.offers = OfferRows(tx)
        self.changes = ChangeRows(tx)
        self.reminders = ReminderRows(tx)
        self.calendars = CalendarRows(tx)
        self.calendar_links = CalendarLinkRows(tx)
        self.mailed = MailedRows(tx)
        self.feeds = FeedRows(tx)
        self.challenges = ChallengeRows(tx)
        self.hosts = HostRows(tx)
        self.agenda = AgendaRows(tx)
        self.outbox = OutboxRows(tx)
        self.mails = MailRows(tx)
        self.partners = PartnerRows(tx)
        self.received_grants = ReceivedGrantRows(tx)
        self.grants = GrantRows(tx)
        self.salons = SalonRows(tx)
        self.agents = AgentRows(tx)
        self.inbox = InboxRows(tx)
        self.once = OnceRows(tx)
        self.audit = AuditRows(tx)


class Store:
    """Implements `bridge.ports.UnitsOfWork`."""

    def __init__(
        self,
        engines: Engines,
        vault: Vault,
        clock: Clock,
        *,
        alone: bool,
        keep: timedelta = DEFAULT_KEEP,
        audit: AuditKeys | None = None,
    ) -> None:
        """Take open connections; `open_store` does. Without keys the audit is off."""
        self.alone = alone or engines.path is None
        """Whether this process may run an engine."""
        self.engines = engines
        self.vault = vault
        self.clock = clock
        self.inbox = InboxJournal(self.begin, vault, self.quiet)
        self.outbox = Sending(self.begin, self.quiet())
        self.secrets = Secrets(self.begin)
        self.retention = Retention(self.begin, keep)
        self.erasure = Erasure(engines.path)
        self.book = None if audit is None else AuditBook(audit)
        self.audit = None if self.book is None else AuditLedger(self.begin, self.book)
        """The upkeep of the audit, if it is on."""
        self._listeners: list[ChangeListener] = []
        self._starters: list[Starter] = []
        self._takers: list[Taker] = []

    def quiet(self) -> Quiet:
        """Return a memory for who looks for work each second."""
        return Quiet(self.engines.reading)

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[StoreWork]:
        """Begin a transaction that may write; it locks what it reads until it ends."""
        async with self.begin() as tx:
            yield StoreWork(tx)

    @asynccontextmanager
    async def reading(self, *, long: bool = False) -> AsyncIterator[StoreWork]:
        """Begin a transaction that only reads, and waits for no writer; `long` as for `begin`."""
        async with self.begin(writing=False, long=long) as tx:
            yield StoreWork(tx)

    @asynccontextmanager
    async def begin(self, *, writing: bool = True, long: bool = False) -> AsyncIterator[Tx]:
        """Begin a transaction.

        A block that ends without error commits it and notifies listeners. `long`: its statements
        may take more than a millisecond, so they may not hold up the loop.
        """
        engine = self.engines.writing if writing else self.engines.reading
        async with engine.begin(long=long) as connection:
            starter, taker = next(iter(self._starters), None), next(iter(self._takers), None)
            tx = Tx(connection, self.vault, self.clock, writing, starter, taker, self.book)
            yield tx
        if tx.changed:
            for listener in self._listeners:
                listener(tx.changed)

    def on_commit(self, listener: ChangeListener) -> Callable[[], None]:
        """Have `listener` called after each commit of this process that left something to do.

        It runs between two steps of the event loop: it may set an event, but not wait. Returns the
        function that stops it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def started_by(self, starter: Starter) -> Iterator[None]:
        """Claim for a block, as they are planned, the rows that this engine starts at once."""
        self._starters.append(starter)
        try:
            yield
        finally:
            self._starters.remove(starter)

    @contextmanager
    def sent_by(self, taker: Taker) -> Iterator[None]:
        """Take for a block, as they are posted, the messages that this sender sends at once."""
        self._takers.append(taker)
        try:
            yield
        finally:
            self._takers.remove(taker)

    async def recognise(self) -> None:
        """Raise SealBroken unless these are the keys with which the database was filled.

        An operator who starts with other keys, new ones made by mistake perhaps, must learn of it
        before anything is sealed with them or given up as unreadable.
        """
        if await self.secrets.get(_SIGN) is None:
            await self.secrets.put(_SIGN, b"")

    async def reseal(self) -> int:
        """Re-encrypt everything under the current key, after a rotation; return how many values."""
        count = await reseal(self.begin)
        await note_anew(self.begin)
        return count

    async def release(self) -> None:
        """Take back what a dead process had claimed or taken; only if there is no other process."""
        async with self.begin() as tx:
            await AgendaRows(tx).release(now=self.clock.now())
        await self.outbox.released()

    async def purge(self, now: datetime) -> None:
        """Delete rows past their retention (`bridge/store/retention.py`)."""
        await self.retention.purge(now)

    async def erase(self, now: datetime) -> None:
        """Remove deleted and blanked data from SQLite's log too, unless a reader prevents it."""
        await self.erasure.go(now)

    async def claim_once(self, name: str, now: datetime, unless_after: datetime) -> bool:
        """Store in a transaction of its own that something happens now (`ports.Once`)."""
        async with self.begin() as tx:
            return await OnceRows(tx).claim(name, now, unless_after=unless_after)


@asynccontextmanager
async def open_store(
    url: str,
    *,
    vault: Vault,
    synchronous: Synchronous = "NORMAL",
    clock: Clock | None = None,
    upgrade: bool | None = None,
    alone: bool = False,
    keep: timedelta = DEFAULT_KEEP,
    audit: AuditKeys | None = None,
) -> AsyncIterator[Store]:
    """Open the database for a block.

    `upgrade` brings an empty or older database to this program's schema; by default only SQLite,
    and only while nobody runs on it. `alone` is for the one process that runs on an SQLite
    database; what its dead predecessor had claimed or taken is due again at once. `keep` is how
    long meetings and agents outlive their last moment (`Retention`), `audit` its keys. Raises
    AlreadyRunning, SchemaOutdated, SealBroken if the keys are not the database's, UnknownDatabase,
    and DATABASE_ERRORS if the database can't be reached.
    """
    async with AsyncExitStack() as stack:
        engines = await stack.enter_async_context(open_engines(url, synchronous=synchronous))
        if engines.path is not None:
            engines.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if alone:
                stack.enter_context(locked(engines.path))
        wanted = upgrade or (upgrade is None and engines.path is not None)
        if wanted and await version_of(engines.writing) != HEAD:
            with nullcontext() if alone or engines.path is None else locked(engines.path):
                await migrate(url)
        await require_current(engines.writing)
        store = Store(engines, vault, clock or SystemClock(), alone=alone, keep=keep, audit=audit)
        await store.recognise()
        if alone and engines.path is not None:
            await store.release()
        yield store
