"""A process killed at any commit while people come and go: the next one reaches the same state.

The world goes on meanwhile: its successor repeats the step at which a process died. The test kills
before every commit, and after every third: they differ only in outside events in between.
"""

from collections.abc import Awaitable, Callable

import pytest

from bridge.domain.admission import LIVEKIT
from bridge.domain.seat import Seat
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from tests.defaults import SETTINGS
from tests.doubles.ports import Killed, MortalWorks
from tests.services.admissions import held
from tests.services.house import BOB, MINUTE, START, House

pytestmark = pytest.mark.long

SECOND = MINUTE / 60
LEA = Guest("Léa Roux", "lea@partenaire.example")


class Play:
    """A meeting to which an agent and a guest come; the host removes the guest; all leave."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.deaths = 0

    async def run(self, works: MortalWorks) -> None:
        """Have one process do everything, or die and another one continue."""
        house = self.house
        house.choose(mode=LIVEKIT)
        await house.met(start=START)
        (invited,) = await house.invited(LEA)
        self.entered = await house.visited(invited)
        house.works = works
        house.wire(works)
        await self.survived(self.admitted)
        seat = await self.seat()
        for moment, there in ((1, ["an-agent"]), (3, ["an-agent", seat.identity])):
            await self.look(seat.room, moment, there)
        house.clock.at = START + 5 * SECOND
        await self.survived(lambda: house.removals.by_host(seat.room, seat.identity))
        for moment, there in ((7, ["an-agent"]), (15, []), (60, []), (90, [])):
            await self.look(seat.room, moment, there)
        await house.run_until(house.clock.now() + SETTINGS.mail.retry_unconfirmed)

    async def survived(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do something, or repeat it if the process died."""
        house = self.house
        for again in (True, False):
            try:
                await act()
                await house.run_due()
            except Killed:
                assert again
                self.deaths += 1
                house.works = None
                house.wire(house.store)
                async with house.store() as work:
                    await work.agenda.release(now=house.clock.now())
            else:
                return

    async def admitted(self) -> None:
        works = self.house.works or self.house.store
        async with works() as work:
            await self.house.seats.decide(
                work, await held(work, self.entered.visit, self.house.policy), admit=True, by=BOB
            )

    async def seat(self) -> Seat:
        async with self.house.store.reading() as work:
            seat = await work.seats.of_visit(self.entered.visit)
        assert seat is not None
        return seat

    async def look(self, room: str, moment: int, there: list[str]) -> None:
        house = self.house
        house.clock.at = START + moment * SECOND
        house.media.rooms.pop(room, None)
        for one in there:
            house.media.enter(room, one)
        await self.survived(lambda: house.polling.poll([room]))

    entered: Entered

    async def state(self) -> dict[str, object]:
        """Return everything that somebody could notice."""
        house = self.house
        _, occurrence = await house.of()
        async with house.store.reading() as work:
            known = await work.presences.get(occurrence.id)
        assert known is not None
        seat = await self.seat()
        return {
            "times": (known.began_at, known.closed_at, known.lasted, known.closings),
            "people": (known.people, known.guests, known.peak, len(known.came)),
            "seat": (seat.why, seat.ended_at),
            "agenda": sorted((kind, at) for (kind, _), at in (await house.planned()).items()),
            "messages": sorted(
                (one.template, str(one.coalesce_key is None))
                for one in await house.messages()
                if one.template != "mail.unconfirmed"
            ),
        }


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_each_commit(
    house_maker: Callable[[], Awaitable[House]], *, after: bool
) -> None:
    undisturbed = Play(await house_maker())
    immortal = MortalWorks(undisturbed.house.store)
    await undisturbed.run(immortal)
    wanted = await undisturbed.state()
    assert wanted["people"] == (0, 0, 2, 1)
    for number in range(1, immortal.commits + 1, 3 if after else 1):
        play = Play(await house_maker())
        await play.run(MortalWorks(play.house.store, number, after))
        assert play.deaths == 1
        assert await play.state() == wanted, f"killed at commit {number} of {immortal.commits}"
