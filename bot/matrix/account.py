"""One Matrix account, connected: the parts put together."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from nio.crypto import Olm

from bot.matrix.aside import Aside
from bot.matrix.backoff import persist
from bot.matrix.devices import Devices
from bot.matrix.direct import Directs
from bot.matrix.directmaking import MakingDirects
from bot.matrix.errors import MatrixTrouble, StoreLost
from bot.matrix.events import (
    Addressed,
    Confiding,
    EventPlace,
    IncomingMessage,
    Journal,
    MayJoin,
    Outside,
    SalonState,
    Seeds,
)
from bot.matrix.gaps import Gaps
from bot.matrix.identity import OwnIdentity
from bot.matrix.keys import OwnKeys
from bot.matrix.lags import Lags
from bot.matrix.lines import Lines
from bot.matrix.maintenance import Maintenance
from bot.matrix.membership import MembershipActions
from bot.matrix.opening import Decryptor
from bot.matrix.raw import route, text
from bot.matrix.reading import SyncReader
from bot.matrix.send import EventSender, verdicts
from bot.matrix.session import Session
from bot.matrix.settings import Credentials, MatrixOptions
from bot.matrix.sharing import Sharing
from bot.matrix.signs import TypingSigns
from bot.matrix.state import Rooms
from bot.matrix.staying import Staying
from bot.matrix.store import CryptoStore
from bot.matrix.sync import Sync
from bot.matrix.timeline import read_place
from bot.matrix.upgrades import Upgrades
from bot.matrix.vault import EventVault
from bot.matrix.wire import Allowed, MatrixWire, at_once, client_of
from bridge.clock import Clock
from bridge.ids import EventId, SalonId, UserId, server_of

log = structlog.get_logger()

NAMES_KEPT = 3600.0
NAMES_LEFT_ALONE = 60.0
"""Seconds after a name did not come before it is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """The parts of an account."""

    wire: MatrixWire
    identity: OwnIdentity
    rooms: Rooms
    directs: Directs
    sender: EventSender
    signs: TypingSigns
    sync: Sync
    maintenance: Maintenance
    membership: MembershipActions
    aside: Aside
    upgrades: Upgrades
    vault: EventVault
    decryptor: Decryptor


