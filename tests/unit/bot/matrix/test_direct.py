"""Direct messages on a homeserver that makes a salon step by step, as they all do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import nio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from nio.crypto import OlmAccount

from bot.matrix.direct import Directs
from bot.matrix.directmaking import MakingDirects
from bot.matrix.errors import MatrixTrouble, Refusal, Unanswered
from bot.matrix.state import Rooms
from bot.matrix.store import CryptoStore
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId
from tests.contract.store_samples import START
from tests.doubles.clocks import SetClock

US, ALICE = UserId("@parvis:a.test"), UserId("@alice:a.test")
SALON = SalonId("!salon:a.test")


class Homeserver:
    """Knows one salon; somebody looks at it when it has its creator, and nobody else yet."""

    def __init__(self) -> None:
        self.made = 0
        self.asked = 0
        self.looked = 0
        self.answers: list[int | None] = []
        """The fate of requests for a salon, before all is well: a status instead of making it,
        or `None`: made, and the answer lost."""
        self.members = {US: "join"}
        self.directs: dict[str, Any] = {}
        self.deaf = False
        """Whether it keeps nothing that it is told about direct messages."""
        self.rooms: Rooms | None = None

    def app(self) -> web.Application:
        """Return it, to be served."""
        app = web.Application()
        app.router.add_post("/_matrix/client/v3/createRoom", self.create)
        app.router.add_get("/_matrix/client/v3/rooms/{salon}/state", self.state)
        directs = f"/_matrix/client/v3/user/{US}/account_data/m.direct"
        app.router.add_get("/_matrix/client/v3/sync", self.sync)
        app.router.add_get(directs, self.read)
        app.router.add_put(directs, self.write)
        return app

    async def create(self, request: web.Request) -> web.Response:
        """Make the salon: the sync hears of it before those who are invited are in its state."""
        self.asked += 1
        fault = self.answers.pop(0) if self.answers else 200
        if fault not in (200, None):
            return web.json_response({"errcode": "M_UNKNOWN"}, status=fault)
        self.made += 1
        assert self.rooms is not None
        assert not (await self.rooms.get(SALON)).invited
        self.members.update(dict.fromkeys((await request.json())["invite"], "invite"))
        if fault is None:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"room_id": SALON})

    async def sync(self, _: web.Request) -> web.Response:
        """Answer who made each salon that we are in."""
        self.looked += 1
        create = {"type": "m.room.create", "state_key": "", "sender": US, "content": {}}
        ours = {"state": {"events": [create]}}
        theirs = {"state": {"events": [{**create, "sender": ALICE}]}}
        rooms: dict[str, Any] = {"!theirs:a.test": theirs}
        if self.made:
            rooms[SALON] = ours
        return web.json_response({"next_batch": "s1", "rooms": {"join": rooms}})

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
        if self.deaf:
            return web.json_response({"errcode": "M_UNKNOWN"}, status=500)
        self.directs = await request.json()
        return web.json_response({})


@dataclass
class Account:
    """The direct messages of an account at a homeserver."""

    homeserver: Homeserver
    wire: MatrixWire
    store: CryptoStore
    clock: SetClock

    def start(self) -> Directs:
        """Start a process with the same keys: what was in memory is gone."""
        rooms = self.homeserver.rooms = Rooms(self.wire, self.store)
        making = MakingDirects(self.wire, rooms, self.store, self.clock)
        return Directs(self.wire, rooms, US, making)


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[Account]:
    homeserver = Homeserver()
    async with TestServer(homeserver.app()) as server:
        client = nio.AsyncClient(str(server.make_url("")).rstrip("/"), US)
        client.access_token = "token"
        store = CryptoStore(US, "DEVICE", str(tmp_path), "secret", "keys.db")
        store.save_account(OlmAccount())
        yield Account(homeserver, MatrixWire(client, timeout=5), store, SetClock(START))
        await client.close()
        store.close()


async def test_what_was_read_of_a_salon_being_made_is_read_again(account: Account) -> None:
    directs = account.start()
    assert await directs.get(ALICE) == SALON
    assert await directs.get(ALICE) == SALON
    assert (account.homeserver.made, account.homeserver.looked) == (1, 0)


@pytest.mark.parametrize("restarted", [False, True])
async def test_one_whose_answer_was_lost_is_found(account: Account, restarted: bool) -> None:
    account.homeserver.answers = [None]
    directs = account.start()
    with pytest.raises(Unanswered):
        await directs.get(ALICE)
    if restarted:
        directs = account.start()
    assert await directs.get(ALICE) == SALON
    assert await directs.get(ALICE) == SALON
    assert (account.homeserver.asked, account.homeserver.looked) == (1, 1)
    assert account.homeserver.directs == {ALICE: [SALON]}


async def test_killed_before_it_is_noted_it_is_found(account: Account) -> None:
    directs = account.start()
    account.homeserver.deaf = True
    with pytest.raises(MatrixTrouble):
        await directs.get(ALICE)
    account.homeserver.deaf = False
    assert await account.start().get(ALICE) == SALON
    assert account.homeserver.asked == 1


async def test_while_it_may_still_be_made_no_other_is_asked_for(account: Account) -> None:
    """A proxy gave up on a homeserver that is slow, or that never heard of it."""
    account.homeserver.answers = [504]
    directs = account.start()
    waited = []
    for _ in range(20):
        try:
            await directs.get(ALICE)
            break
        except Unanswered as later:
            waited.append(later.after)
            account.clock.forward(timedelta(seconds=later.after))
            assert account.homeserver.asked == 1
    assert account.homeserver.asked == 2, "it never came: another one"
    assert sum(waited) >= 120
    assert waited[:4] == [5, 5, 10, 20]
    assert account.homeserver.looked == len(waited)


async def test_a_proxy_that_could_not_pass_it_on_is_asked_again_at_once(account: Account) -> None:
    account.homeserver.answers = [502, 503]
    directs = account.start()
    for _ in range(2):
        with pytest.raises(Refusal):
            await directs.get(ALICE)
    assert await directs.get(ALICE) == SALON
    assert (account.homeserver.asked, account.homeserver.looked) == (3, 2)


async def test_what_was_refused_is_nowhere_to_be_found(account: Account) -> None:
    account.homeserver.answers = [403, 429, 200]
    directs = account.start()
    for _ in range(2):
        with pytest.raises(MatrixTrouble):
            await directs.get(ALICE)
    assert await directs.get(ALICE) == SALON
    assert account.homeserver.looked == 0
