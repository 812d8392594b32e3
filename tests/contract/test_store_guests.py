"""Invitations, visits and mails, on both databases."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.answer import Answer, Answered
from bridge.domain.event import GuestEvent, ShiftedDate
from bridge.domain.host import HostLink
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.proof import Challenge, Proof
from bridge.domain.series import Recurrence
from bridge.ids import (
    ChallengeId,
    HostId,
    InvitationId,
    MailId,
    OccurrenceId,
    UserId,
    VisitId,
    uuid7,
)
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
                return await work.invitations.announce(guest, now=now, unless_after=now - every)

        assert await announce(0)
        assert not await announce(9)
        assert await announce(10)
        assert not await announce(19)

    async def test_forgetting_erases_names_and_addresses_and_drops_visits(self, store: Store):
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
        sent = replace(
            asked,
            sent_at=START,
            failed="550",
            until=START,
            occurrence=OccurrenceId(uuid7(START)),
            starts_at=START,
            ends_at=START + timedelta(hours=1),
            sequence=3,
            fingerprint="0f",
            series=GuestEvent(
                uid="a@b.example",
                start=datetime.fromisoformat("2026-12-01T10:00"),
                length=timedelta(minutes=45),
                zone="Europe/Paris",
                recurrence=Recurrence(
                    rule="FREQ=WEEKLY",
                    without=(datetime.fromisoformat("2026-12-08T10:00"),),
                    besides=(datetime.fromisoformat("2026-12-09T10:00"),),
                ),
                shifted=(
                    ShiftedDate(
                        original=datetime.fromisoformat("2026-12-15T10:00"),
                        start=datetime.fromisoformat("2026-12-16T10:00"),
                        length=timedelta(hours=1),
                    ),
                ),
                sequence=3,
            ),
        )
        async with store() as work:
            await work.mails.add(asked)
            assert await work.mails.get(asked.id) == asked
            await work.mails.save(sent)
        async with store.reading() as work:
            assert await work.mails.get(asked.id) == sent
            assert await work.mails.to([guest.id]) == [sent]
            assert await work.mails.to([InvitationId(uuid7(START))]) == []
            assert await work.mails.get(MailId(uuid7(START))) is None


class TestAnswers:
    async def test_the_last_one_of_each_counts(self, store: Store):
        dated, guest = await invited(store)
        agent = UserId("@alice:agent.tchap")
        first = Answered(occurrence=dated.id, who=guest.id, answer=Answer.NO, at=START)
        later = replace(first, answer=Answer.YES, at=START + timedelta(minutes=2))
        other = replace(first, who=agent, answer=Answer.MAYBE, at=START + timedelta(minutes=1))
        async with store() as work:
            for one in (first, other, later):
                await work.answers.put(one)
        async with store.reading() as work:
            assert await work.answers.of_occurrence(dated.id) == [other, later]
            assert await work.answers.of(dated.id, agent) == other
            assert await work.answers.of(dated.id, UserId("@bob:agent.tchap")) is None
        async with store() as work:
            await work.answers.forget(dated.id)
            assert await work.answers.of_occurrence(dated.id) == []

    async def test_finds_what_an_agent_comes_to(self, store: Store):
        agent, found = UserId("@alice:agent.tchap"), []
        for hours, said in enumerate((Answer.NO, Answer.MAYBE, Answer.YES, None), start=2):
            asked = meeting()
            dated = occurrence(asked, hours=8 - hours)
            async with store() as work:
                await work.meetings.add(asked, dated)
                if said is not None:
                    about = Answered(occurrence=dated.id, who=agent, answer=said, at=START)
                    await work.answers.put(about)
            found.append((asked, dated))
        _, maybe, yes, _ = found
        async with store.reading() as work:
            coming = work.meetings.answered_by
            assert await coming(agent, ending_after=START, most=9) == [yes, maybe]
            assert await coming(agent, ending_after=START, most=1) == [yes]
            assert await coming(agent, ending_after=yes[1].end, most=9) == [maybe]
            assert await coming(UserId("@bob:agent.tchap"), ending_after=START, most=9) == []
        async with store() as work:
            await work.meetings.save_occurrence(maybe[1].cancelled(START))
            coming = work.meetings.answered_by
            assert await coming(agent, ending_after=START, most=9) == [yes]


class TestHosts:
    def link(self, dated: Occurrence, *, user: str = "@camille:agent.tchap") -> HostLink:
        return HostLink(
            id=HostId(uuid7(START)),
            occurrence=dated.id,
            user=UserId(user),
            created_at=START,
            digest=secrets.token_bytes(32),
            key="k1",
        )

    async def test_one_for_each_person_and_the_last_one_only(self, store: Store):
        dated, _ = await invited(store)
        old, new, other = self.link(dated), self.link(dated), self.link(dated, user="@b:x")
        async with store() as work:
            for link in (old, other, new):
                await work.hosts.add(link)
        async with store.reading() as work:
            assert await work.hosts.get(old.id) is None
            assert await work.hosts.by_digest(old.digest) is None
            assert await work.hosts.by_digest(new.digest) == new
            assert await work.hosts.get(other.id) == other
            [place] = await work.hosts.salons()
            assert {one.id for one in await work.hosts.of_salon(place)} == {new.id, other.id}

    async def test_the_first_browser_keeps_it_and_the_next_link_is_open_again(self, store: Store):
        dated, _ = await invited(store)
        link, session = self.link(dated), b"s" * 32
        async with store() as work:
            await work.hosts.add(link)
            assert await work.hosts.open(link.id, session, START)
            assert not await work.hosts.open(link.id, b"t" * 32, START)
            opened = replace(link, session=session, opened_at=START)
            assert await work.hosts.get(link.id) == opened
            again = self.link(dated)
            await work.hosts.add(again)
            assert await work.hosts.get(again.id) == again
            assert await work.hosts.forget(dated.id) == 1
            assert await work.hosts.get(again.id) is None


class TestChallenges:
    async def test_the_last_of_a_visit_and_those_of_an_hour(self, store: Store):
        _, guest = await invited(store)
        come, other = visit(guest), visit(guest)
        asked = [
            Challenge(
                id=ChallengeId(uuid7(START)),
                visit=whose.id,
                invitation=guest.id,
                key="k1",
                asked_at=START + timedelta(minutes=n),
            )
            for n, whose in enumerate((come, come, other))
        ]
        async with store() as work:
            for one in (come, other):
                await work.visits.add(one)
            for challenge in asked:
                await work.challenges.add(challenge)
            left = replace(asked[1], sent_at=START, failed="refused", tries=2)
            await work.challenges.save(left)
        async with store.reading() as work:
            assert await work.challenges.last(come.id) == left
            assert await work.challenges.get(asked[0].id) == asked[0]
            assert await work.challenges.since(guest.id, START) == [left, asked[2]]
            assert await work.challenges.last(VisitId(uuid7(START))) is None

    async def test_they_go_with_their_visit(self, store: Store):
        _, guest = await invited(store)
        come = visit(guest)
        challenge = Challenge(
            id=ChallengeId(uuid7(START)),
            visit=come.id,
            invitation=guest.id,
            key="k1",
            asked_at=START,
        )
        async with store() as work:
            await work.visits.add(come)
            await work.challenges.add(challenge)
            await work.visits.keep(guest.id, newest=0)
            assert await work.challenges.get(challenge.id) == challenge
            await work.visits.invalidate(guest.id)
            assert await work.challenges.get(challenge.id) is None

    async def test_what_a_visit_has_shown_and_a_refusal_taken_back(self, store: Store):
        _, guest = await invited(store)
        come = visit(guest)
        async with store() as work:
            await work.visits.add(come)
            await work.visits.prove(come.id, Proof.OIDC, by="Ministère B")
            await work.visits.refuse(come.id, START)
            await work.visits.clear_refusal(come.id)
            assert await work.visits.get(come.id) == replace(
                come, proved=Proof.OIDC, vouched_by="Ministère B"
            )
