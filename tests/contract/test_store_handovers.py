"""Handovers of meetings, and the rooms that dates keep from before, on both databases."""

from dataclasses import replace

from sqlalchemy import select

from bridge.domain.meeting import Handover
from bridge.ids import UserId
from bridge.store import Store, migrate, open_store
from bridge.store.tables import occurrences
from tests.contract.store_samples import (
    ORGANISER,
    START,
    event,
    invitation,
    mail,
    meeting,
    occurrence,
    room,
    vault,
)
from tests.contract.test_store_schema import downgraded

OTHER = UserId("@dominique:agent.tchap")


async def test_a_handover_comes_back_as_it_was(store: Store):
    asked = Handover(to=OTHER, by=ORGANISER, at=START, line=event("line"))
    held = replace(meeting(room=room()), handover=asked, missing=ORGANISER)
    async with store() as work:
        await work.meetings.add(held, occurrence(held))
    async with store() as work:
        assert await work.meetings.get(held.id) == held
        await work.meetings.save(replace(held, handover=None))
    async with store.reading() as work:
        assert await work.meetings.get(held.id) == replace(held, handover=None)


async def test_dates_keep_their_room_and_all_follow_the_organiser(store: Store):
    held, elsewhere = meeting(room=room()), meeting(room=room())
    assert held.room is not None
    begun, coming = occurrence(held, hours=-1), occurrence(held, hours=5)
    kept = replace(begun, own_room=replace(held.room, owner=ORGANISER))
    other = replace(held.organised_by(OTHER), room=room())
    async with store() as work:
        await work.meetings.add(held, begun, coming)
        await work.meetings.add(elsewhere, occurrence(elsewhere))
        await work.meetings.hand_over(other, [kept])
    async with store.reading() as work:
        assert await work.meetings.get(held.id) == other
        assert await work.meetings.occurrences_of(held.id) == [kept, coming]
        assert kept.room_in(other) == kept.own_room
        assert coming.room_in(other) == other.room
        ours = await work.meetings.of_organiser(OTHER, ending_after=START, most=9)
        assert [one for _, one in ours] == [coming], "not the one that is over"
        theirs = await work.meetings.of_organiser(ORGANISER, ending_after=START, most=9)
        assert [one for one, _ in theirs] == [elsewhere]
        followed = await work.presences.followed(
            starting_before=coming.end, ending_after=begun.start
        )
        assert other.room is not None
        assert {one.occurrence: one.room for one in followed if one.occurrence != elsewhere.id}[
            begun.id
        ] == str(held.room.id)
    async with store() as work:  # saved again it keeps it
        await work.meetings.save_occurrence(replace(kept, sequence=3))
        assert await work.meetings.occurrence(begun.id) == replace(kept, sequence=3)


async def test_the_kept_room_s_address_is_sealed(store: Store):
    held = meeting(room=room())
    assert held.room is not None
    dated = replace(occurrence(held), own_room=replace(held.room, owner=ORGANISER))
    async with store() as work:
        await work.meetings.add(held, dated)
    async with store.begin(writing=False) as tx:
        sealed = await tx.connection.scalar(select(occurrences.c.room))
    assert held.room.phone is not None
    assert held.room.phone.pin.encode() not in sealed
    assert held.room.slug.encode() not in sealed


async def test_an_older_databases_mails_have_told_the_organiser_of_then(store_url: str):
    held = meeting()
    dated = occurrence(held)
    guest = invitation(dated)
    filed, plain = replace(mail(guest), sequence=0), mail(guest)
    async with open_store(store_url, vault=vault()) as store, store() as work:
        await work.meetings.add(held, dated)
        await work.invitations.add(guest)
        await work.mails.add(filed)
        await work.mails.add(plain)
    await downgraded(store_url, "0031")
    await migrate(store_url)
    async with open_store(store_url, vault=vault()) as store, store.reading() as work:
        told = {one.id: one.organiser for one in await work.mails.to([guest.id])}
    assert told == {filed.id: ORGANISER, plain.id: None}
