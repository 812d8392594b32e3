"""Attendance: polled lists, the card, and the salon's summary."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Kind
from bridge.domain.message import Message, Notice
from bridge.domain.presence import EMPTY, NEVER_SEEN_EMPTY, Presence
from bridge.domain.salon import Salon
from bridge.errors import MediaUnreachable
from bridge.ports import UnitOfWork, UnitsOfWork
from bridge.services.enforcement.polling import SELDOM
from bridge.services.invitations.invitations import Guest
from bridge.services.meetings.attendance import Attendance
from tests.services.house import HOUR, MINUTE, SALON, START, House

LEA = Guest("Léa Roux", "lea@partenaire.example")
SECOND = timedelta(seconds=1)
CLOSES = START + HOUR + 15 * MINUTE
ALICE, BOB = "alice-sub", "bob-sub"
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""PostgreSQL has the same scenario in test_presence_kills.py, and its rows in tests/contract."""


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    await house.shown()
    return house


async def room(house: House) -> str:
    meeting, _ = await house.of()
    assert meeting.room is not None
    return str(meeting.room.id)


async def known(house: House) -> Presence | None:
    _, occurrence = await house.of()
    async with house.store.reading() as work:
        return await work.presences.get(occurrence.id)


async def surely(house: House) -> Presence:
    found = await known(house)
    assert found is not None
    return found


async def guest(house: House) -> str:
    """Admit a guest; return their identity on the media server."""
    (invited,) = await house.invited(LEA)
    entered = await house.visited(invited)
    await house.decided(entered.visit)
    async with house.store.reading() as work:
        seat = await work.seats.of_visit(entered.visit)
    assert seat is not None
    return seat.identity


async def after(house: House, passed: timedelta) -> None:
    """Move time on, then poll as each second does."""
    house.clock.forward(passed)
    await house.run_due()
    await house.polling.tick(house.clock.now())


async def edits(house: House) -> list[Message]:
    """Send the waiting messages; return the edits of cards."""
    return [one for one in await house.shown() if one.template == "card" and one.coalesce_key]


