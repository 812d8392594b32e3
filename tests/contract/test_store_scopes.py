"""Invitations to a series and to named dates, on both databases."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from bridge.domain.invitation import Invitation, Visit
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.question import Question
from bridge.domain.scope import NamedOccurrences, OneOccurrence, WholeSeries
from bridge.ids import InvitationId, QuestionId, VisitId, uuid7
from bridge.store import Store, migrate, open_store
from bridge.store.links import LinkKeys
from bridge.store.register import living
from bridge.store.schema import HEAD
from bridge.store.tables import invitations
from tests.contract.store_samples import START, invitation, meeting, occurrence, vault
from tests.contract.test_store_schema import downgraded
from tests.doubles.clocks import SetClock

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Series:
    """A meeting with three dates, and guests of one, of two and of all of them."""

    meeting: Meeting
    dates: tuple[Occurrence, Occurrence, Occurrence]
    once: Invitation
    """To the second date."""
    twice: Invitation
    """To the first and the third."""
    always: Invitation

    def visit(self, guest: Invitation, to: Occurrence) -> Visit:
        return Visit(
            id=VisitId(uuid7(START)),
            invitation=guest.id,
            occurrence=to.id,
            digest=secrets.token_bytes(32),
            name="Alex M.",
            language="fr",
            created_at=START,
        )


def series() -> Series:
    held = meeting()
    first, second, third = (occurrence(held, hours=1 + n * 7 * 24) for n in range(3))
    guest = replace(invitation(second), until=None)

    def other(scope: NamedOccurrences | WholeSeries) -> Invitation:
        link = secrets.token_bytes(32)
        return replace(guest, id=InvitationId(uuid7(START)), digest=link, scope=scope)

    named = NamedOccurrences(frozenset({first.id, third.id}))
    return Series(held, (first, second, third), guest, other(named), other(WholeSeries()))


async def filled(store: Store) -> Series:
    made = series()
    async with store() as work:
        assert await work.meetings.add(made.meeting, *made.dates)
        for guest in (made.once, made.twice, made.always):
            await work.invitations.add(guest)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def kept(store: Store) -> Series:
    return await filled(store)


class TestScopes:
    async def test_come_back_as_they_were(self, store: Store, kept: Series):
        for writing in (store, store.reading):
            async with writing() as work:
                for guest in (kept.once, kept.twice, kept.always):
                    assert await work.invitations.get(guest.id) == guest
                    assert await work.invitations.by_digest(guest.digest) == guest

    async def test_an_occurrence_has_the_guests_that_it_is_covered_by(
        self, store: Store, kept: Series
    ):
        elsewhere = await filled(store)
        expected = [{kept.twice, kept.always}, {kept.once, kept.always}, {kept.twice, kept.always}]
        async with store() as work:
            for one, guests in zip(kept.dates, expected, strict=True):
                found = await work.invitations.of_occurrence(one.id)
                assert len(found) == len(guests)
                assert set(found) == {guest.on(one.id) for guest in guests}
        assert elsewhere.always not in guests

    async def test_a_meetings_dates_come_by_start(self, store: Store, kept: Series):
        first, second, third = kept.dates
        async with store() as work:
            await work.meetings.save_occurrence(
                replace(third, title="Bilan", start=START, end=START + timedelta(hours=1))
            )
        async with store.reading() as work:
            found = await work.meetings.occurrences_of(kept.meeting.id)
        assert [one.id for one in found] == [third.id, first.id, second.id]
        assert [one.titled(kept.meeting) for one in found] == [
            "Bilan",
            kept.meeting.title,
            kept.meeting.title,
        ]

    async def test_what_is_saved_changes_no_scope(self, store: Store, kept: Series):
        async with store() as work:
            for guest in (kept.twice, kept.always):
                await work.invitations.save(replace(guest, number=7, pin_tries=0))
            for guest in (kept.twice, kept.always):
                saved = await work.invitations.get(guest.id)
                assert saved == replace(guest, number=7, pin_tries=0)

    async def test_a_change_of_a_link_is_noted_for_all_its_dates(
        self, store: Store, kept: Series, clock: SetClock
    ):
        clock.forward(seconds=60)
        async with store() as work:
            await work.invitations.save(replace(kept.twice, number=7))
        async with store.reading() as work:
            changed = await work.meetings.touched(within=timedelta(seconds=1))
        first, _, third = kept.dates
        assert {first.id, third.id} <= set(changed)


class TestVisits:
    async def test_are_to_one_date_each(self, store: Store, kept: Series):
        first, second, _ = kept.dates
        visits = kept.visit(kept.always, first), kept.visit(kept.always, second)
        questions = [
            Question(
                id=QuestionId(uuid7(START)),
                invitation=kept.always.id,
                occurrence=one.occurrence,
                asked_at=START,
                told_at=START,
                last=1,
            )
            for one in visits
        ]
        async with store() as work:
            for one, asked in zip(visits, questions, strict=True):
                await work.visits.add(one)
                await work.questions.add(asked)
                await work.visits.listed(one.id, asked.id, 1, START)
            for one, asked in zip(visits, questions, strict=True):
                place = await work.visits.place(one.id)
                assert place is not None
                assert (place.occurrence, place.invitation) == (one.occurrence, kept.always.id)
                assert await work.questions.place(asked.id) == place
                assert [v.id for v in await work.visits.of_occurrence(one.occurrence)] == [one.id]
                assert [v.id for v in await work.visits.asking(one.occurrence)] == [one.id]
                assert await work.visits.numbered(one.occurrence, 1) == 1
                assert await work.questions.of_occurrence(one.occurrence) == [asked.id]
                assert await work.questions.last(one.occurrence) == 1
            opened = await work.questions.open(kept.always.id)
        assert {one.id: one for one in opened} == {one.id: one for one in questions}


class TestForgetting:
    async def test_a_guest_is_forgotten_with_their_last_date(self, store: Store, kept: Series):
        first, second, third = kept.dates
        seen = [kept.visit(kept.always, one) for one in kept.dates]
        known: list[set[InvitationId]] = []
        async with store() as work:
            for one in seen:
                await work.visits.add(one)
            for date in (first, second, third):
                await work.invitations.forget(date.id)
                guests = [
                    await work.invitations.get(one.id)
                    for one in (kept.once, kept.twice, kept.always)
                ]
                known.append({one.id for one in guests if one is not None and not one.forgotten})
                assert await work.visits.of_occurrence(date.id) == []
        assert known == [
            {kept.once.id, kept.twice.id, kept.always.id},
            {kept.twice.id, kept.always.id},
            set(),
        ]

    async def test_a_date_that_is_deleted_leaves_the_others(self, store: Store, kept: Series):
        first, _, third = kept.dates
        assert await store.retention.meetings(first.end + timedelta(minutes=1)) == 1
        async with store.reading() as work:
            left = await work.invitations.get(kept.twice.id)
            assert left is not None
            assert left.scope == NamedOccurrences(frozenset({third.id}))
        assert await store.retention.meetings(third.end + timedelta(minutes=1)) == 2
        async with store.reading() as work:
            for guest in (kept.once, kept.twice, kept.always):
                assert await work.invitations.get(guest.id) is None

    async def test_named_dates_that_are_all_deleted_do_not_become_a_series(
        self, store: Store, kept: Series
    ):
        first, second, _ = kept.dates
        only = replace(
            kept.twice,
            id=InvitationId(uuid7(START)),
            digest=b"only",
            scope=NamedOccurrences(frozenset({first.id})),
        )
        async with store() as work:
            await work.invitations.add(only)
        await store.retention.meetings(first.end + timedelta(minutes=1))
        async with store.reading() as work:
            left = await work.invitations.get(only.id)
            assert left is not None
            assert left.scope == NamedOccurrences(frozenset())
            assert only.id not in {
                one.id for one in await work.invitations.of_occurrence(second.id)
            }


class TestOperators:
    async def test_search_guests_by_date(self, store: Store, kept: Series):
        found = await living(store.begin, now=START, ended_after=START)
        first, second, third = (date.id for date in kept.dates)
        assert {(one.occurrence, one.invitation) for one in found} == {
            (first, kept.twice.id),
            (first, kept.always.id),
            (second, kept.once.id),
            (second, kept.always.id),
            (third, kept.twice.id),
            (third, kept.always.id),
        }

    async def test_find_the_dates_that_a_leaked_key_opens(self, store: Store, kept: Series):
        links = LinkKeys(store.begin)
        first, second, third = kept.dates
        assert set(await links.open_with({"k1"}, START)) == {first.id, second.id, third.id}
        assert set(await links.open_with({"k1"}, second.end)) == {third.id}


class TestMigration:
    @pytest.mark.parametrize("guest", ["once", "twice", "always"])
    async def test_an_older_program_knows_the_last_date(self, store_url: str, guest: str):
        async with open_store(store_url, vault=vault()) as store:
            made = await filled(store)
        await downgraded(store_url, "0022")
        await migrate(store_url, HEAD)
        _, second, third = made.dates
        last = second if guest == "once" else third
        async with open_store(store_url, vault=vault()) as store, store.reading() as work:
            known = await work.invitations.get(getattr(made, guest).id)
            assert known is not None
            assert known.scope == OneOccurrence(last.id)

    async def test_visits_of_before_are_to_the_date_of_their_link(self, store_url: str):
        async with open_store(store_url, vault=vault()) as store:
            made = await filled(store)
            seen = made.visit(made.once, made.dates[1])
            async with store() as work:
                await work.visits.add(seen)
        await downgraded(store_url, "0022")
        await migrate(store_url)
        async with open_store(store_url, vault=vault()) as store:
            async with store.reading() as work:
                assert await work.visits.get(seen.id) == seen
            async with store.begin() as tx:
                rows = await tx.connection.execute(select(invitations.c.series))
                assert set(rows.scalars()) == {False}
