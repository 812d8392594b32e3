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
from bridge.clock import SystemClock
from bridge.domain.admission import LIVEKIT, MODES, AdmissionMode
from bridge.domain.codes import Minter
from bridge.services.enforcement.wire import Enforcement
from bridge.services.invitations.invitations import Invitations
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.people import AgentNames
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.seats.modes import SalonAdmits, VisioAdmits
from bridge.services.tools import Tools
from bridge.store import Synchronous, Vault, open_store
from config.logs import configure
from federation.door.app import make_app
from federation.door.listen import serve
from federation.door.settings import Rate
from tests.defaults import default_policy, door_limits, door_options
from tests.doubles.ports import FakeMedia, FakePasses, FakeWebhooks

_NO_LIMIT = Rate(10**9, 60)


async def main(port: int, database: str, synchronous: Synchronous, mode: AdmissionMode) -> None:
    """Serve until the process is ended."""
    clock = SystemClock()
    settings = door_options(
        public_url=f"http://127.0.0.1:{port}",
        visio_origin="https://visio.example",
        limits=door_limits(
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
        tools = Tools(store, clock, default_policy(mode=mode))
        app = make_app(
            settings,
            tools,
            people=AgentNames(store),
            minter=Minter({"k1": bytes(32)}, "k1"),
            admitting=_salon(tools) if mode is LIVEKIT else VisioAdmits(),
        )
        await stack.enter_async_context(serve(app, "127.0.0.1", port))
        print("READY", flush=True)
        await asyncio.Event().wait()


def _salon(tools: Tools) -> SalonAdmits:
    """Return a mode that never calls its media server: nobody's time is over."""
    enforcement = Enforcement.of(tools, FakeMedia(), FakeWebhooks())
    seats = Seats(tools, enforcement.ejections, FakePasses(), "wss://media.example")
    invitations = Invitations(Minter({"k1": bytes(32)}, "k1"), tools)
    endings = Endings(tools=tools, media=None, meetings=Meetings(tools), invitations=invitations)
    return SalonAdmits(tools=tools, seats=seats, endings=endings, enforcement=enforcement)


if __name__ == "__main__":
    pin(0)
    level: Synchronous = "FULL" if sys.argv[3] == "FULL" else "NORMAL"
    chosen = {one.name: one for one in MODES}[sys.argv[4] if len(sys.argv) > 4 else "redirect"]
    with Path(os.devnull).open("w") as nowhere:
        configure(level="info", form="json", stream=nowhere)
        asyncio.run(main(int(sys.argv[1]), sys.argv[2], level, chosen))