class TestLooking:
    async def test_nobody_came_yet(self, house: House):
        await after(house, SECOND)
        assert await known(house) is None

    async def test_sets_of_people_are_counted(self, house: House):
        where, identity = await room(house), await guest(house)
        for one in (ALICE, f"{ALICE}#screen", BOB, identity):
            house.media.enter(where, one)
        house.media.enter(where, "EG_1", person=False)
        house.media.enter(where, "AG_1", person=False)
        await after(house, SECOND)
        there = await surely(house)
        assert (there.people, there.guests, there.peak) == (3, 1, 3)
        assert there.began_at == START + SECOND

    async def test_who_has_no_seat_is_not_there(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        house.media.enter(where, "guest-00000000-0000-4000-8000-000000000000")
        await after(house, SECOND)
        assert (await surely(house)).people == 1

    async def test_without_guests_it_is_looked_now_and_then(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        for _ in range(61):
            await after(house, SECOND)
        assert len(house.media.looked) == 3

    async def test_where_guests_are_each_second(self, house: House):
        where, identity = await room(house), await guest(house)
        house.media.enter(where, identity)
        for _ in range(5):
            await after(house, SECOND)
        assert len(house.media.looked) == 5

    async def test_many_rooms_are_looked_into_by_turns(self, house: House):
        for number in range(29):
            await house.met(f"more-{number}", start=START)
        rooms = await house.presences.followed(START)
        assert len(rooms) == 30
        for one in rooms:
            house.media.enter(one, ALICE)
        before = 0
        for _ in range(3):
            await after(house, SECOND)
            assert len(house.media.looked) - before == 10
            before += 10
        assert set(house.media.looked) == set(rooms)
        await after(house, SECOND)
        assert len(house.media.looked) == 30

    async def test_what_was_noted_is_not_read_again_each_second(self, house: House):
        where, identity = await room(house), await guest(house)
        house.media.enter(where, identity)
        await after(house, SECOND)
        known = await surely(house)
        async with house.store() as work:
            await work.presences.save(replace(known, people=7))
        for _ in range(28):
            await after(house, SECOND)
        assert (await surely(house)).people == 7
        await after(house, 2 * SECOND)
        assert (await surely(house)).people == 1

    async def test_a_hint_makes_it_sooner(self, house: House):
        where = await room(house)
        await after(house, SECOND)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        assert await known(house) is None
        await house.polling.poll(["another room", where])
        assert (await surely(house)).people == 1

    async def test_a_hint_about_others_rooms_asks_nothing(self, house: House):
        await house.polling.poll(["another room"])
        assert house.media.looked == []

    async def test_only_what_is_new_is_written(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        first = await surely(house)
        await after(house, SELDOM)
        assert await surely(house) == first

    async def test_what_was_seen_earlier_does_not_count_later(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        house.media.enter(where, BOB)
        followed = (await house.presences.followed(START))[where]
        early = list(await house.media.participants(where))
        house.media.leave(where, BOB)
        late = list(await house.media.participants(where))
        await house.presences.note(followed, late, START + SECOND)
        await house.presences.note(followed, early, START)
        assert (await surely(house)).people == 1

    async def test_before_the_window_nobody_looks(self, house: House):
        await house.met("later", start=START + HOUR)
        await after(house, SECOND)
        assert len(await house.presences.followed(START)) == 1
        assert len(await house.presences.followed(START + HOUR - 10 * MINUTE)) == 2

    async def test_while_the_media_server_is_away_nothing_changes(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.media.away = True
        with pytest.raises(MediaUnreachable):
            await after(house, SELDOM)
        assert (await surely(house)).people == 1


class TestTheCard:
    async def test_is_edited_at_once_and_then_seldom(self, house: House):
        where, _ = await room(house), await guest(house)
        await edits(house)
        moments: list[datetime] = []
        for number in range(20):  # somebody comes each second
            house.media.enter(where, f"agent-{number}")
            await after(house, SECOND)
            moments += [house.clock.now()] * len(await edits(house))
        assert moments[0] == START + SECOND
        between = [later - earlier for earlier, later in pairwise(moments)]
        assert between
        assert set(between) == {timedelta(seconds=5)}
        assert (await surely(house)).people == 20

    async def test_that_it_is_recorded_is_never_told_to_the_salon(self, house: House):
        where = await room(house)
        house.media.enter(where, await guest(house))
        await after(house, SECOND)
        await house.shown()
        for status in ("starting", "started", "saving", "saved", "failed_to_start"):
            for mode in ("screen_recording", "transcript"):
                told = {"recording_mode": mode, "recording_status": status}
                house.media.told[where] = json.dumps(told)
                await after(house, 10 * SECOND)
                assert await house.shown() == []

    async def test_the_last_change_is_shown(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        await edits(house)
        house.media.enter(where, BOB)
        await house.polling.poll([where])
        assert await edits(house) == []
        _, occurrence = await house.of()
        assert (await house.planned())[Kind.CARD, str(occurrence.id)] == START + 6 * SECOND
        house.clock.at = START + 6 * SECOND
        await house.run_due()
        assert len(await edits(house)) == 1


class TestTheEnd:
    async def test_when_the_last_one_left(self, house: House):
        where, identity = await room(house), await guest(house)
        house.media.enter(where, ALICE, "Alice Martin")
        house.media.enter(where, identity)
        await after(house, SECOND)
        house.media.leave(where, identity)
        house.media.leave(where, ALICE)
        await after(house, 10 * MINUTE)
        assert await house.sentences("meeting.summary") == []
        await after(house, EMPTY)
        (told,) = await house.sentences("meeting.summary")
        _, occurrence = await house.of()
        assert isinstance(told, Notice)
        assert told.thread == occurrence.card
        assert told.parameters["span"] == {"$span": 600.0}
        assert told.parameters["people"] == {"$phrase": "people.count", "facts": {"n": 2}}
        assert told.parameters["guests"] == {"$phrase": "people.guests", "facts": {"n": 1}}
        assert "names" not in told.parameters
        assert (await surely(house)).names == frozenset()
        await after(house, HOUR)
        assert len(await house.sentences("meeting.summary")) == 1

    async def test_who_reloads_a_page_ends_nothing(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.media.leave(where, ALICE)
        await after(house, SELDOM)
        house.media.enter(where, ALICE)
        await after(house, EMPTY - SECOND)
        await after(house, HOUR / 2)
        there = await surely(house)
        assert (there.closed_at, there.empty_since, there.began_at) == (None, None, START + SECOND)

    async def test_an_empty_room_is_looked_into_often(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        del house.media.rooms[where]  # the server deletes it by and by
        await after(house, SELDOM)
        left = house.clock.now()
        for _ in range(20):
            await after(house, SECOND)
        assert (await surely(house)).closed_at == left

    async def test_not_while_somebody_is_still_there_after_the_window(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.clock.at = CLOSES + HOUR
        await after(house, SECOND)
        assert (await surely(house)).closed_at is None
        assert await house.sentences("meeting.summary") == []
        house.media.leave(where, ALICE)
        await after(house, SELDOM)
        left = house.clock.now()
        await after(house, EMPTY)
        assert (await surely(house)).closed_at == left
        (told,) = await house.sentences("meeting.summary")
        assert told.parameters["span"] == {"$span": (left - START - SECOND).total_seconds()}

    async def test_not_when_somebody_ends_it_and_people_are_still_there(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        async with house.store() as work:
            await house.meetings.end(work, (await house.of())[1])
        await after(house, SELDOM)
        assert (await surely(house)).closed_at is None
        house.media.leave(where, ALICE)
        await after(house, SELDOM)
        await after(house, EMPTY)
        assert len(await house.sentences("meeting.summary")) == 1

    async def test_at_once_when_its_last_people_were_guests_whose_time_is_over(self, house: House):
        where, identity = await room(house), await guest(house)
        house.media.enter(where, identity)
        await after(house, SECOND)
        house.clock.at = CLOSES - SECOND / 2
        house.media.leave(where, identity)
        await after(house, timedelta())
        assert (await surely(house)).closed_at == CLOSES - SECOND / 2

    async def test_an_agent_who_reloads_a_page_after_the_window_is_still_there(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.clock.at = CLOSES
        for there in (False, True):
            (house.media.enter if there else house.media.leave)(where, ALICE)
            await after(house, SELDOM if there is False else SECOND)
        known = await surely(house)
        assert (known.closed_at, known.people) == (None, 1)

    async def test_an_extension_finds_who_was_there_all_the_while(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.clock.at = CLOSES + MINUTE
        await after(house, SECOND)
        async with house.store() as work:
            await house.meetings.extend(work, (await house.of())[1], HOUR)
        await after(house, SELDOM)
        known = await surely(house)
        assert (known.people, known.began_at, known.closings) == (1, START + SECOND, 0)

    async def test_a_day_after_the_window_if_nobody_could_look(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.media.away = True
        house.clock.at = CLOSES + NEVER_SEEN_EMPTY - SECOND
        with pytest.raises(MediaUnreachable):
            await after(house, timedelta())
        assert (await surely(house)).closed_at is None
        with pytest.raises(MediaUnreachable):
            await after(house, SECOND)
        assert (await surely(house)).closed_at == CLOSES
        assert len(await house.sentences("meeting.summary")) == 1

    async def test_who_comes_after_it_was_over_begins_nothing(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.media.leave(where, ALICE)
        followed = (await house.presences.followed(START))[where]
        await after(house, SELDOM)
        await after(house, EMPTY)
        over = await surely(house)
        house.clock.at = CLOSES + HOUR
        house.media.enter(where, BOB)
        there = list(await house.media.participants(where))
        assert await house.presences.note(followed, there, house.clock.now()) == over
        assert await known(house) == over

    async def test_who_comes_back_later_has_the_summary_edited(self, house: House):
        where = await room(house)
        for _ in range(2):
            house.media.enter(where, ALICE)
            await after(house, SELDOM)
            house.media.leave(where, ALICE)
            await after(house, 10 * MINUTE)
            await after(house, EMPTY)
        first, second = await house.sentences("meeting.summary")
        assert second.coalesce_key == first.idempotency_key
        assert second.parameters["span"] == {"$span": 1200.0}
        await house.shown()
        async with house.store.reading() as work:
            assert await work.outbox.event_of(first.idempotency_key) is not None

    async def test_names_where_the_salon_wants_them(self, house: House):
        async with house.store() as work:
            await work.salons.save(Salon(id=SALON, names=True))
        where, identity = await room(house), await guest(house)
        house.media.enter(where, ALICE, "Alice\u202e Martin")
        await after(house, SECOND)
        house.media.enter(where, identity, "ext. Léa Roux (partenaire.example)")
        await after(house, SECOND)
        house.media.rooms.clear()
        await after(house, SELDOM)
        await after(house, EMPTY)
        (told,) = await house.sentences("meeting.summary-names")
        assert told.parameters["names"] == "Alice Martin, ext. Léa Roux (partenaire.example)"

    async def test_names_are_dropped_when_the_salon_changes_its_mind(self, house: House):
        async with house.store() as work:
            await work.salons.save(Salon(id=SALON, names=True))
        house.media.enter(await room(house), ALICE, "Alice Martin")
        await after(house, SECOND)
        assert (await surely(house)).names == {"Alice Martin"}
        async with house.store() as work:
            await work.salons.save(Salon(id=SALON, names=False))
        await after(house, SELDOM)
        assert (await surely(house)).names == frozenset()

    async def test_names_are_forgotten_with_the_guests(self, house: House):
        async with house.store() as work:
            await work.salons.save(Salon(id=SALON, names=True))
        house.media.enter(await room(house), ALICE, "Alice Martin")
        await after(house, SECOND)
        await house.run_until(START + HOUR + 15 * MINUTE + timedelta(days=7))
        assert (await surely(house)).names == frozenset()

    async def test_a_meeting_to_which_nobody_came_says_nothing(self, house: House):
        await house.run_until(START + 3 * HOUR)
        await after(house, SECOND)
        assert await house.sentences("meeting.summary") == []


class TestExtended:
    async def test_people_may_come_after_an_extension(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        async with house.store() as work:
            await house.meetings.end(work, (await house.of())[1])
        await after(house, SECOND)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.extend(work, occurrence, HOUR)
        await after(house, MINUTE)
        there = await surely(house)
        assert (there.closed_at, there.people) == (None, 1)
        assert there.began_at == START + SECOND


@dataclass
class Between:
    """A process's transactions; before its first write, another process acts."""

    works: UnitsOfWork
    act: Callable[[], Awaitable[object]] | None

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[UnitOfWork]:
        act, self.act = self.act, None
        if act is not None:
            await act()
        async with self.works() as work:
            yield work

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._writing()

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.works.reading()


class TestTwoProcesses:
    def other(self, house: House, act: Callable[[], Awaitable[object]]) -> Attendance:
        return Attendance(replace(house.tools, works=Between(house.store, act)))

    async def test_both_see_who_came(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        followed = (await house.presences.followed(START))[where]
        there = list(await house.media.participants(where))

        async def first() -> None:
            await house.presences.note(followed, there, START)

        assert await self.other(house, first).note(followed, there, START) == await surely(house)
        assert len(await edits(house)) == 1

    async def test_both_end_it(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        house.clock.at = now = CLOSES + NEVER_SEEN_EMPTY
        late = (await house.presences.followed(now)).values()

        async def first() -> None:
            await house.presences.close(late, now)

        await self.other(house, first).close(late, now)
        assert len(await house.sentences("meeting.summary")) == 1
        assert (await surely(house)).closings == 1

    async def test_one_ends_it_while_the_other_looks(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        followed = (await house.presences.followed(START))[where]
        house.media.enter(where, BOB)
        there = list(await house.media.participants(where))
        now = START + 2 * SECOND

        async def ended() -> None:
            house.clock.at = now
            async with house.store() as work:
                await house.meetings.end(work, (await house.of())[1])
            await house.presences.note(followed, [], now)

        await self.other(house, ended).note(followed, there, now)
        known = await surely(house)
        assert (known.closed_at, known.people, known.peak) == (None, 2, 2), "seen at one moment"

    async def test_one_ends_what_the_other_has_just_extended(self, house: House):
        where = await room(house)
        house.media.enter(where, ALICE)
        await after(house, SECOND)
        now = CLOSES + NEVER_SEEN_EMPTY
        late = (await house.presences.followed(now)).values()

        async def extended() -> None:
            async with house.store() as work:
                await house.meetings.extend(work, (await house.of())[1], timedelta(days=2))

        await self.other(house, extended).close(late, now)
        assert (await surely(house)).closed_at is None


async def test_who_stays_longer_than_the_meeting_is_watched_and_shown(house: House):
    (invited,) = await house.invited(LEA, until=START + 2 * HOUR)
    entered = await house.visited(invited)
    await house.decided(entered.visit)
    async with house.store.reading() as work:
        seat = await work.seats.of_visit(entered.visit)
    assert seat is not None
    house.media.sit(seat)
    await after(house, SECOND)
    house.clock.at = START + HOUR + 16 * MINUTE
    await after(house, SECOND)
    assert house.media.looked.count(seat.room) == 2
    there = await surely(house)
    assert (there.closed_at, there.people) == (None, 1)
    assert house.media.rooms[seat.room] == {seat.identity}
