"""A door, a real LiveKit server, and a real nginx in front of it, as documented."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, WSServerHandshakeError

from bridge.clock import SystemClock
from bridge.domain.seat import Seat
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitAccess, LiveKitPasses, LiveKitRooms
from bridge.ports import UnitsOfWork
from tests.door.house import House, Link, enter, open_house
from tests.servers.certificates import write_self_signed
from tests.servers.livekit import LiveKit
from tests.servers.livekit_signal import JOIN_REQUEST, joined
from tests.servers.nginx import documented, fitted, nginx
from tests.servers.ports import free_ports
from tests.wiring import Media

GUIDE = Path(__file__).parents[2] / "docs" / "operator.md"
CLOCK = SystemClock()
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
JOINS = {"join_request": JOIN_REQUEST}
Params = Mapping[str, str]


@dataclass(frozen=True)
class Ask:
    """One way to use a token that is not signalling itself."""

    method: str
    path: str
    params: Params
    body: str | None = None


ASKS = (
    Ask("GET", "/rtc/validate", {}),
    Ask("GET", "/rtc/v1/validate", JOINS),
    Ask("POST", "/whip/v1", {}, SDP),
    Ask("PATCH", "/whip/v1/PA_nobody", {}, "a=ice-ufrag:x\r\n"),
    Ask("DELETE", "/whip/v1/PA_nobody", {}),
)


@dataclass
class Site:
    """A door, a media server, and the proxy in front of the media server."""

    house: House
    server: LiveKit
    folder: Path
    port: int
    web: ClientSession

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def seated(self, link: Link | None = None) -> tuple[Seat, str]:
        """Admit a guest, as the salon does; return their pass too."""
        link = link or await self.house.invite()
        async with self.house.browser() as browser:
            path = await enter(browser, link.code)
            await self.house.decide(path)
            async with browser.post(f"{path}/pass") as answer:
                token = str((await answer.json())["token"])
        async with self.house.works.reading() as work:
            (seat,) = await work.seats.held(link.occurrence.id)
        return seat, token

    def token(self, key: LiveKitAccess, identity: str, room: str) -> str:
        """Return a token as LiveKit may have renewed it, signed with either of its keys."""
        grant = {"room": room, "roomJoin": True, "canPublish": True}
        claims = {"sub": identity, "name": "N", "video": grant}
        life = timedelta(minutes=10)
        return key.token(claims, now=CLOCK.now(), life=life).get_secret_value()

    async def status(self, ask: Ask, token: str, *, url: str | None = None) -> tuple[int, str]:
        """Send a request with its token in the query, and return the answer."""
        kind = {"Content-Type": "application/sdp"} if ask.body is not None else {}
        async with self.web.request(
            ask.method,
            f"{url or self.url}{ask.path}",
            params={"access_token": token, **ask.params},
            headers=kind,
            data=ask.body,
        ) as answer:
            return answer.status, await answer.text()

    async def connects(self, path: str, token: str, **more: str) -> int:
        """Return the status for a WebSocket: 101 if it gets in."""
        try:
            async with joined(self.web, self.url, token, path=path, **more):
                return HTTPStatus.SWITCHING_PROTOCOLS
        except WSServerHandshakeError as error:
            return error.status

    async def head(self, request: bytes) -> bytes:
        """Send bytes and return the head of the answer."""
        trusted = trusting(self.folder)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=trusted)
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return answer


@asynccontextmanager
async def a_door(works: UnitsOfWork, server: LiveKit, *, url: str = "") -> AsyncIterator[House]:
    """A door whose meetings began five minutes ago: the media server's clock can't be set.

    `url` is the media server's address for browsers, if it is not its own.
    """
    async with open_session(max_body=MAX_ANSWER) as session:
        rooms = LiveKitRooms(session, server.ours, clock=CLOCK)
        media = Media(rooms, LiveKitPasses(server.ours), url or server.ws_url)
        began = CLOCK.now() - timedelta(minutes=65)
        async with open_house(works, media=media, now=began) as house:
            house.clock.set(CLOCK.now())
            yield house


def trusting(folder: Path) -> ssl.SSLContext:
    """Return a context that trusts the proxy's certificate."""
    return ssl.create_default_context(cafile=str(folder / "livekit.pem"))


def configuration(folder: Path, house: House, server: LiveKit, port: int) -> str:
    """Return the documented configuration with this machine's addresses and files."""
    return fitted(
        documented(GUIDE, "auth_request"),
        {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "/etc/ssl/": f"{folder}/",
            "/var/log/nginx/": f"{folder}/",
            "http://127.0.0.1:7880": server.url,
            "http://127.0.0.1:8080": house.url,
            "invitations.example.gouv.fr": house.url.removeprefix("http://"),
        },
    )


@asynccontextmanager
async def a_site(
    house: House, server: LiveKit, folder: Path, *, port: int = 0, without: str = ""
) -> AsyncIterator[Site]:
    """Run the proxy for the block; `without` removes the lines that contain it."""
    folder.mkdir()
    write_self_signed(folder / "livekit.pem", folder / "livekit.key")
    port = port or free_ports(1)[0]
    lines = configuration(folder, house, server, port).splitlines()
    kept = "\n".join(line for line in lines if not without or without not in line)
    async with AsyncExitStack() as stack:
        stack.enter_context(nginx(folder, kept, port))
        connector = TCPConnector(ssl=trusting(folder))
        web = await stack.enter_async_context(ClientSession(connector=connector))
        yield Site(house, server, folder, port, web)
