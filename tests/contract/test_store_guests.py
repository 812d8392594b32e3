"""Invitations, visits and mails, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.ids import InvitationId, MailId, VisitId, uuid7
from bridge.store.tx import Changed
from bridge.store.work import Store
from tests.contract.store_samples import START, invitation, mail, meeting, occurrence, visit


async def invited(store: Store) -> tuple[Occurrence, Invitation]:
    held = meeting()
    dated = occurrence(held)
    guest = invitation(dated)
    async with store() as work:
        await work.meetings.add(held, dated)
        await work.invitations.add(guest)
    return dated, guest


class TestInvitations:
    async def test_comes_back_as_it_was(self, store: Store):
        _, guest = await invited(store)
        async with store.reading() as work:
            assert await work.invitations.get(guest.id) == guest
            assert await work.invitations.by_digest(guest.digest) == guest
            assert await work.invitations.by_digest(b"x" * 32) is None
            assert await work.invitations.get(InvitationId(uuid7(START))) is None

    async def test_a_new_link_kills_the_old_one(self, store: Store):
        _, guest = await invited(store)
        renewed = replace(guest, digest=b"n" * 32, number=2, revoked_at=START)
        async with store() as work:
            await work.invitations.save(renewed)
        async with store.reading() as work:
            assert await work.invitations.by_digest(guest.digest) is None
            assert await work.invitations.by_digest(b"n" * 32) == renewed

    async def test_of_an_occurrence_oldest_first(self, store: Store):
        dated, first = await invited(store)
        later = replace(invitation(dated), created_at=START + timedelta(seconds=1))
        async with store() as work:
            await work.invitations.add(later)
            assert await work.invitations.of_occurrence(dated.id) == [first, later]

    async def test_announced_once_in_a_while(self, store: Store):
        _, guest = await invited(store)
        minutes = [START + timedelta(minutes=n) for n in range(20)]
        every = timedelta(minutes=10)

        async def announce(minute: int) -> bool:
            now = minutes[minute]
            async with store() as work:
                return await work.invitations.announce(guest.id, now=now, unless_after=now - every)

        assert await announce(0)
        assert not await announce(9)
        assert await announce(10)
        assert not await announce(19)

    async def test_forgotten(self, store: Store):
        dated, guest = await invited(store)
        seen = visit(guest)
        async with store() as work:
            await work.visits.add(seen)
            assert await work.invitations.forget(dated.id) == 2
            assert await work.invitations.forget(dated.id) == 0
        async with store.reading() as work:
            assert await work.invitations.get(guest.id) == replace(guest, name="", email="")
            assert await work.visits.get(seen.id) is None


class TestVisits:
    async def test_comes_back_as_it_was(self, store: Store):
        _, guest = await invited(store)
        seen = visit(guest)
        async with store() as work:
            assert await work.visits.count(guest.id) == 0
            await work.visits.add(seen)
            await work.visits.followed(seen.id, START)
        async with store.reading() as work:
            assert await work.visits.get(seen.id) == replace(seen, followed_at=START)
            assert await work.visits.get(VisitId(uuid7(START))) is None
            assert await work.visits.count(guest.id) == 1

    async def test_the_identity_it_knocks_with_is_the_last_one_and_doors_hear_of_it(
        self, store: Store
    ):
        _, guest = await invited(store)
        seen = visit(guest)
        async with store() as work:
            await work.visits.add(seen)
        heard: list[Changed] = []
        store.on_commit(heard.append)
        for knock in ("one", "two"):
            async with store() as work:
                await work.visits.knocks(seen.id, knock)
            async with store.reading() as work:
                assert await work.visits.get(seen.id) == replace(seen, knock=knock)
        assert [one.guests for one in heard] == [True, True]

    async def test_only_the_newest_are_kept(self, store: Store):
        dated, guest = await invited(store)
        other = invitation(dated)
        theirs = visit(other)
        seen = [
            replace(visit(guest), created_at=START + timedelta(seconds=n)) for n in (0, 2, 1, 3)
        ]
        async with store() as work:
            await work.invitations.add(other)
            for one in (theirs, *seen):
                await work.visits.add(one)
            await work.visits.keep(guest.id, newest=2)
        async with store.reading() as work:
            kept = [await work.visits.get(one.id) for one in seen]
            assert kept == [None, seen[1], None, seen[3]]
            assert await work.visits.get(theirs.id) == theirs
        async with store() as work:
            await work.visits.keep(guest.id, newest=0)
            assert await work.visits.count(guest.id) == 0
            assert await work.visits.count(other.id) == 1


class TestMails:
    async def test_comes_back_as_it_was(self, store: Store):
        _, guest = await invited(store)
        asked = mail(guest)
        sent = replace(asked, sent_at=START, failed="550")
        async with store() as work:
            await work.mails.add(asked)
            assert await work.mails.get(asked.id) == asked
            await work.mails.save(sent)
        async with store.reading() as work:
            assert await work.mails.get(asked.id) == sent
            assert await work.mails.get(MailId(uuid7(START))) is None
