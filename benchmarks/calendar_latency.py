"""A change in a calendar on a real Radicale, until the card shows it.

The poll interval is the operator's; measured is what comes on top of it: from the moment at which
the account is to be looked at, until the bot has sent the card's edit and what it says of it.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bridge.caldav.servers import DavCalendars, open_calendars
from bridge.clock import SystemClock
from bridge.domain.calendar import CalendarLogin
from bridge.metrics import Metrics
from bridge.store import open_store
from bridge.store.schema import migrate
from tests.contract.store_samples import vault
from tests.doubles.clocks import SetClock
from tests.servers.calendars import on_loopback
from tests.servers.radicale import radicale
from tests.services.house import House
from tests.unit.bot.desk import Desk
from tests.unit.bot.office import ALICE, START

_FIRST = datetime(2026, 12, 2, 9)  # noqa: DTZ001 - a time on the clocks of the zone


async def followed(folder: Path, rounds: int) -> Sequence[float]:
    """Move an event so many times; return the seconds until its card showed each."""
    address = f"sqlite:///{folder}/latency.db"
    await migrate(address)
    clock = SetClock(START)
    with radicale(folder) as server:
        networks, login = on_loopback(server.url), server.login("alice")
        async with (
            open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as servers,
            open_store(address, vault=vault(), clock=clock) as store,
        ):
            made = await servers.create(server.home("alice"), login, "Réunions")
            desk = Desk(House(store, clock), real=servers)
            await desk.linked(ALICE, server.home("alice"), login, made.url)
            await desk.says('!visio demain 14h30 "Budget"')
            return [
                await _moved(desk, servers, made.url, login, _FIRST + timedelta(minutes=15 * n))
                for n in range(rounds)
            ]


async def _moved(
    desk: Desk, servers: DavCalendars, url: str, login: CalendarLogin, to: datetime
) -> float:
    """Move the only event as another client would; return the seconds until that shows."""
    ((href, etag),) = (await servers.listing(url, login)).items()
    text = (await servers.fetch(url, login, [href]))[href].text
    event = replace(await desk.texts.read(text), start=to)
    written = await desk.texts.write(event, text, stamp=desk.house.clock.now())
    await servers.put(url, login, href, written, etag)
    began = time.perf_counter()
    await desk.poll()
    took = time.perf_counter() - began
    assert await desk.walls() == [f"{to:%m-%d %H:%M}"]
    assert any(f"{to:%Hh%M}" in body for body in desk.office.bodies())
    return took
