"""Concurrent changes of one meeting: each waits for its turn, none for ever."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act
from bridge.ids import EventId
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from bridge.store.agenda import AgendaOutcome, Claimable
from tests.services.house import LEASE, MINUTE, START, House, said

GUESTS = [Guest(f"Guest {number}") for number in range(6)]


async def extended(house: House) -> None:
    async with house.store() as work:
        _, occurrence = await house.meetings.current(work, said(), Act.INVITE)
        await house.meetings.extend(work, occurrence, MINUTE)


async def revoked(house: House, guest: Guest) -> None:
    async with house.store() as work:
        _, occurrence = await house.meetings.current(work, said(), Act.INVITE)
        found = await house.invitations.find(work, occurrence, guest.name)
        await house.invitations.revoke(work, occurrence, found)


async def swept(house: House) -> None:
    await house.sweeps.sweep(house.clock.now())


async def looked(house: House) -> None:
    """Read the waiting guests, in a command that may change something."""
    async with house.store() as work:
        _, occurrence = await house.meetings.current(work, said(), Act.INVITE)
        await house.seats.waiting(work, occurrence.id)


async def arrived(house: House, entered: Entered) -> None:
    await house.admissions.arrive(entered.visit, entered.secret)


async def test_nobody_waits_for_ever_for_another(meeting_house: House):
    """PostgreSQL ends one side of a deadlock with an error: here all reach their end."""
    invited = await meeting_house.invited(*GUESTS)
    entered = [await meeting_house.visited(one, one.invitation.name) for one in invited]
    first, rest = entered[:2], entered[2:]
    for one in first:
        await meeting_house.decided(one.visit)
        async with meeting_house.store.reading() as work:
            held = await work.seats.of_visit(one.visit)
        assert held is not None
        meeting_house.media.sit(held)
    meeting_house.clock.forward(timedelta(seconds=1))
    doing: list[Awaitable[object]] = []
    for one in rest:
        doing += [
            meeting_house.decided(one.visit),
            extended(meeting_house),
            arrived(meeting_house, one),
            looked(meeting_house),
        ]
    doing += [revoked(meeting_house, one) for one in GUESTS[:2]]
    doing += [
        swept(meeting_house),
        meeting_house.run_due(),
        *(arrived(meeting_house, one) for one in first),
    ]
    came = await asyncio.gather(*doing, return_exceptions=True)
    assert [one for one in came if isinstance(one, BaseException)] == []
    async with meeting_house.store.reading() as work:
        found = await work.meetings.by_card(EventId("$ask"))
        assert found is not None
        assert len(await work.seats.held(found[1].id)) == len(rest)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_an_engine_that_settles_waits_for_nobody_who_plans(meeting_house: House):
    """Otherwise each may lock rows of the other: the engine settles many rows, in any order."""
    one, other = (Due(Kind.FORGET, f"planned-{number}", START) for number in range(2))
    async with meeting_house.store() as work:
        await work.agenda.plan([one, other])
        wanted = Claimable([Kind.FORGET])
        claimed = await work.agenda.claim(wanted, now=START, limit=9, lease=LEASE)
    later = Due(Kind.FORGET, one.key, START + LEASE)
    async with meeting_house.store() as planning:
        await planning.agenda.plan([later])
        async with asyncio.timeout(20), meeting_house.store() as settling:
            outcomes = [AgendaOutcome(each) for each in claimed]
            await settling.agenda.settle(outcomes)
            again = [AgendaOutcome(each, at=START + MINUTE) for each in claimed]
            await settling.agenda.settle(again)
    planned = await meeting_house.planned()
    assert planned[(Kind.FORGET, one.key)] == later.at
    assert (Kind.FORGET, other.key) not in planned
