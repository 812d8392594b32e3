"""Our role federation on a real socket and a real database, with a partner on another one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession
from yarl import URL

from bridge.clock import Clock
from bridge.domain.home import HomeInstance
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence, VisioRoom
from bridge.domain.partner import Issuer, Partner
from bridge.domain.policy import Policy
from bridge.ids import MeetingId, OccurrenceId, SalonId, UserId, VisioRoomId, uuid7
from bridge.partners.directory import StatementDirectory
from bridge.partners.fetching import PartnerNetworks, open_requests
from bridge.partners.tokens import KeyedTokens
from bridge.services.federation.approvals import Approvals
from bridge.services.federation.ending import Ending
from bridge.services.federation.events import GrantRequests
from bridge.services.federation.exchange import Exchange
from bridge.services.invitations.invitations import Invitations
from bridge.services.tools import Tools
from bridge.store import Store
from federation.door.listen import serve
from federation.door.settings import Rate
from federation.keys import KeyRing, LiveRing
from federation.protocol.app import Protocol, make_federation
from tests.defaults import default_policy, door_limits, door_options
from tests.doubles.clocks import SetClock
from tests.federation.partner import HOME, RESOURCE, PartnerInstance, served
from tests.wiring import DOOR, minter

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ORGANISER = UserId("@alice:agent.tchap")
SALON = SalonId("!salon:agent.tchap")
GENEROUS = door_limits(requests=Rate(10**6, 60), misses=Rate(10**5, 60))


@dataclass
class FederationHouse:
    """Our instance, a partner, and a client that speaks to us as the partner does."""

    store: Store
    clock: SetClock
    partner: PartnerInstance
    client: ClientSession
    url: URL
    exchange: Exchange
    directory: StatementDirectory
    policy: Policy = field(default_factory=default_policy)

    async def agree(self, **choices: Any) -> Partner:
        """Write down our agreement with the partner."""
        agreed = self.partner.agreement(**choices)
        async with self.store() as work:
            await work.partners.put(agreed, self.clock.now())
        return agreed

    async def meeting(
        self,
        resource: str = RESOURCE,
        *,
        title: str = "Point budget",
        begins: timedelta = timedelta(hours=1),
        lasts: timedelta = timedelta(hours=1),
    ) -> tuple[Meeting, Occurrence]:
        """Plan a meeting in the Visio room at an address."""
        now = self.clock.now()
        return await plan(self.store, now, resource, title=title, begins=begins, lasts=lasts)

    async def post(self, path: str, fields: Mapping[str, str]) -> ClientResponse:
        """Send a form as a partner's server does."""
        return await self.client.post(self.url / path, data=fields, headers={"Host": _HOST})

    async def get(self, path: str) -> ClientResponse:
        """Read a document."""
        return await self.client.get(self.url / path, headers={"Host": _HOST})

    async def token(self, assertion: str) -> ClientResponse:
        """Ask for a grant with exactly this assertion."""
        form = {"grant_type": JWT_BEARER, "assertion": assertion, "resource": RESOURCE}
        return await self.post("fed/token", form)

    async def manage(
        self, path: str, token: str, assertion: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Ask about an access token, as the partner's instance."""
        form = {
            "token": token,
            "client_assertion_type": _CLIENT,
            "client_assertion": assertion or self.partner.client(),
        }
        async with await self.post(path, form) as response:
            return response.status, await response.json(content_type=None) or {}

    async def introspect(self, token: str) -> dict[str, Any]:
        """Return what we say of an access token."""
        return (await self.manage("fed/introspect", token))[1]

    async def revoke(self, token: str) -> int:
        """Give a grant back."""
        return (await self.manage("fed/revoke", token))[0]

    async def tell(self, event: str) -> tuple[int, dict[str, Any] | None]:
        """Push an event."""
        headers = {"Host": _HOST, "Content-Type": "application/secevent+jwt"}
        async with self.client.post(
            self.url / "fed/events", data=event.encode(), headers=headers
        ) as response:
            return response.status, await response.json(content_type=None)

    async def ask(
        self, assertion: str | None = None, /, **fields: str
    ) -> tuple[int, dict[str, Any]]:
        """Ask for a grant; return the status and the document."""
        form = {
            "grant_type": JWT_BEARER,
            "assertion": self.partner.assertion() if assertion is None else assertion,
            "resource": RESOURCE,
            "scope": "meeting:join",
            **fields,
        }
        async with await self.post("fed/token", form) as response:
            return response.status, await response.json()


_CLIENT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HOST = HOME.removeprefix("https://")


@asynccontextmanager
async def open_federation_house(
    store: Store, clock: SetClock, folder: Path, *, policy: Policy | None = None, **home: Any
) -> AsyncIterator[FederationHouse]:
    """Open our side and a partner's, each on its own socket."""
    partner, chosen = PartnerInstance(clock), policy or default_policy()
    async with AsyncExitStack() as stack:
        certificate = await stack.enter_async_context(served(partner, folder))
        networks = PartnerNetworks(
            networks=(ip_network("127.0.0.0/8"),), ports=frozenset({URL(partner.issuer).port or 0})
        )
        requests = await stack.enter_async_context(open_requests(networks, ca_file=certificate))
        directory = StatementDirectory(store, clock, partial(requests.get, accept="*/*"))
        exchange = exchange_of(store, clock, directory, chosen, folder / "ring", **home)
        assert isinstance(exchange.signs, LiveRing)
        parts = Protocol(
            pinned=KeyRing.pinned(folder / "ring", create=True),
            ring=exchange.signs,
            exchange=exchange,
            requests=GrantRequests(
                exchange.tools,
                Ending(exchange.tools, exchange.invitations),
                exchange.tokens,
                exchange.home,
            ),
            clock=clock,
        )
        app = make_federation(door_options(public_url=HOME, limits=GENEROUS), parts)
        port = await stack.enter_async_context(serve(app, "127.0.0.1", 0))
        yield FederationHouse(
            store=store,
            clock=clock,
            partner=partner,
            client=await stack.enter_async_context(ClientSession()),
            url=URL(f"http://127.0.0.1:{port}"),
            exchange=exchange,
            directory=directory,
            policy=chosen,
        )


async def plan(
    store: Store,
    now: datetime,
    resource: str,
    *,
    title: str = "Point budget",
    begins: timedelta = timedelta(hours=1),
    lasts: timedelta = timedelta(hours=1),
) -> tuple[Meeting, Occurrence]:
    """Plan a meeting in the Visio room at an address."""
    slug = resource.rpartition("/")[2]
    room = VisioRoom(id=VisioRoomId(uuid4()), slug=slug, url=resource, level=AccessLevel.RESTRICTED)
    meeting = Meeting(
        id=MeetingId(uuid7(now)),
        salon=SALON,
        organiser=ORGANISER,
        title=title,
        source=f"${uuid4()}",
        level=AccessLevel.RESTRICTED,
        state=MeetingState.READY,
        created_at=now,
        room=room,
    )
    occurrence = Occurrence(
        id=OccurrenceId(uuid7(now)),
        meeting=meeting.id,
        start=now + begins,
        end=now + begins + lasts,
        zone="Europe/Paris",
    )
    async with store() as work:
        await work.meetings.add(meeting, occurrence)
    return meeting, occurrence


def exchange_of(
    store: Store,
    clock: Clock,
    directory: StatementDirectory,
    policy: Policy,
    ring: Path,
    **home: Any,
) -> Exchange:
    """Wire the exchange as the composition root does."""
    if not ring.exists():
        KeyRing.create(ring)
    tools = Tools(store, clock, policy)
    here = replace(
        HomeInstance(
            issuer=Issuer(HOME),
            visio="https://visio.example",
            door=DOOR,
            organisation="Ministère A",
            contact="",
            privacy="",
            grants_per_hour=1000,
            approval=timedelta(minutes=15),
        ),
        **home,
    )
    return Exchange(
        tools=tools,
        invitations=Invitations(minter(), tools),
        approvals=Approvals(tools, here),
        tokens=KeyedTokens(directory, clock, here.issuer),
        signs=LiveRing(ring),
        home=here,
    )
