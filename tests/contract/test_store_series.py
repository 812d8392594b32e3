"""Series and wall times, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from bridge.domain.scope import WholeSeries
from bridge.domain.series import Recurrence, Series
from bridge.domain.wall import wall_of
from bridge.ids import MeetingId, OccurrenceId, uuid7
from bridge.store import Store, migrate, open_store
from tests.contract.store_samples import START, invitation, meeting, occurrence, room, vault
from tests.contract.test_store_schema import downgraded

WALL = datetime(2026, 12, 1, 11)
WEEK = timedelta(days=7)


def series(of: MeetingId) -> Series:
    return Series(
        meeting=of,
        start=WALL,
        length=timedelta(minutes=45),
        zone="Indian/Reunion",
        recurrence=Recurrence(
            rule="FREQ=WEEKLY", without=(WALL + WEEK,), besides=(WALL + WEEK / 2,), holidays="FR-RE"
        ),
        title="Point",
        closed=(WALL + 3 * WEEK,),
        closed_until=WALL + 100 * WEEK,
    )


async def test_a_series_is_kept_and_replaced(store: Store):
    held = meeting()
    async with store() as work:
        await work.meetings.add(held, occurrence(held))
        assert await work.series.get(held.id) is None
        await work.series.save(series(held.id))
    later = replace(series(held.id), start=WALL + WEEK, title=None, closed_until=None)
    async with store() as work:
        assert await work.series.get(held.id) == series(held.id)
        await work.series.save(later)
    async with store.reading() as work:
        assert await work.series.get(held.id) == later


async def test_more_dates_come_to_a_meeting_in_its_salon(store: Store):
    held = meeting(room=room())
    first = replace(occurrence(held), original=WALL)
    more = [
        replace(
            occurrence(held, hours=24 * 7 * n),
            id=OccurrenceId(uuid7(START)),
            original=WALL + n * WEEK,
            zone="Pacific/Noumea",
            wall=None,
        )
        for n in (1, 2)
    ]
    async with store() as work:
        await work.meetings.add(held, first)
        await work.meetings.add_occurrences(held, *more)
        await work.meetings.add_occurrences(held)
    async with store.reading() as work:
        assert held.salon is not None
        found = await work.meetings.of_salon(held.salon, ending_after=START)
        assert [one for _, one in found] == [first, *more]
        assert found[1][1].wall_start.hour == 20
        assert await work.meetings.of_series(held.id, since=WALL + WEEK) == more
        assert await work.meetings.to_come(since=more[0].start, most=1) == more[:1]


async def test_a_moment_is_no_wall_time(store: Store):
    held = meeting()
    async with store() as work:
        await work.meetings.add(held, occurrence(held))
    with pytest.raises(StatementError, match="a wall time with a zone"):
        async with store() as work:
            await work.series.save(replace(series(held.id), start=START))


async def test_a_date_stays_while_a_guest_of_the_series_may_still_enter_it(store: Store):
    held = meeting()
    first, second = (replace(occurrence(held, hours=n), original=WALL) for n in (1, 2))
    always = replace(
        invitation(first), scope=WholeSeries(), dated=first.id, until=START + 100 * WEEK
    )
    async with store() as work:
        await work.meetings.add(held, first, second)
        await work.invitations.add(always)
    assert await store.retention.meetings(START + 50 * WEEK) == 1
    async with store.reading() as work:
        assert await work.meetings.occurrences_of(held.id) == [first]
        assert await work.invitations.of_occurrence(first.id) == [always]


async def test_what_is_counted_for_a_link_begins_anew_on_another_date(store: Store):
    held = meeting()
    first, second = (replace(occurrence(held, hours=n), original=WALL) for n in (1, 2))
    always = replace(invitation(first), scope=WholeSeries(), until=None, waiting_since=None)
    async with store() as work:
        await work.meetings.add(held, first, second)
        await work.invitations.add(always)
        on = always.on(first.id)
        await work.invitations.waits(on, START)
        await work.invitations.waits(on, START + WEEK)
        assert await work.invitations.announce(on, now=START, unless_after=START - WEEK)
        assert not await work.invitations.announce(on, now=START, unless_after=START - WEEK)
        (there,) = await work.invitations.of_occurrence(first.id)
        assert (there.waiting_since, there.announced_at) == (START, START)
        later = always.on(second.id)
        await work.invitations.waits(later, START + WEEK)
        (there,) = await work.invitations.of_occurrence(second.id)
        assert (there.waiting_since, there.announced_at) == (START + WEEK, None)
        assert await work.invitations.announce(later, now=START, unless_after=START - WEEK)


async def test_an_older_databases_occurrences_get_their_wall_times(store_url: str):
    held = meeting()
    dated = [
        replace(occurrence(held, hours=n), zone=zone, wall=None)
        for n, zone in enumerate(("Europe/Paris", "America/Cayenne", "Pacific/Noumea"))
    ]
    async with open_store(store_url, vault=vault()) as store, store() as work:
        await work.meetings.add(held, *dated)
    await downgraded(store_url, "0024")
    await migrate(store_url)
    async with open_store(store_url, vault=vault()) as store, store.reading() as work:
        kept = await work.meetings.occurrences_of(held.id)
    assert [one.wall_start for one in kept] == [one.wall_start for one in dated]
    assert wall_of(START, UTC) == START.replace(tzinfo=None)
