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
async def house(house: House) -> House:
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


async def test_the_salon_reads_how_long_a_withdrawal_took(house: House):
    _, held = await inside(house)
    await revoked(house)
    await house.run_due()
    (told,) = await house.sentences("guest.out")
    assert (told.idempotency_key, told.to.salon) == (f"out:{held.id}", SALON)
    (guest,) = await house.guests()
    assert told.parameters["name"] == visitor("Léa Roux", guest.id)
    assert told.parameters["took"] == {"$seconds": 1.25}


async def test_from_the_withdrawal_however_often_the_media_server_is_asked(house: House):
    await inside(house)
    house.media.away = True
    await revoked(house)
    await house.run_due()
    assert await house.sentences("guest.out") == []
    house.media.away = False
    await house.run_until(START + MINUTE)
    (told,) = await house.sentences("guest.out")
    assert told.parameters["took"] == {"$seconds": 3.25}
    assert measured(house, "parvis_media_errors_total", status="none") == 1


async def test_the_end_of_the_window_is_counted_and_told_nobody(house: House):
    await inside(house)
    await house.run_until(CLOSES)
    assert await house.sentences("guest.out") == []
    assert measured(house, "parvis_ejections_total", why="window") == 1
    assert measured(house, "parvis_ejection_seconds_sum") == 1.25


async def crowd(house: House, media: FakeMedia, count: int = 5) -> list[Seat]:
    """Seat `count` guests, then withdraw all their links."""
    house.media = media
    house.wire(house.store)
    seats = [(await inside(house, Guest(f"Guest {n}")))[1] for n in range(count)]
    house.media.enter(seats[0].room, "an-agent")
    await revoked(house)
    return seats


async def test_all_of_a_meeting_are_put_out_together_and_each_once(house: House):
    seats = await crowd(house, media := StubbornMedia())
    media.go.set()
    rows = [house.due(Kind.EJECT, seat.id) for seat in seats]
    await asyncio.gather(*(house.ejections.eject(row) for row in rows))
    assert media.rooms[seats[0].room] == {"an-agent"}
    assert sorted(media.acts) == sorted(("remove", seat.identity) for seat in seats), "no silence"
    assert len(media.looked) == 1
    assert len(await house.sentences("guest.out")) == len(seats)


async def test_one_about_whom_the_media_server_fails_holds_up_nobody(house: House):
    seats = await crowd(house, media := StubbornMedia())
    media.go.set()
    media.stuck = seats[1].identity
    rows = [house.due(Kind.EJECT, seat.id) for seat in seats]
    came = await asyncio.gather(*map(house.ejections.eject, rows), return_exceptions=True)
    assert all(isinstance(one, MediaUnreachable) for one in came)
    assert media.rooms[seats[0].room] == {"an-agent", media.stuck}
    silenced = [identity for act, identity in media.acts if act == "silence"]
    assert silenced == [media.stuck], "at least they neither hear nor are heard"
    assert len(await house.sentences("guest.out")) == len(seats) - 1
    media.stuck = ""
    await asyncio.gather(*map(house.ejections.eject, rows))
    assert media.rooms[seats[0].room] == {"an-agent"}
    assert len(await house.sentences("guest.out")) == len(seats)


async def test_one_whom_it_can_neither_remove_nor_silence_is_retried(house: House):
    seats = await crowd(house, media := StubbornMedia(deaf=True), 1)
    media.go.set()
    media.stuck = seats[0].identity
    with pytest.raises(MediaUnreachable):
        await house.ejections.eject(house.due(Kind.EJECT, seats[0].id))
    media.deaf = False
    house.clock.forward(HEAD_START)
    with pytest.raises(MediaUnreachable):
        await house.sweeps.sweep(house.clock.now())
    assert media.acts == [("silence", media.stuck)]
    media.stuck = ""
    await house.sweeps.sweep(house.clock.now())
    assert media.rooms[seats[0].room] == {"an-agent"}


async def test_while_nobody_answers_no_more_than_a_few_are_tried(house: House):
    """Each try may take seconds, during which the sweep leaves the seats alone."""
    seats = await crowd(house, media := StubbornMedia(), 2 * AT_ONCE)
    media.go.set()
    media.away = True
    rows = [house.due(Kind.EJECT, seat.id) for seat in seats]
    came = await asyncio.gather(*map(house.ejections.eject, rows), return_exceptions=True)
    assert all(isinstance(one, MediaUnreachable) for one in came)
    assert len(media.tried) <= AT_ONCE
    media.away = False
    house.clock.forward(HEAD_START)
    await house.sweeps.sweep(house.clock.now())
    assert media.rooms[seats[0].room] == {"an-agent"}


