"""A direct message with somebody whose homeserver hangs holds nobody else up."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from nio.crypto import OlmAccount

from bot.matrix.direct import Directs
from bot.matrix.directmaking import MakingDirects
from bot.matrix.errors import Unreachable
from bot.matrix.places import DirectSalons
from bot.matrix.state import Rooms
from bot.matrix.store import CryptoStore
from bot.matrix.wire import MatrixWire
from bridge.clock import SystemClock
from bridge.ids import SalonId, UserId, server_of

US = UserId("@parvis:a.test")
HUNG = "hung.test"


class Homeserver:
    """Makes salons; who is at a homeserver that hangs is invited once that answers."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        self.answers = asyncio.Event()

    def app(self) -> web.Application:
        """Return it, to be served."""
        app = web.Application()
        app.router.add_post("/_matrix/client/v3/createRoom", self.create)
        app.router.add_get("/_matrix/client/v3/rooms/{salon}/state", self.state)
        directs = f"/_matrix/client/v3/user/{US}/account_data/m.direct"
        app.router.add_get(directs, self.directs)
        app.router.add_put(directs, self.directs)
        return app

    async def create(self, request: web.Request) -> web.Response:
        """Make a salon."""
        [invited] = (await request.json())["invite"]
        salon = f"!{len(self.made)}:a.test"
        self.made[salon] = invited
        if server_of(invited) == HUNG:
            await self.answers.wait()
        return web.json_response({"room_id": salon})

    async def state(self, request: web.Request) -> web.Response:
        """Answer who is in a salon."""
        events: list[dict[str, Any]] = [
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm"}},
        ]
        invited = self.made[request.match_info["salon"]]
        for user, membership in ((US, "join"), (invited, "invite")):
            content = {"membership": membership}
            events.append({"type": "m.room.member", "state_key": user, "content": content})
        return web.json_response(events)

    async def directs(self, _: web.Request) -> web.Response:
        """Know none."""
        return web.json_response({})


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[tuple[Homeserver, DirectSalons]]:
    """A homeserver, and where the account speaks to one person alone."""
    homeserver = Homeserver()
    async with TestServer(homeserver.app()) as server:
        client = nio.AsyncClient(str(server.make_url("")).rstrip("/"), US)
        store = CryptoStore(US, "DEVICE", str(tmp_path), "secret", "keys.db")
        store.save_account(OlmAccount())
        wire = MatrixWire(client, timeout=30)
        rooms = Rooms(wire, store)
        making = MakingDirects(wire, rooms, store, SystemClock())
        places = DirectSalons(Directs(wire, rooms, US, making), patience=0.1)
        yield homeserver, places
        await places.close()
        homeserver.answers.set()
        await client.close()
        store.close()


async def test_whoever_is_at_a_homeserver_that_hangs_waits_alone(
    lab: tuple[Homeserver, DirectSalons],
) -> None:
    homeserver, places = lab
    people = [UserId(f"@p{number}:{HUNG}") for number in range(30)]
    found = await asyncio.gather(*map(places.get, people), return_exceptions=True)
    assert all(isinstance(each, Unreachable) for each in found)
    places._patience = 30.0
    well = await places.get(UserId("@alice:b.test"))
    assert homeserver.made[well] == "@alice:b.test"


async def test_whoever_comes_again_finds_what_was_made_meanwhile(
    lab: tuple[Homeserver, DirectSalons],
) -> None:
    homeserver, places = lab
    paul = UserId(f"@paul:{HUNG}")
    for _ in range(3):
        with pytest.raises(Unreachable):
            await places.get(paul)
    homeserver.answers.set()
    places._patience = 30.0
    assert await places.get(paul) == SalonId("!0:a.test")
    assert len(homeserver.made) == 1
