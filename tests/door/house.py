"""A door on a real socket and a real database, with a clock that can be set."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from aiohttp import ClientSession, CookieJar, web
from prometheus_client import CollectorRegistry

from bridge.clock import Clock, Steps
from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT, REDIRECT
from bridge.domain.authority import ABSENT, Membership
from bridge.domain.cause import Actor, Cause
from bridge.domain.codes import Minter
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence, VisioRoom
from bridge.domain.policy import Policy
from bridge.domain.scope import OneOccurrence
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisioRoomId,
    VisitId,
    uuid7,
)
from bridge.ports import UnitsOfWork
from bridge.ports.federation import PartnerProviders
from bridge.services.calendars.linking import Linking
from bridge.services.enforcement.ejection import Ejections
from bridge.services.enforcement.polling import Polling
from bridge.services.host_page.links import HostLinks, code_of
from bridge.services.seats.decisions import Seats
from bridge.services.seats.modes import Admitting
from bridge.services.tools import Tools
from bridge.services.visits.proofs import code_of as mailed_code
from federation.door.app import Subscribe, make_app
from federation.door.listen import serve
from federation.door.people import LocalParts
from federation.door.settings import DoorOptions, Notices, Rate
from tests.defaults import default_policy, door_limits, door_options
from tests.doubles.clocks import RunningClock
from tests.servers.ports import free_ports
from tests.services.admissions import held
from tests.wiring import Lobby, Media, admitting, enforcement_of, minter, seats_of

TODAY = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
START = TODAY + timedelta(hours=1)
OPENS = START - timedelta(minutes=10)
ORGANISER = UserId("@jean.dupont-beta.gouv.fr:agent.example")
GENEROUS = door_limits(requests=Rate(10**6, 60), entries=Rate(10**5, 60), misses=Rate(10**5, 60))


@dataclass(frozen=True)
class Link:
    """An invitation with the secret that only its guest knows."""

    code: str
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence


@dataclass
class House:
    """A door with its database and its neighbour Visio, for tests."""

    url: str
    visio: str
    clock: RunningClock
    works: UnitsOfWork
    registry: CollectorRegistry
    steps: Steps
    """Tells the door that the clock was set, at the next check."""
    mode: Admitting
    policy: Policy
    start: datetime = START
    """When meetings start."""
    minter: Minter = field(default_factory=minter)

    @property
    def seats(self) -> Seats:
        """If the salon admits."""
        return seats_of(self.mode)

    @property
    def ejections(self) -> Ejections:
        """Ejects guests, if we hold a key of the media server."""
        return enforcement_of(self.mode).ejections

    @property
    def polling(self) -> Polling:
        """Polls rooms, if we hold a key of the media server."""
        return enforcement_of(self.mode).polling

    @property
    def tools(self) -> Tools:
        """The tools of the door's use cases."""
        return Tools(self.works, self.clock, self.policy)

    async def invite(self, *, title: str = "Point budget", ready: bool = True) -> Link:
        now = self.clock.now()
        meeting = self.meeting(title, now)
        if not ready:
            meeting = replace(meeting, room=None, state=MeetingState.ASKED)
        occurrence = Occurrence(
            id=OccurrenceId(uuid7(now)),
            meeting=meeting.id,
            start=self.start,
            end=self.start + timedelta(hours=1),
            zone="Europe/Paris",
        )
        async with self.works() as work:
            await work.meetings.add(meeting, occurrence)
        return await self.invite_to(meeting, occurrence)

    async def invite_to(self, meeting: Meeting, occurrence: Occurrence) -> Link:
        now = self.clock.now()
        identity = InvitationId(uuid7(now))
        invitation = Invitation(
            id=identity,
            meeting=meeting.id,
            scope=OneOccurrence(occurrence.id),
            invited_by=ORGANISER,
            created_at=now,
            key="k1",
            digest=self.minter.digest(identity, 0, "k1"),
            name="Claire Martin",
            email="claire.martin@partenaire.example",
        )
        async with self.works() as work:
            await work.invitations.add(invitation)
        return Link(self.minter.code(identity, 0, "k1"), invitation, meeting, occurrence)

    def meeting(self, title: str, now: datetime) -> Meeting:
        room = VisioRoom(
            id=VisioRoomId(uuid4()),
            slug="abc-defg-hij",
            url=f"{self.visio}/abc-defg-hij",
            level=AccessLevel.TRUSTED,
        )
        return Meeting(
            id=MeetingId(uuid7(now)),
            salon=SalonId("!salon:agent.example"),
            organiser=ORGANISER,
            title=title,
            source=EventId(f"${uuid4().hex}"),
            level=AccessLevel.TRUSTED,
            state=MeetingState.READY,
            created_at=now,
            room=room,
        )

    async def save(self, changed: Invitation | Meeting | Occurrence) -> None:
        async with self.works() as work:
            match changed:
                case Invitation():
                    await work.invitations.save(changed)
                case Meeting():
                    await work.meetings.save(changed)
                case Occurrence():
                    await work.meetings.save_occurrence(changed)

    async def host_link(self, occurrence: Occurrence, user: UserId = ORGANISER) -> str:
        """Return the code of a new link to the host's page, as `!visio accueil` sends it."""
        links = HostLinks(self.minter, replace(self.tools, policy=default_policy(mode=LIVEKIT)))
        async with self.works() as work:
            meeting = await work.meetings.get(occurrence.meeting)
            assert meeting is not None
            assert meeting.salon is not None
            here = {meeting.salon: Membership(present=True)}
            asked = Cause(key=uuid4().hex, actor=Actor(name=user, memberships=here))
            return code_of(await links.issue(work, asked, meeting, occurrence), self.minter)

    async def leaves(self, salon: SalonId) -> None:
        """Have the holders of a salon's host links leave it."""
        async with self.works() as work:
            for link in await work.hosts.of_salon(salon):
                await work.hosts.stand(link.id, ABSENT)

    async def code(self, url: str) -> str:
        """Return the code mailed for the visit at this address."""
        visit = VisitId(UUID(hex=url.partition("/m/")[2][:32]))
        async with self.works.reading() as work:
            challenge = await work.challenges.last(visit)
        assert challenge is not None
        return mailed_code(challenge, self.minter)

    async def decide(self, path: str, *, admit: bool = True) -> None:
        """Answer, as an agent in the salon, about the visit at this path."""
        visit = VisitId(UUID(hex=path.rpartition("/")[2]))
        async with self.works() as work:
            decided = await self.seats.decide(
                work, await held(work, visit, self.tools.policy), admit=admit, by=ORGANISER
            )
        assert decided.first, decided

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator[ClientSession]:
        """A client that stores cookies, follows no redirect, and sends the origin of its forms."""
        sent = {"Origin": self.url, "Accept-Language": "fr"} | headers
        jar = CookieJar(unsafe=True)
        async with ClientSession(self.url, headers=sent, cookie_jar=jar) as session:
            yield session


