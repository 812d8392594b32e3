"""Typing is shown while an answer is on its way, and nothing depends on it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import nio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.matrix.signs import TypingSigns
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId

US, SALON = UserId("@parvis:a.test"), SalonId("!s:a.test")


@dataclass
class Homeserver:
    """Takes typing notices, when it answers at all."""

    seen: list[bool] = field(default_factory=list)
    status: int = 200
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def typing(self, request: web.Request) -> web.Response:
        """Record the typing signs that a salon is shown."""
        body = await request.json()
        self.came.set()
        await self.answers.wait()
        self.seen.append(body["typing"])
        assert body.get("timeout", 0) <= 10_000
        return web.json_response({}, status=self.status)


@pytest.fixture
async def homeserver() -> AsyncIterator[tuple[Homeserver, TypingSigns]]:
    made = Homeserver()
    app = web.Application()
    app.router.add_put(f"/_matrix/client/v3/rooms/{SALON}/typing/{US}", made.typing)
    async with TestServer(app) as server:
        client = nio.AsyncClient(str(server.make_url("")).rstrip("/"), US)
        signs = TypingSigns(MatrixWire(client, timeout=5), US)
        try:
            yield made, signs
        finally:
            made.answers.set()
            await signs.close()
            await client.close()


async def done(signs: TypingSigns) -> None:
    """Return once every notice was answered."""
    while signs.busy:
        await asyncio.wait(signs.busy)


async def test_it_is_shown_until_something_is_said(homeserver: tuple[Homeserver, TypingSigns]):
    made, signs = homeserver
    signs.begin(SALON)
    await made.came.wait()
    signs.over(SALON)  # the answer was quicker: the end must not arrive before the beginning
    signs.over(SALON)
    made.answers.set()
    await done(signs)
    assert made.seen == [True, False]


async def test_two_commands_show_it_once(homeserver: tuple[Homeserver, TypingSigns]):
    made, signs = homeserver
    signs.begin(SALON)
    signs.begin(SALON)
    made.answers.set()
    await done(signs)
    assert made.seen == [True]
    signs.begin(SALON)  # clients may have forgotten it meanwhile
    await done(signs)
    assert made.seen == [True, True]


async def test_nothing_is_shown_where_nothing_was_begun(homeserver: tuple[Homeserver, TypingSigns]):
    made, signs = homeserver
    signs.over(SALON)
    assert (signs.busy, made.seen) == (set(), [])


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_a_refusal_is_nobodys_trouble(
    homeserver: tuple[Homeserver, TypingSigns], status: int
):
    made, signs = homeserver
    made.status = status
    made.answers.set()
    signs.begin(SALON)
    await done(signs)
    assert made.seen == [True]  # and it is not tried again


async def test_a_homeserver_that_hangs_holds_nobody_up(homeserver: tuple[Homeserver, TypingSigns]):
    made, signs = homeserver
    signs.begin(SALON)
    await made.came.wait()
    await signs.close()
    assert signs.busy == set()
