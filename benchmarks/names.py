"""How long others read another name of a guest than the admitted one."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from aiohttp import ClientSession

from benchmarks.eject_stage import CLOCK, GUESTS, Stage, opened
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median
from bridge.domain.looks import Look
from bridge.domain.seat import Seat
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitRooms
from config.logs import configure
from tests.servers.livekit_signal import joined

BOUNDS = {"name.restored": Bound("value", "≤", 2, "s")}
_ONE_BY_ONE = 20
_LIE = Look("Bob Durand", {"room_role": "owner", "is_authenticated": "true"})
_PATIENCE = 60.0


async def measure(options: Options) -> Sequence[Measure]:
    """Change guests one by one, at every phase of the poll each second, then all at once."""
    configure(level="error", form="json", stream=sys.stderr)  # each restoration logs a line
    async with opened() as stage, _inside(stage) as seats, open_session(max_body=MAX_ANSWER) as web:
        visio = LiveKitRooms(web, stage.server.visio, clock=CLOCK)
        count = options.rounds(_ONE_BY_ONE)
        found = []
        for number, seat in enumerate(seats[:count]):
            await asyncio.sleep(number / count)
            found += await _restored(stage, visio, [seat])
        together = await _restored(stage, visio, seats)
    return [
        Measure("name.restored", max(found), "s"),
        Measure("name.restored.p50", median(found), "s"),
        Measure("name.restored.all", max(together), "s"),
    ]


@asynccontextmanager
async def _inside(stage: Stage) -> AsyncIterator[list[Seat]]:
    """Have fifty guests inside, by signalling alone, for the block."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        seats = []
        for seat, token in (await stage.admitted()).values():
            await stack.enter_async_context(joined(session, stage.server.url, token))
            seats.append(seat)
        assert len(seats) == GUESTS
        yield seats


async def _restored(stage: Stage, visio: LiveKitRooms, seats: Sequence[Seat]) -> list[float]:
    """Change how these are seen, with Visio's key; return how long until each was restored."""
    room = seats[0].room
    changes = (visio.restore(one.room, one.identity, _LIE) for one in seats)
    assert all(await asyncio.gather(*changes))
    began = monotonic()
    lying = {one.identity: one.look for one in seats}
    found = []
    async with asyncio.timeout(_PATIENCE):
        while lying:
            for one in await stage.rooms.participants(room):
                right = lying.get(one.identity)
                if right is not None and right.amends(one.look) is None:
                    del lying[one.identity]
                    found.append(monotonic() - began)
            await asyncio.sleep(0.01)
    return found


SUBJECT = Subject("names", measure, BOUNDS)
