"""The front door alone: `python -m benchmarks.door_server PORT DATABASE SYNCHRONOUS [WAY]`.

It runs as in the program: with its store, its middleware, its log. Only its limits are raised out
of reach, since all the load comes from one network; requests are still counted.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.machine import pin
from bridge.clock import Clock, SystemClock
from bridge.domain.codes import Minter
from bridge.domain.policy import Policy, Way
from bridge.services.enforcement.ejection import Ejections
from bridge.services.people import AgentNames
from bridge.services.seats.decisions import Seats
from bridge.services.visits.arrivals import Admissions
from bridge.store import Store, Synchronous, Vault, open_store
from config.logs import configure
from federation.door.app import make_app
from federation.door.listen import serve
from federation.door.settings import DoorLimits, DoorOptions, Rate
from tests.doubles.ports import FakeMedia, FakePasses

_NO_LIMIT = Rate(10**9, 60)


async def main(port: int, database: str, synchronous: Synchronous, way: Way) -> None:
    """Serve until the process is ended."""
    clock = SystemClock()
    settings = DoorOptions(
        public_url=f"http://127.0.0.1:{port}",
        visio_origin="https://visio.example",
        limits=DoorLimits(
            requests=_NO_LIMIT,
            entries=_NO_LIMIT,
            per_code=_NO_LIMIT,
            misses=_NO_LIMIT,
            streams=10**9,
        ),
    )
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(
                f"sqlite:///{database}",
                vault=Vault({"k1": bytes(32)}, "k1"),
                synchronous=synchronous,
            )
        )
        policy = Policy(way=way)
        app = make_app(
            settings,
            Admissions(store, clock, policy),
            people=AgentNames(store),
            minter=Minter({"k1": bytes(32)}, "k1"),
            clock=clock,
            seats=_seats(store, clock, policy) if way is Way.LIVEKIT else None,
        )
        await stack.enter_async_context(serve(app, "127.0.0.1", port))
        print("READY", flush=True)
        await asyncio.Event().wait()


def _seats(store: Store, clock: Clock, policy: Policy) -> Seats:
    """Return a service that never calls its media server: nobody's time is over."""
    ejections = Ejections(store, clock, policy, FakeMedia())
    return Seats(store, clock, policy, ejections, FakePasses(), "wss://media.example")


if __name__ == "__main__":
    pin(0)
    level: Synchronous = "FULL" if sys.argv[3] == "FULL" else "NORMAL"
    chosen = Way(sys.argv[4]) if len(sys.argv) > 4 else Way.REDIRECT
    with Path(os.devnull).open("w") as nowhere:
        configure(level="info", form="json", stream=nowhere)
        asyncio.run(main(int(sys.argv[1]), sys.argv[2], level, chosen))