async def test_the_sweep_leaves_them_to_whoever_is_about_it(house: House):
    seats = await crowd(house, media := StubbornMedia(), 1)
    doing = asyncio.create_task(house.ejections.eject(house.due(Kind.EJECT, seats[0].id)))
    await media.begun.wait()
    house.clock.forward(HEAD_START)
    await house.sweeps.sweep(house.clock.now())
    assert media.tried == [seats[0].identity]
    assert await house.sentences("guest.out") == []
    media.go.set()
    await doing
    assert len(await house.sentences("guest.out")) == 1


async def test_what_was_begun_for_all_goes_on_when_one_stops_waiting(house: House):
    seats = await crowd(house, media := StubbornMedia())
    one, other = (
        asyncio.create_task(house.ejections.eject(house.due(Kind.EJECT, seat.id)))
        for seat in seats[:2]
    )
    await media.begun.wait()
    one.cancel()
    media.go.set()
    await other
    assert one.cancelled()
    assert media.rooms[seats[0].room] == {"an-agent"}


async def test_visios_host_gives_a_guest_no_more_than_the_operator_lets(house: House):
    """An agent may send any track; and the server is not called twice for the same change."""
    house.choose(sources=frozenset({Source.CAMERA, Source.MICROPHONE}))
    _, held = await inside(house)
    house.media.enter(held.room, "agent")
    await house.sweeps.sweep(house.clock.now())
    await house.sweeps.sweep(house.clock.now())
    assert house.media.acts == [("limit", held.identity)]
    assert house.media.known[held.identity].sources == {Source.CAMERA, Source.MICROPHONE}
    assert house.media.known["agent"].sources == ALL


async def test_the_room_is_polled_again_soon_after_for_whoever_comes_back(house: House):
    """A client that missed the notice: no sweep and no webhook has to find it."""
    house.media = FakeMedia()
    house.wire(house.store)
    _, held = await inside(house)
    house.media.enter(held.room, "an-agent")
    await house.run_until(CLOSES)
    assert house.media.rooms[held.room] == {"an-agent"}
    back = CLOSES
    while back + LOOK_AFTER < CLOSES + LOOK_FOR:
        house.media.sit(held)
        back += LOOK_AFTER
        await house.run_until(back)
        assert house.media.rooms[held.room] == {"an-agent"}, back
    assert house.media.acts.count(("remove", held.identity)) == LOOK_FOR / LOOK_AFTER
    assert not any(act == "silence" for act, _ in house.media.acts)


async def test_then_the_sweep_alone_looks_each_second(house: House):
    _, held = await inside(house)
    await house.run_until(CLOSES + LOOK_FOR)
    looked = len(house.media.looked)
    await house.run_until(CLOSES + MINUTE)
    assert len(house.media.looked) == looked
    assert (Kind.LOOK, str(held.occurrence)) not in await house.planned()


async def test_one_poll_after_each_pause_for_a_whole_meeting(house: House):
    seats = await crowd(house, media := StubbornMedia())
    media.go.set()
    await asyncio.gather(*(house.ejections.eject(house.due(Kind.EJECT, seat.id)) for seat in seats))
    await house.run_due()
    polls = len(media.looked)
    await house.run_until(house.clock.now() + LOOK_AFTER)
    assert len(media.looked) == polls + 1


async def test_a_media_server_that_fails_then_is_left_to_the_sweep(house: House):
    _, held = await inside(house)
    await house.run_until(CLOSES)
    house.media.away = True
    await house.run_until(CLOSES + LOOK_FOR)
    house.media.away = False
    await house.run_until(CLOSES + MINUTE)
    assert (Kind.LOOK, str(held.occurrence)) not in await house.planned()


async def test_whoever_comes_back_is_counted(house: House):
    _, held = await inside(house)
    await house.run_until(CLOSES)
    assert measured(house, "parvis_guests_returned_total") == 0
    house.media.sit(held)
    await house.sweeps.sweep(house.clock.now())
    assert measured(house, "parvis_guests_returned_total") == 1


async def test_seats_are_counted_while_they_are_held(house: House):
    async def count() -> int:
        async with house.store.reading() as work:
            return await work.seats.count()

    assert await count() == 0
    await inside(house)
    assert await count() == 1
    await house.run_until(CLOSES)
    assert await count() == 0
