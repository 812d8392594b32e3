"""A meeting with fifty guests inside: our services and engine, a real LiveKit, a real browser."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from benchmarks.crowded import Crowd, crowd
from benchmarks.signallers import Signallers, signallers
from benchmarks.stock import ORGANISER, Stock, stocked
from bridge.agenda import EmbeddedEngine
from bridge.clock import SystemClock
from bridge.domain.admission import LIVEKIT
from bridge.domain.codes import Minter
from bridge.domain.meeting import Occurrence
from bridge.domain.seat import Seat
from bridge.http import open_session
from bridge.ids import OccurrenceId, UserId
from bridge.livekit import MAX_ANSWER, LiveKitPasses, LiveKitRooms, LiveKitWebhooks
from bridge.services.enforcement.ejection import Ejections
from bridge.services.enforcement.wire import Enforcement
from bridge.services.invitations.invitations import Invitations
from bridge.services.seats.decisions import Seats
from bridge.services.timebox import arm
from bridge.services.tools import Tools
from bridge.store import Store, Vault, open_store
from federation.door.cookies import visit_of
from tests.defaults import default_policy
from tests.door.house import open_house
from tests.doubles.ports import FakeWebhooks
from tests.servers.livekit import LiveKit, livekit
from tests.servers.ports import free_ports
from tests.servers.relay import PATH, Relay, relay
from tests.services.admissions import held
from tests.wiring import Media

GUESTS = 50
CLOCK = SystemClock()
POLICY = default_policy(mode=LIVEKIT)
_HOUR = timedelta(hours=1)
_ALL = 1
"""Of the server's webhooks, one in this many is lost."""


class Clients(Protocol):
    """Guests' clients, by names of ours."""

    async def enter(self, url: str, tokens: Mapping[str, str]) -> None:
        """Connect everybody at once, and return when all are in."""
        ...

    async def left(self, *names: str) -> dict[str, float]:
        """Wait until all of them learnt that they are out; return when, in Unix seconds."""
        ...


