"""Meetings and occurrences, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.meeting import MeetingState, OccurrenceState
from bridge.ids import SalonId
from bridge.store.work import Store
from tests.contract.store_samples import ORGANISER, SALON, START, event, meeting, occurrence, room


class TestMeetings:
    async def test_comes_back_as_it_was(self, store: Store):
        kept = meeting(room=room())
        dated = occurrence(kept, card=event())
        async with store() as work:
            assert await work.meetings.add(kept, dated)
        async with store.reading() as work:
            assert await work.meetings.get(kept.id) == kept
            assert await work.meetings.occurrence(dated.id) == dated
            assert await work.meetings.occurrences_of(kept.id) == [dated]

    async def test_the_same_event_makes_one_meeting(self, store: Store):
        first, second = meeting("same"), meeting("same")
        async with store() as work:
            assert await work.meetings.add(first, occurrence(first))
            assert not await work.meetings.add(second, occurrence(second))
        async with store.reading() as work:
            assert await work.meetings.get(second.id) is None
            assert await work.meetings.occurrences_of(second.id) == []

    async def test_found_by_card_and_by_source(self, store: Store):
        kept = meeting("source")
        dated = occurrence(kept, card=event("card"))
        async with store() as work:
            await work.meetings.add(kept, dated)
            assert await work.meetings.by_card(event("card")) == (kept, dated)
            assert await work.meetings.by_card(event("source")) == (kept, dated)
            assert await work.meetings.by_card(event("other")) is None

    async def test_planned_ones_by_start(self, store: Store):
        late, early, over, elsewhere = (
            meeting(),
            meeting(),
            meeting(),
            meeting(salon=SalonId("!other:x")),
        )
        async with store() as work:
            for one, hours in ((late, 5), (early, 2), (over, -3), (elsewhere, 1)):
                await work.meetings.add(one, occurrence(one, hours=hours))
            cancelled = meeting()
            dated = replace(occurrence(cancelled), state=OccurrenceState.CANCELLED)
            await work.meetings.add(cancelled, dated)
        async with store.reading() as work:
            found = await work.meetings.of_salon(SALON, ending_after=START)
            assert [one for one, _ in found] == [early, late]
            found = await work.meetings.of_organiser(ORGANISER, ending_after=START)
            assert [one for one, _ in found] == [elsewhere, early, late]

    async def test_saved_again(self, store: Store):
        kept = meeting()
        dated = occurrence(kept)
        changed = replace(kept, state=MeetingState.READY, room=room(), state_changes=9)
        moved = dated.moved(dated.start + timedelta(days=1), dated.end + timedelta(days=1))
        async with store() as work:
            await work.meetings.add(kept, dated)
            await work.meetings.save(changed)
            await work.meetings.save_occurrence(moved)
        async with store.reading() as work:
            assert await work.meetings.get(kept.id) == changed
            assert await work.meetings.occurrence(dated.id) == moved

    async def test_follows_its_salon(self, store: Store):
        kept = meeting()
        new = SalonId("!new")
        async with store() as work:
            await work.meetings.add(kept, occurrence(kept))
            await work.meetings.moved_salon(SALON, new)
        async with store.reading() as work:
            assert await work.meetings.get(kept.id) == replace(kept, salon=new)
