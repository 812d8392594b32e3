"""Concurrent changes of one meeting: each waits for its turn, none for ever."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act
from bridge.domain.meeting import OccurrenceState
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Reach
from bridge.errors import HandoverRefused
from bridge.ids import EventId, UserId
from bridge.services.invitations.invitations import Guest, Invited
from bridge.services.meetings.handing import Handing
from bridge.services.visits.arrivals import Entered
from bridge.store.agenda import AgendaOutcome, Claimable
from tests.services.databases import ON_BOTH
from tests.services.house import ALICE, BOB, LEASE, MINUTE, START, House, said
from tests.services.test_series import dates, planned

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


@ON_BOTH
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


@ON_BOTH
async def test_nobody_waits_for_ever_for_another_date_of_a_series(house: House):
    """Its dates share their guests: who locks them first must not need another date then."""
    made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
    await house.run_due()
    guests = await house.invited(*GUESTS, scope=WholeSeries())

    async def changed(number: int, reach: Reach, *, cancels: bool) -> None:
        async with house.store() as work:
            both = await work.meetings.both(made.occurrences[number].id)
            assert both is not None
            if cancels:
                await house.changes.cancel(work, both, reach=reach)
            else:
                later = both[1].wall_start + MINUTE
                await house.changes.move(work, both, later, reach=reach)

    async def withdrawn(one: Invited) -> None:
        async with house.store() as work:
            both = await work.meetings.both(made.occurrences[2].id)
            assert both is not None
            await house.invitations.revoke(work, both[1], [one.invitation])

    doing: list[Awaitable[object]] = [withdrawn(one) for one in guests[:3]]
    doing += [changed(1, reach, cancels=False) for reach in Reach]
    doing += [changed(number, Reach.ONE, cancels=True) for number in (4, 5)]
    doing += [changed(6, Reach.FOLLOWING, cancels=True)]
    for date in made.occurrences:
        doing += [house.meetings.turn(house.due(Kind.OPEN, date.id))]
        doing += [house.meetings.forget(house.due(Kind.FORGET, date.id))]
    doing += [house.carrying.carry(house.due(Kind.CARRY, made.meeting.id))]
    came = await asyncio.gather(*doing, return_exceptions=True)
    assert [one for one in came if isinstance(one, BaseException)] == []
    left = [one for one in await dates(house, made.meeting.id) if one.start > house.clock.now()]
    assert {one.state for one in left[6:]} == {OccurrenceState.CANCELLED}


async def test_nobody_waits_for_ever_for_a_handover(house: House):
    """It writes all dates of a series at once, and their guests' mails."""
    made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9))
    await house.run_due()
    guests = await house.invited(*GUESTS, scope=WholeSeries())

    async def handed(to: UserId, event: str) -> None:
        async with house.store() as work:
            about = await house.meetings.current(work, said(level=50), Act.HAND_OVER)
            with suppress(HandoverRefused):  # it may be under way, or be so already
                await Handing(house.meetings).ask(work, said(event), about, to)
        await house.run_due()

    async def moved(number: int) -> None:
        async with house.store() as work:
            both = await work.meetings.both(made.occurrences[number].id)
            assert both is not None
            await house.changes.move(work, both, both[1].wall_start + MINUTE)

    async def withdrawn(one: Invited) -> None:
        async with house.store() as work:
            both = await work.meetings.both(made.occurrences[2].id)
            assert both is not None
            await house.invitations.revoke(work, both[1], [one.invitation])

    doing: list[Awaitable[object]] = [handed(BOB, "a"), handed(ALICE, "b"), handed(BOB, "c")]
    doing += [moved(number) for number in (1, 3, 5)]
    doing += [withdrawn(one) for one in guests[:3]]
    for date in made.occurrences:
        doing += [house.meetings.turn(house.due(Kind.OPEN, date.id))]
    doing += [house.carrying.carry(house.due(Kind.CARRY, made.meeting.id))]
    came = await asyncio.gather(*doing, return_exceptions=True)
    assert [one for one in came if isinstance(one, BaseException)] == []


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
