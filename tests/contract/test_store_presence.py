"""The people who are, and were, in meetings, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.meeting import OccurrenceState
from bridge.domain.presence import Presence
from bridge.domain.salon import Salon
from bridge.ids import InvitationId, uuid7
from bridge.ports import Followed
from bridge.store import Store
from tests.contract.store_samples import SALON, START, meeting, occurrence, room

HOUR = timedelta(hours=1)


async def test_comes_back_as_it_was(store: Store):
    held = meeting(room=room())
    dated = occurrence(held)
    first = Presence(occurrence=dated.id, began_at=START, looked_at=START, people=3, guests=1)
    later = replace(
        first,
        peak=5,
        came=frozenset(InvitationId(uuid7(START)) for _ in range(2)),
        names=frozenset({"Alice Martin", "Léa Roux"}),
        empty_since=START + HOUR,
        closed_at=START + 2 * HOUR,
        lasted=timedelta(seconds=61.5),
        shown_at=START,
        closings=2,
    )
    async with store() as work:
        await work.meetings.add(held, dated)
        assert await work.presences.get(dated.id) is None
        assert await work.presences.add(first)
        assert not await work.presences.add(later)
        assert await work.presences.count() == (1, 3)
        await work.presences.save(later)
        assert await work.presences.get(dated.id) == later
        assert await work.presences.count() == (0, 0)
        await work.presences.forget(dated.id)
        assert await work.presences.get(dated.id) == replace(later, names=frozenset())


async def test_follows_what_is_planned_and_has_a_room(store: Store):
    held, roomless = meeting(room=room()), meeting()
    soon, late, ended = occurrence(held), occurrence(held, hours=5), occurrence(held)
    async with store() as work:
        await work.meetings.add(held, soon)
        await work.meetings.add(roomless, occurrence(roomless))
        for more in (late, replace(ended, state=OccurrenceState.ENDED)):
            other = meeting(room=room())
            await work.meetings.add(other, replace(more, meeting=other.id))

    async def followed() -> list[Followed]:
        async with store.reading() as work:
            found = await work.presences.followed(
                starting_before=soon.start, ending_after=soon.start
            )
            return list(found)

    assert held.room is not None
    mine = Followed(soon.id, str(held.room.id))
    assert await followed() == [mine]
    async with store() as work:
        await work.salons.save(Salon(id=SALON, names=True))
    mine = replace(mine, names=True)
    assert await followed() == [mine]


async def test_follows_what_goes_on_until_it_is_over(store: Store):
    held, missed = meeting(room=room()), meeting(room=room())
    over = replace(occurrence(held), state=OccurrenceState.ENDED)
    there = Presence(occurrence=over.id, began_at=START, looked_at=START, people=1)
    async with store() as work:
        await work.meetings.add(held, over)
        await work.meetings.add(missed, occurrence(missed))
        await work.presences.add(there)

    async def followed() -> list[Followed]:
        after = START + timedelta(days=1)
        async with store.reading() as work:
            found = await work.presences.followed(starting_before=after, ending_after=after)
            return list(found)

    assert held.room is not None
    assert await followed() == [Followed(over.id, str(held.room.id), late=True)]
    async with store() as work:
        await work.presences.save(replace(there, closed_at=START))
    assert await followed() == []
