"""Another process's changes reach a waiting page within a second, on both databases."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest_asyncio
from sqlalchemy import event

from bridge.domain.admission import LIVEKIT
from bridge.domain.invitation import Invitation, Standing, Visit
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.proof import Proof
from bridge.domain.seat import Seat
from bridge.ids import OccurrenceId, SeatId, UserId, uuid7
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions
from bridge.store.work import Store, StoreWork, open_store
from federation.door.cookies import visit_of
from federation.door.status import FRESH, VisitCache
from tests.contract.store_samples import START, invitation, room, vault, visit
from tests.contract.store_samples import meeting as a_meeting
from tests.contract.store_samples import occurrence as an_occurrence
from tests.defaults import default_policy
from tests.doubles.clocks import SetClock


@dataclass
class Page:
    """A page that waits at a door; somebody else writes."""

    cache: VisitCache
    other: Store
    clock: SetClock
    name: str
    meeting: Meeting
    occurrence: Occurrence
    guest: Invitation

    async def told(self) -> Standing:
        told = await self.cache.get(self.name)
        assert told.admission is not None
        return told.admission.standing(self.clock.now())

    async def closes(self) -> float:
        told = await self.cache.get(self.name)
        assert told.admission is not None
        return (told.admission.window.closes - START).total_seconds()

    async def change(self, what: Callable[[StoreWork], Awaitable[object]]) -> None:
        async with self.other() as work:
            await what(work)


@pytest_asyncio.fixture(loop_scope="session")
async def page(store: Store, lasting_url: str, clock: SetClock) -> AsyncIterator[Page]:
    meeting = a_meeting(room=room())
    occurrence = an_occurrence(meeting, hours=0)
    guest = replace(invitation(occurrence), until=None, proof=Proof.NONE)
    seen = visit(guest)
    async with open_store(lasting_url, vault=vault(), clock=clock) as other:
        async with other() as work:
            await work.meetings.add(meeting, occurrence)
            await work.invitations.add(guest)
            await work.visits.add(seen)
        clock.forward(seconds=60)
        cache = VisitCache(
            Admissions(Tools(store, clock, default_policy())), now=lambda: clock.now().timestamp()
        )
        page = Page(cache, other, clock, seen.id.hex, meeting, occurrence, guest)
        assert await page.told() is Standing.OPEN
        clock.forward(seconds=60)
        assert await page.told() is Standing.OPEN
        yield page


class TestWaitingPages:
    async def test_a_withdrawn_link_is_told(self, page: Page):
        gone = replace(page.guest, revoked_at=START)
        await page.change(lambda work: work.invitations.save(gone))
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.REVOKED

    async def test_an_ended_meeting_is_told(self, page: Page):
        ended = page.occurrence.ended(page.clock.now())
        await page.change(lambda work: work.meetings.save_occurrence(ended))
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.ENDED

    async def test_a_moved_meeting_is_told(self, page: Page):
        later = [at + timedelta(days=1) for at in (page.occurrence.start, page.occurrence.end)]
        moved = page.occurrence.moved(*later)
        await page.change(lambda work: work.meetings.save_occurrence(moved))
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.EARLY

    async def test_an_extended_link_is_told(self, page: Page):
        before = await page.closes()
        later = page.guest.extended(
            timedelta(hours=5), page.occurrence, default_policy().graces, page.clock.now()
        )
        await page.change(lambda work: work.invitations.save(later))
        page.clock.forward(seconds=FRESH)
        assert await page.closes() == before + 5 * 3600

    async def test_a_room_that_is_given_or_taken(self, page: Page):
        await page.change(lambda work: work.meetings.save(replace(page.meeting, room=None)))
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.PREPARING
        await page.change(lambda work: work.meetings.save(page.meeting))
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.OPEN

    async def test_a_refusal_is_told(self, page: Page):
        admissions = Admissions(Tools(page.other, page.clock, default_policy(mode=LIVEKIT)))
        page.cache = VisitCache(admissions, now=lambda: page.clock.now().timestamp())
        assert await page.told() is Standing.WAITING
        visit = visit_of(page.name)
        await page.change(lambda work: work.visits.refuse(visit, page.clock.now()))
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.REFUSED

    async def test_each_of_two_changes(self, page: Page):
        """The second within the time in which the first is still found."""
        for change in (START, None):
            changed = replace(page.guest, revoked_at=change)
            await page.change(lambda work, to=changed: work.invitations.save(to))  # type: ignore[misc]  # bound in the loop
            page.clock.forward(seconds=FRESH)
            assert await page.told() is (Standing.OPEN if change is None else Standing.REVOKED)

    async def test_a_commit_some_seconds_after_the_change(self, page: Page):
        async with page.other() as work:
            await work.invitations.save(replace(page.guest, revoked_at=START))
            for _ in range(5):
                page.clock.forward(seconds=FRESH)
                assert await page.told() is Standing.OPEN
        page.clock.forward(seconds=FRESH)
        assert await page.told() is Standing.REVOKED

    async def test_costs_one_statement_a_second_and_none_within_it(self, page: Page, store: Store):
        asked: list[str] = []
        engine = store.engines.reading.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
        page.clock.forward(seconds=60)
        for _ in range(20):
            await page.told()
        assert len(asked) == 1
        assert "touched" in asked[0]


async def test_all_visits_to_a_meeting_read_together_are_as_each_is(page: Page):
    admissions = Admissions(Tools(page.other, page.clock, default_policy(mode=LIVEKIT)))
    other, meeting = invitation(page.occurrence), a_meeting()
    elsewhere = an_occurrence(meeting)
    stranger = invitation(elsewhere)
    visits = [visit(other), visit(page.guest)]
    holders = (visits[0], visits[0], visits[1])
    seats = [a_seat(one, page.occurrence, hour) for hour, one in enumerate(holders)]
    async with page.other() as work:
        await work.meetings.add(meeting, elsewhere)
        for one in (other, stranger):
            await work.invitations.add(one)
        for each in (*visits, visit(stranger)):
            await work.visits.add(each)
        for seat in seats:
            await work.seats.add(seat)
    known = [visit_of(page.name), *(one.id for one in visits)]
    one_by_one = {one: await admissions.read(one) for one in known}
    together = await admissions.read_all(page.occurrence.id)
    assert {one.visit.id: one for one in together} == one_by_one
    assert together[0].mode is LIVEKIT
    assert {one.seat for one in together} == {None, *seats[1:]}
    assert await admissions.read_all(OccurrenceId(uuid7(START))) == []


def a_seat(of: Visit, to: Occurrence, hour: int) -> Seat:
    return Seat(
        id=SeatId(uuid7(START + timedelta(hours=hour))),
        visit=of.id,
        invitation=of.invitation,
        occurrence=to.id,
        room="room",
        identity=f"guest-{uuid4()}",
        admitted_at=START,
        admitted_by=UserId("@alice:agent.example"),
    )


class TestTouched:
    async def touched(self, page: Page) -> bool:
        async with page.other.reading() as work:
            found = await work.meetings.touched(within=timedelta(seconds=30))
        assert set(found) <= {page.occurrence.id}
        return bool(found)

    async def test_by_what_pages_are_told(self, page: Page):
        assert not await self.touched(page)
        await page.change(lambda work: work.invitations.save(page.guest))
        assert await self.touched(page)
        page.clock.forward(seconds=31)
        assert not await self.touched(page)

    async def test_not_by_what_a_door_notes(self, page: Page):
        now = page.clock.now()

        async def note(work: StoreWork) -> None:
            await work.invitations.waits(page.guest, now)
            await work.invitations.announce(page.guest, now=now, unless_after=now)
            await work.visits.add(visit(page.guest))

        await page.change(note)
        assert not await self.touched(page)

    async def test_waiting_counts_from_the_first_time(self, page: Page):
        fresh = replace(invitation(page.occurrence), waiting_since=None)
        async with page.other() as work:
            await work.invitations.add(fresh)
            for minute in (1, 2):
                await work.invitations.waits(fresh, START + timedelta(minutes=minute))
        async with page.other.reading() as work:
            kept = await work.invitations.get(fresh.id)
        assert kept == replace(fresh, waiting_since=START + timedelta(minutes=1))
