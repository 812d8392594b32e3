"""The time until a guest is out: measured, counted, and told to the agent who withdrew the link."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Kind
from bridge.domain.message import visitor
from bridge.domain.rights import ALL, Source
from bridge.domain.seat import Seat
from bridge.errors import MediaUnreachable
from bridge.services.enforcement.ejection import AT_ONCE, LOOK_AFTER, LOOK_FOR
from bridge.services.enforcement.sweep import HEAD_START
from bridge.services.invitations.invitations import Guest
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FakeMedia
from tests.services.databases import ON_BOTH
from tests.services.house import HOUR, MINUTE, SALON, START, House
from tests.services.test_seats import inside

CLOSES = START + HOUR + 15 * MINUTE


@dataclass
class SlowMedia(FakeMedia):
    """Takes long to cut a connection."""

    clock: SetClock = field(kw_only=True)

    async def remove(self, room: str, identity: str) -> bool:
        present = await super().remove(room, identity)
        self.clock.forward(timedelta(seconds=1.25))
        return present


@dataclass
class StubbornMedia(FakeMedia):
    """Fails to remove one guest, and holds all calls until the test releases it."""

    stuck: str = ""
    deaf: bool = False
    """Whether it fails to silence that guest too, as it answers nothing."""
    tried: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def silence(self, room: str, identity: str) -> bool:
        if self.deaf:
            raise MediaUnreachable("deaf")
        return await super().silence(room, identity)

    async def remove(self, room: str, identity: str) -> bool:
        self.begun.set()
        self.tried.append(identity)
        await self.go.wait()
        if identity == self.stuck:
            raise MediaUnreachable("stuck", status=500)
        return await super().remove(room, identity)


@pytest_asyncio.fixture(loop_scope="session")
async def slow_house(house: House) -> House:
    """A meeting in progress, with a media server of usual speed."""
    house.media = SlowMedia(clock=house.clock)
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


async def revoked(house: House) -> None:
    _, occurrence = await house.of()
    async with house.store() as work:
        known = await work.invitations.of_occurrence(occurrence.id)
        await house.invitations.revoke(work, occurrence, known)


def measured(house: House, name: str, **labels: str) -> float | None:
    return house.metrics.registry.get_sample_value(name, labels)


async def test_the_salon_reads_how_long_a_withdrawal_took(slow_house: House):
    _, held = await inside(slow_house)
    await revoked(slow_house)
    await slow_house.run_due()
    (told,) = await slow_house.sentences("guest.out")
    assert (told.idempotency_key, told.to.salon) == (f"out:{held.id}", SALON)
    (guest,) = await slow_house.guests()
    assert told.parameters["name"] == visitor("Léa Roux", guest.id)
    assert told.parameters["took"] == {"$seconds": 1.25}


async def test_from_the_withdrawal_however_often_the_media_server_is_asked(slow_house: House):
    await inside(slow_house)
    slow_house.media.away = True
    await revoked(slow_house)
    await slow_house.run_due()
    assert await slow_house.sentences("guest.out") == []
    slow_house.media.away = False
    await slow_house.run_until(START + MINUTE)
    (told,) = await slow_house.sentences("guest.out")
    assert told.parameters["took"] == {"$seconds": 3.25}
    assert measured(slow_house, "parvis_media_errors_total", status="none") == 1


async def test_the_end_of_the_window_is_counted_and_told_nobody(slow_house: House):
    await inside(slow_house)
    await slow_house.run_until(CLOSES)
    assert await slow_house.sentences("guest.out") == []
    assert measured(slow_house, "parvis_ejections_total", why="window") == 1
    assert measured(slow_house, "parvis_ejection_seconds_sum") == 1.25


async def crowd(house: House, media: FakeMedia, count: int = 5) -> list[Seat]:
    """Seat `count` guests, then withdraw all their links."""
    house.media = media
    house.wire(house.store)
    seats = [(await inside(house, Guest(f"Guest {n}")))[1] for n in range(count)]
    house.media.enter(seats[0].room, "an-agent")
    await revoked(house)
    return seats


@ON_BOTH
async def test_all_of_a_meeting_are_put_out_together_and_each_once(slow_house: House):
    seats = await crowd(slow_house, media := StubbornMedia())
    media.go.set()
    rows = [slow_house.due(Kind.EJECT, seat.id) for seat in seats]
    await asyncio.gather(*(slow_house.ejections.eject(row) for row in rows))
    assert media.rooms[seats[0].room] == {"an-agent"}
    assert sorted(media.acts) == sorted(("remove", seat.identity) for seat in seats), "no silence"
    assert len(media.looked) == 1
    assert len(await slow_house.sentences("guest.out")) == len(seats)


async def test_one_about_whom_the_media_server_fails_holds_up_nobody(slow_house: House):
    seats = await crowd(slow_house, media := StubbornMedia())
    media.go.set()
    media.stuck = seats[1].identity
    rows = [slow_house.due(Kind.EJECT, seat.id) for seat in seats]
    came = await asyncio.gather(*map(slow_house.ejections.eject, rows), return_exceptions=True)
    assert all(isinstance(one, MediaUnreachable) for one in came)
    assert media.rooms[seats[0].room] == {"an-agent", media.stuck}
    silenced = [identity for act, identity in media.acts if act == "silence"]
    assert silenced == [media.stuck], "at least they neither hear nor are heard"
    assert len(await slow_house.sentences("guest.out")) == len(seats) - 1
    media.stuck = ""
    await asyncio.gather(*map(slow_house.ejections.eject, rows))
    assert media.rooms[seats[0].room] == {"an-agent"}
    assert len(await slow_house.sentences("guest.out")) == len(seats)


async def test_one_whom_it_can_neither_remove_nor_silence_is_retried(slow_house: House):
    seats = await crowd(slow_house, media := StubbornMedia(deaf=True), 1)
    media.go.set()
    media.stuck = seats[0].identity
    with pytest.raises(MediaUnreachable):
        await slow_house.ejections.eject(slow_house.due(Kind.EJECT, seats[0].id))
    media.deaf = False
    slow_house.clock.forward(HEAD_START)
    with pytest.raises(MediaUnreachable):
        await slow_house.sweeps.sweep(slow_house.clock.now())
    assert media.acts == [("silence", media.stuck)]
    media.stuck = ""
    await slow_house.sweeps.sweep(slow_house.clock.now())
    assert media.rooms[seats[0].room] == {"an-agent"}


async def test_while_nobody_answers_no_more_than_a_few_are_tried(slow_house: House):
    """Each try may take seconds, during which the sweep leaves the seats alone."""
    seats = await crowd(slow_house, media := StubbornMedia(), 2 * AT_ONCE)
    media.go.set()
    media.away = True
    rows = [slow_house.due(Kind.EJECT, seat.id) for seat in seats]
    came = await asyncio.gather(*map(slow_house.ejections.eject, rows), return_exceptions=True)
    assert all(isinstance(one, MediaUnreachable) for one in came)
    assert len(media.tried) <= AT_ONCE
    media.away = False
    slow_house.clock.forward(HEAD_START)
    await slow_house.sweeps.sweep(slow_house.clock.now())
    assert media.rooms[seats[0].room] == {"an-agent"}


async def test_the_sweep_leaves_them_to_whoever_is_about_it(slow_house: House):
    seats = await crowd(slow_house, media := StubbornMedia(), 1)
    doing = asyncio.create_task(slow_house.ejections.eject(slow_house.due(Kind.EJECT, seats[0].id)))
    await media.begun.wait()
    slow_house.clock.forward(HEAD_START)
    await slow_house.sweeps.sweep(slow_house.clock.now())
    assert media.tried == [seats[0].identity]
    assert await slow_house.sentences("guest.out") == []
    media.go.set()
    await doing
    assert len(await slow_house.sentences("guest.out")) == 1


async def test_what_was_begun_for_all_goes_on_when_one_stops_waiting(slow_house: House):
    seats = await crowd(slow_house, media := StubbornMedia())
    one, other = (
        asyncio.create_task(slow_house.ejections.eject(slow_house.due(Kind.EJECT, seat.id)))
        for seat in seats[:2]
    )
    await media.begun.wait()
    one.cancel()
    media.go.set()
    await other
    assert one.cancelled()
    assert media.rooms[seats[0].room] == {"an-agent"}


async def test_visios_host_gives_a_guest_no_more_than_the_operator_lets(slow_house: House):
    """An agent may send any track; and the server is not called twice for the same change."""
    slow_house.choose(sources=frozenset({Source.CAMERA, Source.MICROPHONE}))
    _, held = await inside(slow_house)
    slow_house.media.enter(held.room, "agent")
    await slow_house.sweeps.sweep(slow_house.clock.now())
    await slow_house.sweeps.sweep(slow_house.clock.now())
    assert slow_house.media.acts == [("limit", held.identity)]
    assert slow_house.media.known[held.identity].sources == {Source.CAMERA, Source.MICROPHONE}
    assert slow_house.media.known["agent"].sources == ALL


async def test_the_room_is_polled_again_soon_after_for_whoever_comes_back(slow_house: House):
    """A client that missed the notice: no sweep and no webhook has to find it."""
    slow_house.media = FakeMedia()
    slow_house.wire(slow_house.store)
    _, held = await inside(slow_house)
    slow_house.media.enter(held.room, "an-agent")
    await slow_house.run_until(CLOSES)
    assert slow_house.media.rooms[held.room] == {"an-agent"}
    back = CLOSES
    while back + LOOK_AFTER < CLOSES + LOOK_FOR:
        slow_house.media.sit(held)
        back += LOOK_AFTER
        await slow_house.run_until(back)
        assert slow_house.media.rooms[held.room] == {"an-agent"}, back
    assert slow_house.media.acts.count(("remove", held.identity)) == LOOK_FOR / LOOK_AFTER
    assert not any(act == "silence" for act, _ in slow_house.media.acts)


async def test_then_the_sweep_alone_looks_each_second(slow_house: House):
    _, held = await inside(slow_house)
    await slow_house.run_until(CLOSES + LOOK_FOR)
    looked = len(slow_house.media.looked)
    await slow_house.run_until(CLOSES + MINUTE)
    assert len(slow_house.media.looked) == looked
    assert (Kind.LOOK, str(held.occurrence)) not in await slow_house.planned()


async def test_one_poll_after_each_pause_for_a_whole_meeting(slow_house: House):
    seats = await crowd(slow_house, media := StubbornMedia())
    media.go.set()
    await asyncio.gather(
        *(slow_house.ejections.eject(slow_house.due(Kind.EJECT, seat.id)) for seat in seats)
    )
    await slow_house.run_due()
    polls = len(media.looked)
    await slow_house.run_until(slow_house.clock.now() + LOOK_AFTER)
    assert len(media.looked) == polls + 1


async def test_a_media_server_that_fails_then_is_left_to_the_sweep(slow_house: House):
    _, held = await inside(slow_house)
    await slow_house.run_until(CLOSES)
    slow_house.media.away = True
    await slow_house.run_until(CLOSES + LOOK_FOR)
    slow_house.media.away = False
    await slow_house.run_until(CLOSES + MINUTE)
    assert (Kind.LOOK, str(held.occurrence)) not in await slow_house.planned()


async def test_whoever_comes_back_is_counted(slow_house: House):
    _, held = await inside(slow_house)
    await slow_house.run_until(CLOSES)
    assert measured(slow_house, "parvis_guests_returned_total") == 0
    slow_house.media.sit(held)
    await slow_house.sweeps.sweep(slow_house.clock.now())
    assert measured(slow_house, "parvis_guests_returned_total") == 1


async def test_seats_are_counted_while_they_are_held(slow_house: House):
    async def count() -> int:
        async with slow_house.store.reading() as work:
            return await work.seats.count()

    assert await count() == 0
    await inside(slow_house)
    assert await count() == 1
    await slow_house.run_until(CLOSES)
    assert await count() == 0
