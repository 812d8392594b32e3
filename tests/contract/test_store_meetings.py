"""Meetings and occurrences, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.meeting import MeetingState, OccurrenceState
from bridge.ids import SalonId
from bridge.store.work import Store
from tests.contract.store_samples import ORGANISER, SALON, START, event, meeting, occurrence, room

DAY = timedelta(days=1)


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
            found = await work.meetings.of_organiser(ORGANISER, ending_after=START, most=9)
            assert [one for one, _ in found] == [elsewhere, early, late]

    async def test_a_meeting_and_its_occurrence_are_saved_again(self, store: Store):
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

    async def test_a_meeting_follows_its_salon_to_another(self, store: Store):
        kept = meeting()
        new = SalonId("!new")
        async with store() as work:
            await work.meetings.add(kept, occurrence(kept))
            await work.meetings.moved_salon(SALON, new)
        async with store.reading() as work:
            assert await work.meetings.get(kept.id) == replace(kept, salon=new)
            assert await work.meetings.of_salon(SALON, ending_after=START) == []
            [(moved, _)] = await work.meetings.of_salon(new, ending_after=START)
            assert moved.id == kept.id

    async def test_the_first_ones(self, store: Store):
        held = [meeting() for _ in range(3)]
        async with store() as work:
            for hours, one in enumerate(held):
                await work.meetings.add(one, occurrence(one, hours=hours))
        async with store.reading() as work:
            found = await work.meetings.of_salon(SALON, ending_after=START, most=2)
            assert [one for one, _ in found] == held[:2]
            found = await work.meetings.of_organiser(ORGANISER, ending_after=START, most=2)
            assert [one for one, _ in found] == held[:2]

    async def test_of_a_thread(self, store: Store):
        there, elsewhere = meeting(), replace(meeting(), thread=None)
        assert there.thread is not None
        async with store() as work:
            for one in (there, elsewhere):
                await work.meetings.add(one, occurrence(one))
            found = await work.meetings.of_thread(there.thread, ending_after=START)
        assert [one for one, _ in found] == [there]

    async def test_asked_for_lately(self, store: Store):
        old, new = replace(meeting(), created_at=START - timedelta(minutes=5)), meeting()
        async with store() as work:
            for one in (old, new):
                await work.meetings.add(one, occurrence(one))
            after = START - timedelta(minutes=1)
            found = await work.meetings.lately_in(SALON, asked_after=after, ending_after=START)
        assert [one for one, _ in found] == [new]

    async def test_the_last_without_a_room(self, store: Store):
        early, late = (replace(meeting(), state=MeetingState.REFUSED) for _ in range(2))
        asked, made = meeting(), meeting(room=room())
        async with store() as work:
            for hours, one in enumerate((early, late, asked, made)):
                await work.meetings.add(one, occurrence(one, hours=hours))
            for found in (
                await work.meetings.unmade_in(SALON, ending_after=START),
                await work.meetings.unmade_by(ORGANISER, ending_after=START),
            ):
                assert found is not None
                assert found[0] == late
            assert await work.meetings.unmade_in(SALON, ending_after=START + DAY) is None


class TestOver:
    """Searches leave out a meeting that is over, and find it again if it is not over after all."""

    async def test_what_ended_is_found_no_more(self, store: Store):
        over, planned = meeting(), meeting()
        async with store() as work:
            await work.meetings.add(over, occurrence(over, hours=-3))
            await work.meetings.add(planned, occurrence(planned))
            long_ago = START - DAY
            assert len(await work.meetings.of_salon(SALON, ending_after=long_ago)) == 2
            assert not await work.meetings.note_over(ended_before=START)
            [(found, _)] = await work.meetings.of_salon(SALON, ending_after=long_ago)
        assert found == planned

    async def test_what_is_extended_is_found_again(self, store: Store):
        kept = meeting()
        dated = occurrence(kept, hours=-3)
        async with store() as work:
            await work.meetings.add(kept, dated)
            await work.meetings.note_over(ended_before=START)
            await work.meetings.save_occurrence(dated.extended(timedelta(hours=1), now=START))
            assert len(await work.meetings.of_salon(SALON, ending_after=START)) == 1
            await work.meetings.note_over(ended_before=START)
            assert len(await work.meetings.of_salon(SALON, ending_after=START)) == 1

    async def test_what_a_clock_that_was_ahead_noted_is_found_again(self, store: Store):
        kept, ended = meeting(), meeting()
        dated = occurrence(ended)
        async with store() as work:
            await work.meetings.add(kept, occurrence(kept))
            await work.meetings.add(ended, dated)
            await work.meetings.save_occurrence(dated.cancelled(START))
            await work.meetings.note_over(ended_before=START + DAY)
            assert await work.meetings.of_salon(SALON, ending_after=START) == []
            await work.meetings.note_over(ended_before=START)
            [(found, _)] = await work.meetings.of_salon(SALON, ending_after=START)
        assert found == kept

    async def test_a_hundred_at_once(self, store: Store):
        """So that the first time, of an installation of years, holds up nobody."""
        over = [meeting() for _ in range(101)]
        async with store() as work:
            for one in over:
                await work.meetings.add(one, occurrence(one, hours=-3))
        async with store() as work:
            assert await work.meetings.note_over(ended_before=START)
            assert len(await work.meetings.of_salon(SALON, ending_after=START - DAY)) == 1
            assert not await work.meetings.note_over(ended_before=START)
