"""Guests and hosts who act at the same moment lock nothing of each other, on both databases."""

import asyncio
from collections.abc import Sequence

import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.host import Deed
from bridge.domain.invitation import Standing
from bridge.domain.proof import Proof
from bridge.services.host_page.desk import Opened
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.proofs import ProofOutcome, pin_of
from tests.services.house import BOB, START, House
from tests.services.test_desk import desks, opened, waits
from tests.services.test_proofs import comes, show, standing
from tests.wiring import minter

GUESTS = [Guest(f"G{n}", f"g{n}@partenaire.example") for n in range(8)]


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


async def test_many_come_in_and_nobody_is_asked_about_twice(house: House):
    house.choose(waiting_room=False)
    entered = []
    for guest in GUESTS:
        invited, one = await comes(house, Proof.PIN, guest)
        entered.append(one)
        pin = pin_of(invited.invitation, minter())
        assert await show(house, one, pin) is ProofOutcome.PROVED
    tabs = [one for one in entered for _ in range(2)]
    found = await asyncio.gather(*(standing(house, one) for one in tabs))
    assert set(found) == {Standing.ADMITTED}
    assert await house.sentences("guest.waits") == []
    assert len(await house.sentences("guest.walked-in")) == len(GUESTS)


async def test_two_hosts_and_the_salon_answer_and_one_answer_counts_for_each(house: House):
    waiting = [await waits(house, guest) for guest in GUESTS]
    one, other = await opened(house), await opened(house, BOB)

    async def acts(mine: Opened, deed: Deed, whom: Sequence[Entered]) -> int:
        done = [await desks(house).act(mine.host, mine.secret, each.visit, deed) for each in whom]
        return sum(found is not None and found.first for found in done)

    async def answers() -> int:
        return sum([(await house.decided(each.visit)).first for each in waiting])

    found = await asyncio.gather(
        acts(one, Deed.ADMIT, waiting), acts(other, Deed.REFUSE, waiting[::-1]), answers()
    )
    assert sum(found) == len(GUESTS)
