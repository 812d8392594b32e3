"""Direct messages on a homeserver that makes a salon step by step, as they all do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from nio.crypto import OlmAccount

from bot.matrix.direct import Directs
from bot.matrix.state import Rooms
from bot.matrix.store import CryptoStore
from bot.matrix.wire import Wire
from bridge.ids import SalonId, UserId

US, ALICE = UserId("@parvis:a.test"), UserId("@alice:a.test")
SALON = SalonId("!salon:a.test")


class Homeserver:
    """Knows one salon; somebody looks at it when it has its creator, and nobody else yet."""

    def __init__(self) -> None:
        self.made = 0
        self.members = {US: "join"}
        self.directs: dict[str, Any] = {}
        self.rooms: Rooms | None = None

    def app(self) -> web.Application:
        """Return it, to be served."""
        app = web.Application()
        app.router.add_post("/_matrix/client/v3/createRoom", self.create)
        app.router.add_get("/_matrix/client/v3/rooms/{salon}/state", self.state)
        directs = f"/_matrix/client/v3/user/{US}/account_data/m.direct"
        app.router.add_get(directs, self.read)
        app.router.add_put(directs, self.write)
        return app

    async def create(self, request: web.Request) -> web.Response:
        """Make the salon: the sync hears of it before those who are invited are in its state."""
        self.made += 1
        assert self.rooms is not None
        assert not (await self.rooms.get(SALON)).invited
        self.members.update(dict.fromkeys((await request.json())["invite"], "invite"))
        return web.json_response({"room_id": SALON})

    async def state(self, _: web.Request) -> web.Response:
        """Answer what the salon is at this moment."""
        events: list[dict[str, Any]] = [
            {"type": "m.room.create", "state_key": "", "content": {"room_version": "12"}},
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm"}},
        ]
        for user, membership in self.members.items():
            content = {"membership": membership}
            events.append({"type": "m.room.member", "state_key": user, "content": content})
        return web.json_response(events)

    async def read(self, _: web.Request) -> web.Response:
        """Answer which direct messages are known."""
        return web.json_response(self.directs)

    async def write(self, request: web.Request) -> web.Response:
        """Keep which direct messages are known."""
        self.directs = await request.json()
        return web.json_response({})


@pytest.fixture
async def homeserver(tmp_path: Path) -> AsyncIterator[tuple[Homeserver, Directs]]:
    """A homeserver, and the direct messages of an account there."""
    homeserver = Homeserver()
    async with TestServer(homeserver.app()) as server:
        client = nio.AsyncClient(str(server.make_url("")).rstrip("/"), US)
        client.access_token = "token"
        store = CryptoStore(US, "DEVICE", str(tmp_path), "secret", "keys.db")
        store.save_account(OlmAccount())
        wire = Wire(client, timeout=5)
        homeserver.rooms = Rooms(wire, store)
        yield homeserver, Directs(wire, homeserver.rooms, US)
        await client.close()
        store.close()


async def test_what_was_read_of_a_salon_being_made_is_read_again(
    homeserver: tuple[Homeserver, Directs],
) -> None:
    server, directs = homeserver
    assert await directs.get(ALICE) == SALON
    assert await directs.get(ALICE) == SALON
    assert server.made == 1
