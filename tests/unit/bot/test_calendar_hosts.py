"""Calendar hosts that are left alone, or slow, while others are well."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest_asyncio

from bridge.domain.agenda import Due, Handler, Kind
from bridge.domain.calendar import CalendarLogin
from bridge.errors import CalendarBusy
from bridge.ids import UserId
from bridge.ports.calendar_servers import HomeNews
from bridge.services.calendars.turns import AT_ONCE
from bridge.services.calendars.wire import calendars
from tests.doubles.calendars import FakeCalendars
from tests.unit.bot.desk import Desk
from tests.unit.bot.office import ALICE, PACE, Office, world_of

HOUR = timedelta(hours=1)
QUICK = "https://quick.example"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    made = Desk(office.house)
    await made.link()
    return made


async def test_a_host_that_is_left_alone_for_a_day_is_told_once(desk: Desk):
    desk.servers.troubles["look"].extend([CalendarBusy(HOUR)] * 100)
    await desk.later(50 * HOUR)
    told = [one for one in desk.office.private() if "ne répond plus depuis un jour" in one]
    assert len(told) == 1
    await desk.says("!visio agenda état", "state", sender=ALICE)
    assert "ne répond pas bien depuis" in desk.office.private()[-1]


async def test_a_short_pause_is_nothing_to_tell(desk: Desk):
    desk.servers.troubles["look"].append(CalendarBusy(HOUR))
    await desk.poll()
    await desk.says("!visio agenda état", "state", sender=ALICE)
    assert "ne répond pas" not in desk.office.private()[-1]


async def test_after_a_rest_all_is_well_again(desk: Desk):
    desk.servers.troubles["look"].extend([CalendarBusy(HOUR)] * 5)
    await desk.later(9 * HOUR)
    async with desk.house.store.reading() as work:
        account = await work.calendars.account_of(ALICE)
    assert account is not None
    assert account.failures == 0


@dataclass
class HangingCalendars(FakeCalendars):
    """Hosts of which some don't answer until they are let."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def news(self, home: str, login: CalendarLogin, known: bytes) -> HomeNews:
        if not home.startswith(QUICK):
            await self.answers.wait()
        return await super().news(home, login, known)


async def test_a_slow_host_holds_up_no_other(office: Office):
    house, servers = office.house, HangingCalendars()
    desk = Desk(house, servers)
    servers.answers.set()
    for number in range(AT_ONCE + 1):
        await desk.link(UserId(f"@agent-{number}:agent.tchap"))
    bob = UserId("@bob:agent.tchap")
    known = servers.account(f"{QUICK}/bob/", "perso", user="bob")
    await desk.linked(bob, f"{QUICK}/bob/", known.login, f"{QUICK}/bob/perso/")
    servers.answers.clear()
    asked = servers.count("look")

    poll = calendars(house.tools, world_of(servers, ALICE)).handlers[Kind.POLL]
    slow = [
        asyncio.create_task(_poll(desk, poll, UserId(f"@agent-{number}:agent.tchap")))
        for number in range(AT_ONCE + 1)
    ]
    (late,), held = await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
    again = late.result()
    assert again is not None
    assert again < house.clock.now() + PACE.busy
    assert await _poll(desk, poll, bob) is not None
    assert servers.count("look") == asked + 1
    servers.answers.set()
    await asyncio.gather(*held)
    assert servers.count("look") == asked + 1 + AT_ONCE


async def _poll(desk: Desk, poll: Handler, user: UserId) -> datetime | None:
    async with desk.house.store.reading() as work:
        account = await work.calendars.account_of(user)
    assert account is not None
    return await poll(Due(Kind.POLL, str(account.id), desk.house.clock.now()))
