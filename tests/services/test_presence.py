"""Attendance: polled lists, the card, and the salon's summary."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

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
    async def test_nobody_came_yet(self, quiet_house: House):
        await after(quiet_house, SECOND)
        assert await known(quiet_house) is None

    async def test_sets_of_people_are_counted(self, quiet_house: House):
        where, identity = await room(quiet_house), await guest(quiet_house)
        for one in (ALICE, f"{ALICE}#screen", BOB, identity):
            quiet_house.media.enter(where, one)
        quiet_house.media.enter(where, "EG_1", person=False)
        quiet_house.media.enter(where, "AG_1", person=False)
        await after(quiet_house, SECOND)
        there = await surely(quiet_house)
        assert (there.people, there.guests, there.peak) == (3, 1, 3)
        assert there.began_at == START + SECOND

    async def test_who_has_no_seat_is_not_there(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        quiet_house.media.enter(where, "guest-00000000-0000-4000-8000-000000000000")
        await after(quiet_house, SECOND)
        assert (await surely(quiet_house)).people == 1

    async def test_without_guests_it_is_looked_now_and_then(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        for _ in range(61):
            await after(quiet_house, SECOND)
        assert len(quiet_house.media.looked) == 3

    async def test_where_guests_are_each_second(self, quiet_house: House):
        where, identity = await room(quiet_house), await guest(quiet_house)
        quiet_house.media.enter(where, identity)
        for _ in range(5):
            await after(quiet_house, SECOND)
        assert len(quiet_house.media.looked) == 5

    async def test_many_rooms_are_looked_into_by_turns(self, quiet_house: House):
        for number in range(29):
            await quiet_house.met(f"more-{number}", start=START)
        rooms = await quiet_house.presences.followed(START)
        assert len(rooms) == 30
        for one in rooms:
            quiet_house.media.enter(one, ALICE)
        before = 0
        for _ in range(3):
            await after(quiet_house, SECOND)
            assert len(quiet_house.media.looked) - before == 10
            before += 10
        assert set(quiet_house.media.looked) == set(rooms)
        await after(quiet_house, SECOND)
        assert len(quiet_house.media.looked) == 30

    async def test_what_was_noted_is_not_read_again_each_second(self, quiet_house: House):
        where, identity = await room(quiet_house), await guest(quiet_house)
        quiet_house.media.enter(where, identity)
        await after(quiet_house, SECOND)
        known = await surely(quiet_house)
        async with quiet_house.store() as work:
            await work.presences.save(replace(known, people=7))
        for _ in range(28):
            await after(quiet_house, SECOND)
        assert (await surely(quiet_house)).people == 7
        await after(quiet_house, 2 * SECOND)
        assert (await surely(quiet_house)).people == 1

    async def test_a_hint_makes_it_sooner(self, quiet_house: House):
        where = await room(quiet_house)
        await after(quiet_house, SECOND)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        assert await known(quiet_house) is None
        await quiet_house.polling.poll(["another room", where])
        assert (await surely(quiet_house)).people == 1

    async def test_a_hint_about_others_rooms_asks_nothing(self, quiet_house: House):
        await quiet_house.polling.poll(["another room"])
        assert quiet_house.media.looked == []

    async def test_only_what_is_new_is_written(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        first = await surely(quiet_house)
        await after(quiet_house, SELDOM)
        assert await surely(quiet_house) == first

    async def test_what_was_seen_earlier_does_not_count_later(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        quiet_house.media.enter(where, BOB)
        followed = (await quiet_house.presences.followed(START))[where]
        early = list(await quiet_house.media.participants(where))
        quiet_house.media.leave(where, BOB)
        late = list(await quiet_house.media.participants(where))
        await quiet_house.presences.note(followed, late, START + SECOND)
        await quiet_house.presences.note(followed, early, START)
        assert (await surely(quiet_house)).people == 1

    async def test_before_the_window_nobody_looks(self, quiet_house: House):
        await quiet_house.met("later", start=START + HOUR)
        await after(quiet_house, SECOND)
        assert len(await quiet_house.presences.followed(START)) == 1
        assert len(await quiet_house.presences.followed(START + HOUR - 10 * MINUTE)) == 2

    async def test_while_the_media_server_is_away_nothing_changes(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.media.away = True
        with pytest.raises(MediaUnreachable):
            await after(quiet_house, SELDOM)
        assert (await surely(quiet_house)).people == 1


class TestTheCard:
    async def test_is_edited_at_once_and_then_seldom(self, quiet_house: House):
        where, _ = await room(quiet_house), await guest(quiet_house)
        await edits(quiet_house)
        moments: list[datetime] = []
        for number in range(20):  # somebody comes each second
            quiet_house.media.enter(where, f"agent-{number}")
            await after(quiet_house, SECOND)
            moments += [quiet_house.clock.now()] * len(await edits(quiet_house))
        assert moments[0] == START + SECOND
        between = [later - earlier for earlier, later in pairwise(moments)]
        assert between
        assert set(between) == {timedelta(seconds=5)}
        assert (await surely(quiet_house)).people == 20

    async def test_that_it_is_recorded_is_never_told_to_the_salon(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, await guest(quiet_house))
        await after(quiet_house, SECOND)
        await quiet_house.shown()
        for status in ("starting", "started", "saving", "saved", "failed_to_start"):
            for mode in ("screen_recording", "transcript"):
                told = {"recording_mode": mode, "recording_status": status}
                quiet_house.media.told[where] = json.dumps(told)
                await after(quiet_house, 10 * SECOND)
                assert await quiet_house.shown() == []

    async def test_the_last_change_is_shown(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        await edits(quiet_house)
        quiet_house.media.enter(where, BOB)
        await quiet_house.polling.poll([where])
        assert await edits(quiet_house) == []
        _, occurrence = await quiet_house.of()
        assert (await quiet_house.planned())[Kind.CARD, str(occurrence.id)] == START + 6 * SECOND
        quiet_house.clock.at = START + 6 * SECOND
        await quiet_house.run_due()
        assert len(await edits(quiet_house)) == 1


class TestTheEnd:
    async def test_when_the_last_one_left(self, quiet_house: House):
        where, identity = await room(quiet_house), await guest(quiet_house)
        quiet_house.media.enter(where, ALICE, "Alice Martin")
        quiet_house.media.enter(where, identity)
        await after(quiet_house, SECOND)
        quiet_house.media.leave(where, identity)
        quiet_house.media.leave(where, ALICE)
        await after(quiet_house, 10 * MINUTE)
        assert await quiet_house.sentences("meeting.summary") == []
        await after(quiet_house, EMPTY)
        (told,) = await quiet_house.sentences("meeting.summary")
        _, occurrence = await quiet_house.of()
        assert isinstance(told, Notice)
        assert told.thread == occurrence.card
        assert told.parameters["span"] == {"$span": 600.0}
        assert told.parameters["people"] == {"$phrase": "people.count", "facts": {"n": 2}}
        assert told.parameters["guests"] == {"$phrase": "people.guests", "facts": {"n": 1}}
        assert "names" not in told.parameters
        assert (await surely(quiet_house)).names == frozenset()
        await after(quiet_house, HOUR)
        assert len(await quiet_house.sentences("meeting.summary")) == 1

    async def test_who_reloads_a_page_ends_nothing(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.media.leave(where, ALICE)
        await after(quiet_house, SELDOM)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, EMPTY - SECOND)
        await after(quiet_house, HOUR / 2)
        there = await surely(quiet_house)
        assert (there.closed_at, there.empty_since, there.began_at) == (None, None, START + SECOND)

    async def test_an_empty_room_is_looked_into_often(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        del quiet_house.media.rooms[where]  # the server deletes it by and by
        await after(quiet_house, SELDOM)
        left = quiet_house.clock.now()
        for _ in range(20):
            await after(quiet_house, SECOND)
        assert (await surely(quiet_house)).closed_at == left

    async def test_not_while_somebody_is_still_there_after_the_window(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.clock.at = CLOSES + HOUR
        await after(quiet_house, SECOND)
        assert (await surely(quiet_house)).closed_at is None
        assert await quiet_house.sentences("meeting.summary") == []
        quiet_house.media.leave(where, ALICE)
        await after(quiet_house, SELDOM)
        left = quiet_house.clock.now()
        await after(quiet_house, EMPTY)
        assert (await surely(quiet_house)).closed_at == left
        (told,) = await quiet_house.sentences("meeting.summary")
        assert told.parameters["span"] == {"$span": (left - START - SECOND).total_seconds()}

    async def test_not_when_somebody_ends_it_and_people_are_still_there(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        async with quiet_house.store() as work:
            await quiet_house.meetings.end(work, (await quiet_house.of())[1])
        await after(quiet_house, SELDOM)
        assert (await surely(quiet_house)).closed_at is None
        quiet_house.media.leave(where, ALICE)
        await after(quiet_house, SELDOM)
        await after(quiet_house, EMPTY)
        assert len(await quiet_house.sentences("meeting.summary")) == 1

    async def test_at_once_when_its_last_people_were_guests_whose_time_is_over(
        self, quiet_house: House
    ):
        where, identity = await room(quiet_house), await guest(quiet_house)
        quiet_house.media.enter(where, identity)
        await after(quiet_house, SECOND)
        quiet_house.clock.at = CLOSES - SECOND / 2
        quiet_house.media.leave(where, identity)
        await after(quiet_house, timedelta())
        assert (await surely(quiet_house)).closed_at == CLOSES - SECOND / 2

    async def test_an_agent_who_reloads_a_page_after_the_window_is_still_there(
        self, quiet_house: House
    ):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.clock.at = CLOSES
        for there in (False, True):
            (quiet_house.media.enter if there else quiet_house.media.leave)(where, ALICE)
            await after(quiet_house, SELDOM if there is False else SECOND)
        known = await surely(quiet_house)
        assert (known.closed_at, known.people) == (None, 1)

    async def test_an_extension_finds_who_was_there_all_the_while(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.clock.at = CLOSES + MINUTE
        await after(quiet_house, SECOND)
        async with quiet_house.store() as work:
            await quiet_house.meetings.extend(work, (await quiet_house.of())[1], HOUR)
        await after(quiet_house, SELDOM)
        known = await surely(quiet_house)
        assert (known.people, known.began_at, known.closings) == (1, START + SECOND, 0)

    async def test_a_day_after_the_window_if_nobody_could_look(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.media.away = True
        quiet_house.clock.at = CLOSES + NEVER_SEEN_EMPTY - SECOND
        with pytest.raises(MediaUnreachable):
            await after(quiet_house, timedelta())
        assert (await surely(quiet_house)).closed_at is None
        with pytest.raises(MediaUnreachable):
            await after(quiet_house, SECOND)
        assert (await surely(quiet_house)).closed_at == CLOSES
        assert len(await quiet_house.sentences("meeting.summary")) == 1

    async def test_who_comes_after_it_was_over_begins_nothing(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.media.leave(where, ALICE)
        followed = (await quiet_house.presences.followed(START))[where]
        await after(quiet_house, SELDOM)
        await after(quiet_house, EMPTY)
        over = await surely(quiet_house)
        quiet_house.clock.at = CLOSES + HOUR
        quiet_house.media.enter(where, BOB)
        there = list(await quiet_house.media.participants(where))
        assert await quiet_house.presences.note(followed, there, quiet_house.clock.now()) == over
        assert await known(quiet_house) == over

    async def test_who_comes_back_later_has_the_summary_edited(self, quiet_house: House):
        where = await room(quiet_house)
        for _ in range(2):
            quiet_house.media.enter(where, ALICE)
            await after(quiet_house, SELDOM)
            quiet_house.media.leave(where, ALICE)
            await after(quiet_house, 10 * MINUTE)
            await after(quiet_house, EMPTY)
        first, second = await quiet_house.sentences("meeting.summary")
        assert second.coalesce_key == first.idempotency_key
        assert second.parameters["span"] == {"$span": 1200.0}
        await quiet_house.shown()
        async with quiet_house.store.reading() as work:
            assert await work.outbox.event_of(first.idempotency_key) is not None

    async def test_names_where_the_salon_wants_them(self, quiet_house: House):
        async with quiet_house.store() as work:
            await work.salons.save(Salon(id=SALON, names=True))
        where, identity = await room(quiet_house), await guest(quiet_house)
        quiet_house.media.enter(where, ALICE, "Alice\u202e Martin")
        await after(quiet_house, SECOND)
        quiet_house.media.enter(where, identity, "ext. Léa Roux (partenaire.example)")
        await after(quiet_house, SECOND)
        quiet_house.media.rooms.clear()
        await after(quiet_house, SELDOM)
        await after(quiet_house, EMPTY)
        (told,) = await quiet_house.sentences("meeting.summary-names")
        assert told.parameters["names"] == "Alice Martin, ext. Léa Roux (partenaire.example)"

    async def test_names_are_dropped_when_the_salon_changes_its_mind(self, quiet_house: House):
        async with quiet_house.store() as work:
            await work.salons.save(Salon(id=SALON, names=True))
        quiet_house.media.enter(await room(quiet_house), ALICE, "Alice Martin")
        await after(quiet_house, SECOND)
        assert (await surely(quiet_house)).names == {"Alice Martin"}
        async with quiet_house.store() as work:
            await work.salons.save(Salon(id=SALON, names=False))
        await after(quiet_house, SELDOM)
        assert (await surely(quiet_house)).names == frozenset()

    async def test_names_are_forgotten_with_the_guests(self, quiet_house: House):
        async with quiet_house.store() as work:
            await work.salons.save(Salon(id=SALON, names=True))
        quiet_house.media.enter(await room(quiet_house), ALICE, "Alice Martin")
        await after(quiet_house, SECOND)
        await quiet_house.run_until(START + HOUR + 15 * MINUTE + timedelta(days=7))
        assert (await surely(quiet_house)).names == frozenset()

    async def test_a_meeting_to_which_nobody_came_says_nothing(self, quiet_house: House):
        await quiet_house.run_until(START + 3 * HOUR)
        await after(quiet_house, SECOND)
        assert await quiet_house.sentences("meeting.summary") == []


class TestExtended:
    async def test_people_may_come_after_an_extension(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        async with quiet_house.store() as work:
            await quiet_house.meetings.end(work, (await quiet_house.of())[1])
        await after(quiet_house, SECOND)
        _, occurrence = await quiet_house.of()
        async with quiet_house.store() as work:
            await quiet_house.meetings.extend(work, occurrence, HOUR)
        await after(quiet_house, MINUTE)
        there = await surely(quiet_house)
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

    def reading(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.works.reading(long=long)


class TestTwoProcesses:
    def other(self, house: House, act: Callable[[], Awaitable[object]]) -> Attendance:
        return Attendance(replace(house.tools, works=Between(house.store, act)))

    async def test_both_see_who_came(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        followed = (await quiet_house.presences.followed(START))[where]
        there = list(await quiet_house.media.participants(where))

        async def first() -> None:
            await quiet_house.presences.note(followed, there, START)

        assert await self.other(quiet_house, first).note(followed, there, START) == await surely(
            quiet_house
        )
        assert len(await edits(quiet_house)) == 1

    async def test_two_processes_that_close_a_room_post_one_summary(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        quiet_house.clock.at = now = CLOSES + NEVER_SEEN_EMPTY
        late = (await quiet_house.presences.followed(now)).values()

        async def first() -> None:
            await quiet_house.presences.close(late, now)

        await self.other(quiet_house, first).close(late, now)
        assert len(await quiet_house.sentences("meeting.summary")) == 1
        assert (await surely(quiet_house)).closings == 1

    async def test_one_ends_it_while_the_other_looks(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        followed = (await quiet_house.presences.followed(START))[where]
        quiet_house.media.enter(where, BOB)
        there = list(await quiet_house.media.participants(where))
        now = START + 2 * SECOND

        async def ended() -> None:
            quiet_house.clock.at = now
            async with quiet_house.store() as work:
                await quiet_house.meetings.end(work, (await quiet_house.of())[1])
            await quiet_house.presences.note(followed, [], now)

        await self.other(quiet_house, ended).note(followed, there, now)
        known = await surely(quiet_house)
        assert (known.closed_at, known.people, known.peak) == (None, 2, 2), "seen at one moment"

    async def test_one_ends_what_the_other_has_just_extended(self, quiet_house: House):
        where = await room(quiet_house)
        quiet_house.media.enter(where, ALICE)
        await after(quiet_house, SECOND)
        now = CLOSES + NEVER_SEEN_EMPTY
        late = (await quiet_house.presences.followed(now)).values()

        async def extended() -> None:
            async with quiet_house.store() as work:
                await quiet_house.meetings.extend(
                    work, (await quiet_house.of())[1], timedelta(days=2)
                )

        await self.other(quiet_house, extended).close(late, now)
        assert (await surely(quiet_house)).closed_at is None


async def test_who_stays_longer_than_the_meeting_is_watched_and_shown(quiet_house: House):
    (invited,) = await quiet_house.invited(LEA, until=START + 2 * HOUR)
    entered = await quiet_house.visited(invited)
    await quiet_house.decided(entered.visit)
    async with quiet_house.store.reading() as work:
        seat = await work.seats.of_visit(entered.visit)
    assert seat is not None
    quiet_house.media.sit(seat)
    await after(quiet_house, SECOND)
    quiet_house.clock.at = START + HOUR + 16 * MINUTE
    await after(quiet_house, SECOND)
    assert quiet_house.media.looked.count(seat.room) == 2
    there = await surely(quiet_house)
    assert (there.closed_at, there.people) == (None, 1)
    assert quiet_house.media.rooms[seat.room] == {seat.identity}
