"""Guests and hosts who act at the same moment lock nothing of each other, on both databases."""

import asyncio
from collections.abc import Sequence

from bridge.domain.host import Deed
from bridge.domain.invitation import Standing
from bridge.domain.proof import Proof
from bridge.services.host_page.desk import Opened
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.proofs import ProofOutcome, pin_of
from tests.services.databases import ON_BOTH
from tests.services.house import BOB, House
from tests.services.test_host_page import desks, opened, waits
from tests.services.test_proofs import comes, show, standing
from tests.wiring import minter

pytestmark = ON_BOTH

GUESTS = [Guest(f"G{n}", f"g{n}@partenaire.example") for n in range(8)]


async def test_many_come_in_and_nobody_is_asked_about_twice(meeting_house: House):
    meeting_house.choose(waiting_room=False)
    entered = []
    for guest in GUESTS:
        invited, one = await comes(meeting_house, Proof.PIN, guest)
        entered.append(one)
        pin = pin_of(invited.invitation, minter())
        assert await show(meeting_house, one, pin) is ProofOutcome.PROVED
    tabs = [one for one in entered for _ in range(2)]
    found = await asyncio.gather(*(standing(meeting_house, one) for one in tabs))
    assert set(found) == {Standing.ADMITTED}
    assert await meeting_house.sentences("guest.waits") == []
    assert len(await meeting_house.sentences("guest.walked-in")) == len(GUESTS)


async def test_two_hosts_and_the_salon_answer_and_one_answer_counts_for_each(meeting_house: House):
    waiting = [await waits(meeting_house, guest) for guest in GUESTS]
    one, other = await opened(meeting_house), await opened(meeting_house, BOB)

    async def acts(mine: Opened, deed: Deed, whom: Sequence[Entered]) -> int:
        done = [
            await desks(meeting_house).act(mine.host, mine.secret, each.visit, deed)
            for each in whom
        ]
        return sum(found is not None and found.first for found in done)

    async def answers() -> int:
        return sum([(await meeting_house.decided(each.visit)).first for each in waiting])

    found = await asyncio.gather(
        acts(one, Deed.ADMIT, waiting), acts(other, Deed.REFUSE, waiting[::-1]), answers()
    )
    assert sum(found) == len(GUESTS)
