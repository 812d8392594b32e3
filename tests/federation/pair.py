"""Two complete instances, each with its own database, keys, clock, bot and TLS server on loopback.

What one asks of the other goes over its socket; what people read is what each bot sends.
"""

import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.program.agreements import partner_of
from bridge.domain.agenda import Kind
from bridge.domain.home import HomeInstance
from bridge.domain.partner import Issuer, Partner
from bridge.ids import SalonId, UserId
from bridge.partners.asking import PartnerAsking
from bridge.partners.directory import StatementDirectory
from bridge.partners.fetching import PartnerNetworks, open_requests
from bridge.partners.statements import TYP
from bridge.partners.subjects import PairwiseSubjects
from bridge.partners.tokens import KeyedTokens
from bridge.services.federation.approvals import Approvals
from bridge.services.federation.elsewhere import JoinRequests
from bridge.services.federation.ending import Ending
from bridge.services.federation.events import GrantRequests
from bridge.services.federation.exchange import Exchange
from bridge.services.federation.hearing import HostNews
from bridge.services.federation.reporting import PartnerReports
from bridge.services.federation.wire import asked_of_partners
from bridge.store.work import Store, open_store
from config.agreements import read_agreement
from federation.door.settings import Rate
from federation.keys import KeyRing, LiveRing
from federation.protocol.app import Protocol, make_federation
from tests.contract.store_samples import vault
from tests.defaults import door_limits, door_options
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FakeVisio
from tests.servers.certificates import write_self_signed
from tests.services.house import ALICE, BOB, SALON, START, House
from tests.unit.bot.office import Office
from tests.wiring import DOOR

_GENEROUS = door_limits(requests=Rate(10**6, 60), misses=Rate(10**5, 60))


@dataclass
class Side:
    """One organisation: its people, its meetings, and its server for partners."""

    name: str
    office: Office
    home: HomeInstance
    joins: JoinRequests
    pinned: str
    """The thumbprint of its federation key."""
    handlers: list[Any] = field(default_factory=list)
    """In place of its right answers: functions of a request, one for each request that comes."""
    asked: list[str] = field(default_factory=list)
    """The paths that its server was asked for."""
    away: bool = False

    @property
    def house(self) -> House:
        return self.office.house

    @property
    def store(self) -> Store:
        return self.house.store

    @property
    def clock(self) -> SetClock:
        return self.house.clock

    async def agree(self, other: "Side", **choices: Any) -> Partner:
        """Write down our agreement with the other organisation."""
        text = f"""
            partner = "{other.home.issuer}"
            label = "{other.name}"
            federation_key = "{other.pinned}"
            direction = ["inbound", "outbound"]
            methods = ["bridge"]
            admission = "waiting_room"
            meetings = {{ open_by = "all" }}
            valid = {{ from = 2026-11-01, until = 2027-11-30 }}
            data = {{ send = ["name", "org", "email", "mxid"] }}
        """
        agreed = replace(partner_of(read_agreement(text)), **choices)
        async with self.store() as work:
            await work.partners.put(agreed, self.clock.now())
        return agreed

    async def meet(self, line: str = "demain 14h Point budget", event: str = "meet") -> str:
        """Have Alice plan a meeting in the salon; return the address on its card."""
        await self.office.says(f"!visio {line}", event)
        return self.house.visio.made[-1].url

    async def says(self, line: str, event: str, *, by: UserId = BOB) -> list[str]:
        """Have one of our people write to the bot in private, do what is due; return its lines."""
        place = SalonId(f"!direct-{by[1:]}")
        if place not in self.office.account.salons:
            self.office.account.enter(place, [by], direct=True)
        before = len(self.read(by))
        await self.office.says(line, event, salon=place, sender=by)
        return self.read(by)[before:]

    def share_visio(self, other: "Side") -> None:
        """Have the same Visio as the other organisation."""
        home = replace(self.home, visio=other.home.visio)
        self.office.home = home
        asked = replace(self.joins, home=home)
        self.house.beside = {**self.house.beside, Kind.JOIN: asked.ask}
        self.office.wire(self.store)

    def read(self, user: UserId = BOB) -> list[str]:
        """Return what a person of ours has read in private."""
        place = SalonId(f"!direct-{user[1:]}")
        return [one.body for one in self.office.account.seen(place)]

    async def settle(self) -> None:
        """Do what is due now, and let messages leave."""
        await self.house.run_due()
        await self.office.flush()


