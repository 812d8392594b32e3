"""Guests of a series: what is counted, noted and decided for a link is so for each date."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.invitation import Invitation, InvitationState, Standing
from bridge.domain.meeting import Occurrence
from bridge.domain.proof import Proof
from bridge.domain.scope import OneOccurrence, WholeSeries
from bridge.services.invitations.invitations import Guest, Invited
from bridge.services.series.planning import Planned
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.snapshot import View
from tests.services.house import HOUR, MINUTE, House
from tests.services.test_series import planned

LEA = Guest("Léa Roux", "lea@partenaire.example")


@dataclass
class Guests:
    house: House
    made: Planned

    @property
    def dates(self) -> tuple[Occurrence, ...]:
        return self.made.occurrences

    async def invited(self, **terms: Any) -> Invited:
        (invited,) = await self.house.invited(LEA, scope=WholeSeries(), **terms)
        return invited

    async def on(self, date: Occurrence) -> Invitation:
        async with self.house.store.reading() as work:
            (found,) = await work.invitations.of_occurrence(date.id)
        return found

    async def come(self, invited: Invited, date: Occurrence) -> Entered:
        """Follow the link when a date begins."""
        await self.house.run_until(date.start)
        return await self.house.visited(invited)

    async def view(self, entered: Entered) -> View:
        view = await self.house.admissions.arrive(entered.visit, entered.secret)
        assert view is not None
        return view


@pytest_asyncio.fixture(loop_scope="session")
async def guests(house: House) -> AsyncIterator[Guests]:
    house.choose(mode=LIVEKIT)
    made = await planned(house, "FREQ=WEEKLY;COUNT=3", datetime(2026, 12, 7, 9))
    await house.run_due()
    yield Guests(house, made)


async def test_who_waits_on_a_date_does_not_wait_on_the_next(guests: Guests):
    invited = await guests.invited()
    first, second, _ = guests.dates
    await guests.come(invited, first)
    assert (await guests.on(first)).waiting_since == first.start
    assert (await guests.on(second)).waiting_since is None
    state = (await guests.on(second)).state(second, guests.house.policy.graces, first.start)
    assert state is InvitationState.CREATED
    await guests.come(invited, second)
    assert (await guests.on(second)).waiting_since == second.start


async def test_a_device_may_change_as_often_on_each_date(guests: Guests):
    guests.house.choose(takeovers=1)
    invited = await guests.invited()
    for date in guests.dates[:2]:
        for _ in range(2):
            entered = await guests.come(invited, date)
            await guests.house.decided(entered.visit)
            guests.house.clock.at += MINUTE
        assert (await guests.on(date)).takeovers == 1


async def test_wrong_pins_lock_a_link_for_a_date(guests: Guests):
    invited = await guests.invited(proof=Proof.PIN)
    first, second, _ = guests.dates
    entered = await guests.come(invited, first)
    for _ in range(5):
        await guests.house.proofs.show(entered.visit, entered.secret, "000000")
    assert (await guests.view(entered)).standing is Standing.LOCKED
    again = await guests.come(invited, second)
    assert (await guests.view(again)).standing is Standing.PROVING


async def test_one_guest_of_a_series_is_extended_on_one_date(guests: Guests):
    """It raised ValueError."""
    invited = await guests.invited()
    first, second, _ = guests.dates
    await guests.house.run_until(first.start)
    async with guests.house.store() as work:
        mine = list(await work.invitations.of_occurrence(first.id))
        await guests.house.invitations.extend(work, first, mine, HOUR)
    graces = guests.house.policy.graces
    longer = (await guests.on(first)).window(first, graces)
    assert longer.closes == first.end + graces.after + HOUR
    assert (await guests.on(second)).window(second, graces).closes == second.end + graces.after
    guests.house.clock.at = first.end + HOUR
    entered = await guests.house.visited(invited)
    assert (await guests.view(entered)).standing is Standing.WAITING
    await guests.come(invited, second)
    assert (await guests.on(second)).until is None


async def test_an_end_of_its_own_that_is_said_with_the_invitation_is_this_dates(guests: Guests):
    first, second, _ = guests.dates
    until = first.end + HOUR
    await guests.invited(until=until)
    graces = guests.house.policy.graces
    assert (await guests.on(first)).window(first, graces).closes == until
    assert (await guests.on(second)).window(second, graces).closes == second.end + graces.after


async def test_a_withdrawn_link_ends_the_seats_of_every_date(guests: Guests):
    """Only the seats of the date at hand ended."""
    invited = await guests.invited()
    first, second, _ = guests.dates
    await guests.house.run_until(first.start)
    async with guests.house.store() as work:
        both = await work.meetings.both(second.id)
        assert both is not None
        moved = first.wall_start + timedelta(minutes=20)
        await guests.house.changes.move(work, both, moved)
    entered = await guests.house.visited(invited)
    await guests.house.decided(entered.visit)
    async with guests.house.store() as work:
        later = await work.meetings.occurrence(second.id)
        assert later is not None
        mine = list(await work.invitations.of_occurrence(second.id))
        await guests.house.invitations.revoke(work, later, mine)
    assert (await guests.view(entered)).standing is Standing.REVOKED
    async with guests.house.store.reading() as work:
        assert not await work.seats.held(first.id)


async def test_a_guest_of_one_date_gets_another_link_for_the_series(guests: Guests):
    (once,) = await guests.house.invited(LEA)
    always = await guests.invited()
    assert not always.again
    assert once.invitation.id != always.invitation.id
    assert isinstance(once.invitation.scope, OneOccurrence)
    (again,) = await guests.house.invited(LEA, event="again")
    assert again.again
    same = await guests.house.invited(LEA, event="third", scope=WholeSeries())
    assert same[0].invitation.id == always.invitation.id