class MatrixAccount:
    """Implements `Account` of `bot.matrix.events`."""

    def __init__(self, parts: AccountParts, settings: MatrixOptions, clock: Clock) -> None:
        self._parts = parts
        self._settings = settings
        self._clock = clock
        self.store_lost = False
        """Whether the device's keys proved to be an old copy."""
        self._names: dict[str, tuple[float, str]] = {}

    @property
    def user(self) -> UserId:
        """The account's own Matrix id."""
        return self._settings.user

    @property
    def signed(self) -> bool:
        """Whether a cross-signing identity of the account vouches for this device."""
        return self._parts.identity.signed

    @property
    def last_sync_at(self) -> datetime | None:
        """When the homeserver's last answer was recorded, for people to read."""
        return self._parts.sync.last_at

    @property
    def sync_age(self) -> timedelta | None:
        """The time since the homeserver's last answer was recorded.

        While the database does not take an answer, the homeserver is not at fault.
        """
        heard_at = self._parts.sync.heard_at
        if heard_at is None:
            return None
        return timedelta(seconds=0 if self._parts.sync.recording else time.monotonic() - heard_at)

    @property
    def sync_failures_total(self) -> int:
        """How often the homeserver did not answer a sync."""
        return self._parts.sync.failures_total

    @property
    def rewound_total(self) -> int:
        """How often the homeserver was behind the position that it had given us."""
        return self._parts.sync.rewound_total

    @property
    def undecryptable_total(self) -> int:
        """How many lines never got their key."""
        return self._parts.vault.undecryptable_total

    @property
    def forged_total(self) -> int:
        """How many lines were encrypted by somebody other than their sender."""
        return self._parts.decryptor.forged_total

    async def run(self, stop: asyncio.Event, wake: Callable[[], None] = lambda: None) -> None:
        """Sync and run maintenance until `stop`; call `wake` after each answer of the homeserver.

        Raises AccountUnusable when a person must act.
        """
        await self._parts.vault.load()
        with suppress(MatrixTrouble):  # otherwise the first salon of a sync asks for it
            await self._parts.directs.load()

        def came() -> None:
            self._parts.maintenance.poke()  # lines may wait for their sender's devices
            wake()

        def recorded() -> None:
            self._parts.membership.poke()
            self._parts.aside.poke()
            came()

        tasks = [
            asyncio.create_task(self._parts.sync.run(recorded)),
            asyncio.create_task(self._parts.maintenance.run(wake)),
            asyncio.create_task(self._parts.membership.run()),
            asyncio.create_task(self._parts.aside.run(came)),
            asyncio.create_task(_until(stop)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            try:
                task.result()
            except StoreLost:
                self.store_lost = True
                raise

    async def send(
        self,
        salon: SalonId,
        content: Mapping[str, object],
        *,
        transaction: str,
        kind: str = "m.room.message",
    ) -> EventId:
        """Send an event, encrypted if the salon is. Raises SendRefused, SendLater."""
        sent = await self._parts.sender.send(salon, content, transaction=transaction, kind=kind)
        self._parts.signs.over(salon)
        return sent

    def at_work(self, salon: SalonId) -> None:
        """Show in a salon that an answer is on its way, and prepare it; nobody waits for that."""
        self._parts.signs.begin(salon)
        self._parts.sender.prepare(salon)

    async def confide(
        self, user: UserId, words: Confiding, *, transaction: str, prefer: SalonId | None = None
    ) -> EventId | None:
        """Send words to `user` alone. Raises SendRefused, SendLater."""
        said = await self._parts.sender.confide(user, words, transaction=transaction, prefer=prefer)
        if prefer is not None:
            self._parts.signs.over(prefer)
        return said

    async def follows(self, old: SalonId, new: SalonId) -> bool:
        """Tell whether both salons state that `new` replaces `old`. Raises SendLater."""
        with verdicts():
            return await self._parts.upgrades.follows(old, new)

    async def salon(self, salon: SalonId) -> SalonState:
        """Return the salon's state. Raises SendRefused, SendLater."""
        with verdicts():
            room = await self._parts.rooms.get(salon)
            return replace(room.salon, direct=await self._parts.directs.is_private(salon))

    async def place(self, salon: SalonId, event: EventId) -> EventPlace:
        """Return an event's author, salon and thread. Raises SendRefused, SendLater."""
        with verdicts():
            return read_place(await self._parts.wire.get(route("rooms", salon, "event", event)))

    async def display_name(self, user: UserId) -> str:
        """Return the name that `user` shows, or the localpart.

        Their homeserver is asked for it, so a caller does not wait long.
        """
        now = time.monotonic()
        until, known = self._names.get(user, (now, user[1:].partition(":")[0]))
        if now < until:
            return known
        path, limit = route("profile", user, "displayname"), self._settings.device_query_timeout
        try:
            answer = await self._parts.wire.call("GET", path, timeout=limit)
        except MatrixTrouble:
            self._names[user] = (now + NAMES_LEFT_ALONE, known)
            return known
        name = text(answer, "displayname") or user[1:].partition(":")[0]
        self._names[user] = (now + NAMES_KEPT, name)
        return name

    async def introduce(self, name: str) -> None:
        """Set `name` as ours if the homeserver lets users choose; Tchap does not."""
        path = route("profile", self.user, "displayname")
        try:
            if text(await self._parts.wire.get(path), "displayname") != name:
                await self._parts.wire.put(path, {"displayname": name})
        except MatrixTrouble as error:
            log.info("name.kept", error=type(error).__name__)

    async def leave(self, salon: SalonId) -> None:
        """Leave a salon for good. Raises SendRefused, SendLater."""
        with verdicts():
            await self._parts.wire.post(route("rooms", salon, "leave"))


@asynccontextmanager
async def open_account(
    settings: MatrixOptions,
    journal: Journal,
    seeds: Seeds,
    credentials: Credentials,
    *,
    clock: Clock,
    addressed: Addressed,
    may_join: MayJoin,
    outside: Outside,
    allowed: Allowed = at_once,
) -> AsyncIterator[MatrixAccount]:
    """Log in, publish and sign the device, and hand out the account.

    Each request waits until it is `allowed`.

    Waits while the homeserver can't be reached. Raises AccountUnusable, Refusal. After a run that
    ended with StoreLost the keys are put aside; the next start makes a new device if it can.
    """
    async with AsyncExitStack() as stack:
        client = client_of(settings)
        stack.push_async_callback(client.close)
        wire = MatrixWire(client, timeout=settings.request_timeout, allowed=allowed)
        session = Session(client, wire, settings, credentials)
        store = await persist(session.open, settings, "login")
        stack.callback(store.close)
        keys = OwnKeys(client.olm, wire, settings)
        await persist(keys.upload, settings, "keys")
        identity = OwnIdentity(
            wire,
            seeds,
            settings.user,
            store.device_id,
            password=settings.password,
            vouch=client.olm.account.sign,
        )
        await persist(identity.establish, settings, "identity")
        parts = _assemble(
            client.olm,
            store,
            wire,
            keys,
            identity=identity,
            journal=journal,
            settings=settings,
            clock=clock,
            addressed=addressed,
            may_join=may_join,
            outside=outside,
        )
        stack.push_async_callback(parts.sender.close)
        stack.push_async_callback(parts.signs.close)
        account = MatrixAccount(parts, settings, clock)
        try:
            yield account
        finally:
            if account.store_lost:
                store.condemn()


def _assemble(
    olm: Olm,
    store: CryptoStore,
    wire: MatrixWire,
    keys: OwnKeys,
    *,
    identity: OwnIdentity,
    journal: Journal,
    settings: MatrixOptions,
    clock: Clock,
    addressed: Addressed,
    may_join: MayJoin,
    outside: Outside,
) -> AccountParts:
    rooms = Rooms(wire, store)
    directs = Directs(wire, rooms, settings.user, MakingDirects(wire, rooms, store, clock))

    def for_us(message: IncomingMessage) -> bool:
        return directs.between_us(message.salon) or addressed(message)

    devices = Devices(olm, store, wire, settings)
    decryptor = Decryptor(olm, store, devices, for_us, clock)
    sharing = Sharing(olm, devices, wire)
    staying = Staying(wire, rooms, settings.user)
    upgrades = Upgrades(rooms, settings.user, may_join)
    membership = MembershipActions(
        wire,
        store,
        directs,
        staying,
        upgrades=upgrades,
        may_join=may_join,
        settings=settings,
    )
    lags = Lags(server_of(settings.user))
    vault = EventVault(decryptor, journal, settings, clock)
    lines = Lines(
        decryptor,
        rooms,
        membership,
        addressed=for_us,
        outside=outside,
        lags=lags,
        user=settings.user,
        clock=clock,
    )
    gaps = Gaps(wire, settings, lags, clock)
    aside = Aside(
        gaps,
        directs,
        lines,
        store=store,
        journal=journal,
        vault=vault,
        settings=settings,
    )
    reader = SyncReader(
        lines,
        aside,
        rooms,
        gaps=gaps,
        sharing=sharing,
        membership=membership,
        directs=directs,
        lags=lags,
        user=settings.user,
        clock=clock,
    )
    return AccountParts(
        wire=wire,
        identity=identity,
        rooms=rooms,
        directs=directs,
        sender=EventSender(wire, rooms, sharing, directs=directs, settings=settings),
        signs=TypingSigns(wire, settings.user),
        sync=Sync(
            wire,
            journal,
            reader,
            decryptor=decryptor,
            devices=devices,
            keys=keys,
            identity=identity,
            vault=vault,
            settings=settings,
            clock=clock,
        ),
        maintenance=Maintenance(
            olm,
            store,
            keys=keys,
            identity=identity,
            devices=devices,
            vault=vault,
            settings=settings,
            clock=clock,
        ),
        membership=membership,
        aside=aside,
        upgrades=upgrades,
        vault=vault,
        decryptor=decryptor,
    )


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