@dataclass(slots=True, kw_only=True)
class Stage:
    """All parts, and the rounds' steps."""

    folder: Path
    store: Store
    seats: Seats
    rooms: LiveKitRooms
    server: LiveKit
    hooks: Relay
    """Receives the server's webhooks, and loses them: one that nobody receives would delay the
    next."""
    crowd: Crowd
    signallers: Signallers
    stock: Stock
    engine: asyncio.Task[None] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def tools(self) -> Tools:
        """The tools of use cases."""
        return Tools(self.store, CLOCK, POLICY)

    @property
    def invitations(self) -> Invitations:
        """Use cases of invitations."""
        return Invitations(Minter({"k1": bytes(32)}, "k1"), self.tools)

    @property
    def database(self) -> Path:
        """The path of the database, for other processes."""
        return self.folder / "parvis.db"

    def start(self) -> None:
        """Run the engine, as `parvis run` does."""
        tools = self.tools
        enforcement = Enforcement.of(tools, self.rooms, FakeWebhooks())
        engine = EmbeddedEngine(self.store, CLOCK)
        self.stopping = asyncio.Event()
        running = engine.run(enforcement.capability(), self.stopping)
        self.engine = asyncio.create_task(running)

    async def stop(self) -> None:
        """End the engine."""
        self.stopping.set()
        if self.engine is not None:
            await self.engine

    async def occurrence(self) -> Occurrence:
        """Return the only occurrence."""
        async with self.store.reading() as work:
            found = await work.meetings.occurrence(OccurrenceId(UUID(self.stock.occurrences[0])))
        assert found is not None
        return found

    async def ends(self, closes: datetime) -> None:
        """Move the meeting so that its guests have to leave at this moment."""
        occurrence = await self.occurrence()
        later = replace(occurrence, end=closes - POLICY.graces.after)
        async with self.store() as work:
            await work.meetings.save_occurrence(later)
            await arm(work, later, POLICY, CLOCK.now())

    async def admitted(self, count: int = GUESTS) -> Mapping[str, tuple[Seat, str]]:
        """Have guests admitted, for an hour; return each visit's seat and token."""
        await self.ends(CLOCK.now() + _HOUR)
        await self._alive()
        found = {}
        for visit, secret in self.stock.visits[:count]:
            identity = visit_of(visit)
            async with self.store() as work:
                await self.seats.decide(
                    work, await held(work, identity, POLICY), admit=True, by=UserId(ORGANISER)
                )
            given = await self.seats.pass_of(identity, secret)
            async with self.store.reading() as work:
                seat = await work.seats.of_visit(identity)
            assert given is not None
            assert given.token is not None
            assert seat is not None
            found[visit] = seat, given.token.get_secret_value()
        return found

    async def inside(self, clients: Clients) -> list[str]:
        """Have fifty guests admitted and connected; return the names of their clients."""
        admitted = await self.admitted()
        tokens = {seat.identity: token for seat, token in admitted.values()}
        await clients.enter(self.server.ws_url, tokens)
        return list(tokens)

    async def revoke(self, seats: Sequence[Seat] = ()) -> None:
        """Withdraw the links of these seats, or of all."""
        occurrence = await self.occurrence()
        chosen = {seat.invitation for seat in seats}
        async with self.store() as work:
            known = await work.invitations.of_occurrence(occurrence.id)
            whom = [one for one in known if not chosen or one.id in chosen]
            await self.invitations.revoke(work, occurrence, whom)

    async def _alive(self) -> None:
        """Make every link valid again."""
        occurrence = await self.occurrence()
        async with self.store() as work:
            for one in await work.invitations.of_occurrence(occurrence.id):
                if one.revoked_at is not None:
                    await work.invitations.save(replace(one, revoked_at=None))

    async def present(self) -> int:
        """Return the number of participants in the guests' room."""
        async with self.store.reading() as work:
            (room,) = {seat.room for seat in await work.seats.watched(CLOCK.now())}
        return len(await self.rooms.participants(room))


@asynccontextmanager
async def told(stage: Stage) -> AsyncIterator[None]:
    """Open a door that receives the media server's webhooks."""
    ours = stage.server.ours
    webhooks = LiveKitWebhooks(ours)
    media = Media(stage.rooms, LiveKitPasses(ours), stage.server.ws_url, webhooks)
    async with open_house(stage.store, media=media, now=CLOCK.now()) as house:
        stage.hooks.to, stage.hooks.loses = house.url, 0
        yield
        stage.hooks.loses = _ALL


@asynccontextmanager
async def opened() -> AsyncIterator[Stage]:
    """Start it all; nobody is inside yet."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parvis-bench-")))
        database = folder / "parvis.db"
        links = {"links": GUESTS, "waiting": GUESTS}
        stock = await stocked(database, **links, ahead=timedelta())
        opening = open_store(
            f"sqlite:///{database}", vault=Vault({"k1": bytes(32)}, "k1"), alone=True
        )
        store = await stack.enter_async_context(opening)
        (port,) = free_ports(1)
        hooks = await stack.enter_async_context(relay(port))
        hooks.loses = _ALL
        tells = f"http://127.0.0.1:{port}{PATH}"
        server = stack.enter_context(livekit(folder / "livekit", tells=tells))
        session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
        rooms = LiveKitRooms(session, server.ours, clock=CLOCK)
        passes = LiveKitPasses(server.ours)
        tools = Tools(store, CLOCK, POLICY)
        stage = Stage(
            folder=folder,
            store=store,
            seats=Seats(tools, Ejections(tools, rooms), passes, server.ws_url),
            rooms=rooms,
            server=server,
            hooks=hooks,
            crowd=await stack.enter_async_context(crowd(server.url)),
            signallers=await stack.enter_async_context(signallers()),
            stock=stock,
        )
        stage.start()
        stack.push_async_callback(stage.stop)
        yield stage