@dataclass(frozen=True)
class Pair:
    """Two organisations that may have an agreement."""

    a: Side
    b: Side

    async def settle(self) -> None:
        """Do what is due on both sides."""
        for side in (self.a, self.b, self.a):
            await side.settle()

    def forward(self, by: timedelta) -> None:
        """Let time pass on both sides."""
        for side in (self.a, self.b):
            side.clock.forward(by)


@asynccontextmanager
async def open_side(
    name: str, letter: str, folder: Path, migrated: Path, *, ca: Path, key: Path
) -> AsyncIterator[Side]:
    """Open one organisation; `ca` is the certificate of all servers here."""
    folder.mkdir()
    shutil.copy(migrated, folder / "parvis.db")
    clock, visio = SetClock(START), f"https://visio.{letter}.example"
    listener = socket.create_server(("127.0.0.1", 0))
    issuer = Issuer(f"https://127.0.0.1:{listener.getsockname()[1]}")
    async with AsyncExitStack() as stack:
        url = f"sqlite:///{folder / 'parvis.db'}"
        store = await stack.enter_async_context(open_store(url, vault=vault(), clock=clock))
        home = HomeInstance(
            issuer=issuer,
            visio=visio,
            door=DOOR.replace("visio-externes", f"invites-{letter}"),
            organisation=name,
            contact="",
            privacy=f"https://{letter}.example/vie-privee",
            grants_per_hour=1000,
            approval=timedelta(minutes=15),
        )
        KeyRing.create(folder / "ring")
        pinned, ring = KeyRing.pinned(folder / "ring", create=True), LiveRing(folder / "ring")
        networks = PartnerNetworks(
            networks=(ip_network("127.0.0.0/8"),), ports=frozenset(range(1024, 65536))
        )
        requests = await stack.enter_async_context(open_requests(networks, ca_file=ca))
        get = partial(requests.get, accept=f"application/{TYP}")
        directory = StatementDirectory(store, clock, get)
        house = House(store, clock, visio=FakeVisio(origin=visio))
        asking = PartnerAsking(requests, directory, ring, clock, issuer)
        joins = JoinRequests(
            tools=house.tools,
            servers=asking,
            directory=directory,
            pseudonyms=PairwiseSubjects(store.secrets),
            home=home,
        )
        house.beside = asked_of_partners(joins, PartnerReports(house.tools, asking)).handlers
        side = Side(name, Office(house, home=home), home, joins, pinned.kid)
        tokens = KeyedTokens(directory, clock, issuer)
        parts = Protocol(
            pinned=pinned,
            ring=ring,
            exchange=Exchange(
                tools=house.tools,
                invitations=house.invitations,
                approvals=Approvals(house.tools, home),
                tokens=tokens,
                signs=ring,
                home=home,
            ),
            requests=GrantRequests(
                house.tools,
                Ending(house.tools, house.invitations),
                tokens,
                home,
                HostNews(house.tools),
            ),
            clock=clock,
        )
        app = make_federation(door_options(public_url=issuer, limits=_GENEROUS), parts)
        app.middlewares.insert(0, _instead(side))
        await stack.enter_async_context(_served(app, listener, ca, key))
        yield side


def _instead(side: Side) -> Any:
    @web.middleware
    async def instead(request: web.Request, handler: Any) -> web.StreamResponse:
        side.asked.append(request.path)
        if side.away:
            return web.Response(status=502)
        if side.handlers:
            given: web.StreamResponse = await side.handlers.pop(0)(request)
            return given
        answer: web.StreamResponse = await handler(request)
        return answer

    return instead


@asynccontextmanager
async def _served(
    app: web.Application, listener: socket.socket, certificate: Path, key: Path
) -> AsyncIterator[None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, ssl_context=context).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_pair(folder: Path, migrated: Path) -> AsyncIterator[Pair]:
    """Open two organisations that agree with each other."""
    ca, key = folder / "ca.pem", folder / "ca.key"
    write_self_signed(ca, key)
    async with (
        open_side("Ministère A", "a", folder / "a", migrated, ca=ca, key=key) as a,
        open_side("Ministère B", "b", folder / "b", migrated, ca=ca, key=key) as b,
    ):
        await a.agree(b)
        await b.agree(a)
        yield Pair(a, b)


__all__ = ["ALICE", "BOB", "SALON", "Pair", "Side", "open_pair", "open_side"]
