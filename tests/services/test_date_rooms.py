"""A Visio room for each date of a series: made the day before, and never another date's."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.domain.admission import KNOCK, LIVEKIT
from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.domain.meeting import MeetingState, Occurrence, Phone
from bridge.domain.message import Card
from bridge.domain.scope import OneOccurrence, WholeSeries
from bridge.errors import VisioUnconfirmed, VisioUnreachable
from bridge.ports import LobbyEntry
from bridge.services.foresight.foreseen import ToCome
from bridge.services.invitations.invitations import Guest
from bridge.services.series.planning import Planned
from bridge.services.visits.snapshot import admission_of
from tests.doubles.ports import Killed, MortalWorks
from tests.services.house import HOUR, MINUTE, START, House
from tests.services.test_foresight import foresight, happened
from tests.services.test_foresight import said as foreseen
from tests.services.test_series import dates, planned

DAY = timedelta(days=1)
LEA = Guest("Léa Roux", "lea@partenaire.example")


async def series(house: House, *, daily: bool = False) -> Planned:
    house.choose(room_per_date=True)
    rule = "FREQ=DAILY;COUNT=3" if daily else "FREQ=WEEKLY;COUNT=3"
    return await planned(house, rule, datetime(2026, 12, 7, 9))


async def cards(house: House) -> list[Card]:
    return [one for one in await house.shown() if isinstance(one, Card)]


async def rooms(house: House, made: Planned) -> Sequence[str | None]:
    """Return the addresses of the rooms in which the dates take place."""
    async with house.store.reading() as work:
        meeting = await work.meetings.get(made.meeting.id)
    assert meeting is not None
    found = [one.room_in(meeting) for one in await dates(house, made.meeting.id)]
    return [None if one is None else one.url for one in found]


async def date(house: House, one: Occurrence) -> Occurrence:
    async with house.store.reading() as work:
        found = await work.meetings.occurrence(one.id)
    assert found is not None
    return found


async def test_each_date_gets_its_room_the_day_before(house: House):
    house.visio.phone = Phone("+33 1 80 00 00 00", "3638741631")
    made = await series(house)
    await house.run_due()
    assert [one is not None for one in await rooms(house, made)] == [True, False, False]
    for n, one in enumerate(made.occurrences[1:], 2):
        await house.run_until(one.start - DAY - MINUTE)
        await cards(house)
        assert len(house.visio.made) == n - 1
        await house.run_until(one.start - DAY)
        assert [card.occurrence for card in await cards(house)] == [one.id]
    assert await rooms(house, made) == [one.url for one in house.visio.made]
    assert len(set(await rooms(house, made))) == 3
    last = (await date(house, made.occurrences[2])).own_room
    assert last == house.visio.made[2]


async def test_without_the_setting_all_dates_share_one(house: House):
    made = await planned(house, "FREQ=WEEKLY;COUNT=3", datetime(2026, 12, 7, 9))
    await house.run_until(made.occurrences[-1].start)
    assert await rooms(house, made) == [house.visio.made[0].url] * 3


@pytest.mark.parametrize("scope", ["one", "series"])
async def test_a_link_leads_into_the_room_of_its_date(house: House, scope: str):
    made = await series(house)
    await house.run_due()
    second = made.occurrences[1]
    whom = WholeSeries() if scope == "series" else OneOccurrence(second.id)
    (invited,) = await house.invited(LEA, scope=whom)
    await house.run_until(second.start)
    entered = await house.visited(invited)
    view = await house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.room is not None
    assert view.room.startswith(house.visio.made[1].url)


async def test_a_link_waits_for_the_room_of_its_date(house: House):
    made = await series(house)
    await house.run_due()
    second = made.occurrences[1]
    (invited,) = await house.invited(LEA, scope=OneOccurrence(second.id))
    house.visio.troubles.extend([VisioUnreachable()] * 500)
    await house.run_until(second.start)
    entered = await house.visited(invited)
    view = await house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert (view.room, view.standing) == (None, Standing.PREPARING)
    told = [one for one in await house.messages() if one.template == "error.visio-unreachable"]
    assert len(told) == 1, "however often it is tried"
    house.visio.troubles.clear()
    await house.run_until(second.start + 2 * MINUTE)
    view = await house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.room is not None


async def test_knocks_and_seats_are_in_the_room_of_the_date(house: House):
    house.choose(mode=KNOCK)
    made = await series(house)
    await house.run_due()
    second = made.occurrences[1]
    (invited,) = await house.invited(LEA, scope=OneOccurrence(second.id))
    await house.run_until(second.start)
    entered = await house.visited(invited)
    own = (await date(house, second)).own_room
    assert own is not None
    for entry in (LobbyEntry.WAITING, LobbyEntry.ACCEPTED):
        if house.lobby.knocked:
            house.lobby.decide(house.lobby.knocked[-1][0], entry)
        async with house.store.reading() as work:
            admission = await admission_of(work, entered.visit, house.policy)
        assert admission is not None
        stands = await house.knocking.knock(admission)
    assert stands is Standing.ADMITTED
    async with house.store.reading() as work:
        (seat,) = await work.seats.held(second.id)
    assert seat.room == str(own.id)


async def test_polls_follow_the_room_of_the_date(house: House):
    house.choose(mode=LIVEKIT)
    made = await series(house)
    await house.run_due()
    second = made.occurrences[1]
    await house.run_until(second.start)
    own = (await date(house, second)).own_room
    assert own is not None
    followed = await house.presences.followed(house.clock.now())
    assert [(room, one.occurrence) for room, one in followed.items()] == [(str(own.id), second.id)]


async def test_an_answer_that_is_lost_is_told_and_a_person_asks_again(house: House):
    made = await series(house)
    await house.run_due()
    second = made.occurrences[1]
    house.visio.troubles.append(VisioUnconfirmed())
    await house.run_until(second.start - HOUR)
    assert (await date(house, second)).own_room is None
    assert [one.template for one in await house.messages()].count("error.visio-unconfirmed") == 1
    async with house.store() as work:
        assert await house.meetings.ask_room(work, second)
        assert not await house.meetings.ask_room(work, made.occurrences[2])
    await house.run_due()
    assert (await date(house, second)).own_room is not None


async def test_a_proxy_that_always_answers_so_leaves_three_rooms_at_most(house: House):
    made = await series(house)
    await house.run_due()
    house.visio.troubles.extend([VisioUnreachable(asked=True)] * 50)
    await house.run_until(made.occurrences[1].start)
    assert 50 - len(house.visio.troubles) == 3
    assert "error.visio-unconfirmed" in [one.template for one in await house.messages()]


async def test_a_room_for_a_date_that_was_cancelled_meanwhile_is_nobodys(house: House):
    made = await series(house)
    await house.run_due()
    second = made.occurrences[1]

    async def cancel() -> None:
        house.visio.meanwhile = None
        async with house.store() as work:
            await house.meetings.end(work, await date(house, second))

    house.visio.meanwhile = cancel
    await house.run_until(second.start - HOUR)
    assert (await date(house, second)).own_room is None
    assert (Kind.ROOM, str(second.id)) not in await house.planned()


async def test_a_date_that_moves_gets_its_room_the_day_before_its_new_time(house: House):
    made = await series(house)
    await house.run_due()
    third = made.occurrences[2]
    async with house.store() as work:
        both = await work.meetings.both(third.id)
        assert both is not None
        await house.changes.move(work, both, third.wall_start + DAY)
    rows = await house.planned()
    assert rows[Kind.ROOM, str(third.id)] == third.start


async def test_a_meeting_whose_room_came_after_its_first_date(house: House):
    house.choose(keep_trying=30 * DAY)
    house.visio.troubles.extend([VisioUnreachable()] * 100_000)
    made = await series(house, daily=True)
    await house.run_until(START + MINUTE)
    house.clock.at = made.occurrences[0].end + MINUTE
    house.visio.troubles.clear()
    await house.run_due()
    async with house.store.reading() as work:
        meeting = await work.meetings.get(made.meeting.id)
    assert meeting is not None
    assert meeting.state is MeetingState.READY
    assert (await date(house, made.occurrences[1])).room_in(meeting) == meeting.room
    await house.run_until(made.occurrences[2].start)
    third = await date(house, made.occurrences[2])
    assert third.own_room is not None
    assert third.own_room != meeting.room


async def test_a_look_ahead_sees_rooms_and_cards_of_dates(house: House):
    made = await series(house)
    await house.run_due()
    await house.invited(replace(LEA), scope=WholeSeries())
    await house.shown()
    end = made.occurrences[-1].end + DAY
    seen = list(await foresight(house).look(START, end))
    assert [one.at for one in seen if one.what is ToCome.ROOM] == [
        one.start - DAY for one in made.occurrences[1:]
    ]
    real, _ = await happened(house, end)
    cards_of = {one for one in real if one[1] == "card"}
    assert {one for one in foreseen(seen) if one[1] == "card"} == cards_of


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_each_commit_a_date_has_one_card(
    house_maker: Callable[[], Awaitable[House]], after: bool
):
    number = 0
    while True:
        number += 1
        house = await house_maker()
        made = await series(house)
        await house.run_due()
        await house.run_until(made.occurrences[1].start - DAY - MINUTE)
        await house.shown()
        house.wire(MortalWorks(house.store, number, after))
        house.clock.at = made.occurrences[1].start - DAY
        try:
            await house.run_due()
        except Killed:
            died = True
            house.wire(house.store)
            async with house.store() as work:
                await work.agenda.release(now=house.clock.now())
            await house.run_due()
        else:
            died = False
        assert [card.occurrence for card in await cards(house)] == [made.occurrences[1].id]
        own = (await date(house, made.occurrences[1])).own_room
        assert own == house.visio.made[-1]
        if not died:
            return