async def enter(session: ClientSession, code: str, name: str = "Claire Martin") -> str:
    """Send the form; return the path of the visit."""
    async with session.post(f"/j/{code}", data={"name": name}, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"]


@asynccontextmanager
async def visio_neighbour() -> AsyncIterator[str]:
    """Another origin on another site, to which guests are sent."""

    async def room(request: web.Request) -> web.Response:
        page = f"<!doctype html><title>Visio</title><h1>Visio {request.path}</h1>"
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/{slug:.*}", room)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_house(
    works: UnitsOfWork,
    change: Callable[[DoorOptions], DoorOptions] = lambda settings: settings,
    *,
    media: Media | None = None,
    lobby: Lobby | None = None,
    now: datetime = TODAY,
    news: Subscribe | None = None,
    linking: Callable[[Tools], Linking] | None = None,
    providers: Callable[[Clock], PartnerProviders] | None = None,
) -> AsyncIterator[House]:
    """Open the door for the block; with `media`, guests wait and meet on its own page.

    With `lobby`, Visio's host admits them there. Meetings start an hour after `now`. `news` tells
    the door of this process's changes. `linking` serves the page on which agents link calendars;
    at `providers`, which get the door's clock, partners' people sign in.
    """
    async with visio_neighbour() as visio:
        (port,) = free_ports(1)
        clock = RunningClock(now)
        policy = default_policy(mode=REDIRECT if media is None else LIVEKIT)
        if lobby is not None:
            policy = default_policy(mode=KNOCK_KEYED if media is not None else KNOCK)
        tools = Tools(works, clock, policy)
        mode = admitting(tools, media=media, lobby=lobby)
        house = House(
            f"http://127.0.0.1:{port}",
            visio,
            clock,
            works,
            CollectorRegistry(),
            Steps(clock),
            mode,
            policy,
            start=now + timedelta(hours=1),
        )
        settings = door_options(
            public_url=house.url,
            visio_origin=visio,
            limits=GENEROUS,
            notices=NOTICES,
        )
        app = make_app(
            change(settings),
            tools,
            people=LocalParts(),
            minter=house.minter,
            registry=house.registry,
            admitting=mode,
            news=news,
            steps=house.steps,
            linking=None if linking is None else linking(tools),
            providers=None if providers is None else providers(clock),
        )
        async with serve(app, "127.0.0.1", port):
            yield house


NOTICES = Notices(
    organisation="Direction des achats",
    accessibility="https://exemple.gouv.fr/accessibilite",
    legal="https://exemple.gouv.fr/mentions-legales",
    privacy="https://exemple.gouv.fr/donnees-personnelles",
    kept_days=7,
)
