"""Invitations: issued, resent, renewed, extended, withdrawn, found."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.program.agreements import partner_of
from bridge.domain.agenda import Kind
from bridge.domain.codes import digest_of
from bridge.domain.invitation import Delivery, Invitation, InvitationState
from bridge.domain.message import GuestLink
from bridge.domain.partner import Provider
from bridge.domain.proof import Proof
from bridge.errors import GuestAmbiguous, GuestUnknown, InvitationRefused
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Admissions
from config.agreements import read_agreement
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House, said
from tests.wiring import minter

AGREED = """
partner = "https://invites.b.example"
label = "Ministère B"
direction = ["inbound"]
methods = ["oidc"]
subjects = { email_domains = ["partenaire.example"] }
valid = { from = 2026-01-01, until = 2027-12-31 }
"""
LEA = Guest("Léa Roux", "lea@partenaire.example")
JEAN = Guest("Jean Dupont")


async def revoke(house: House, *whom: Invitation) -> list[Invitation]:
    _, occurrence = await house.of()
    async with house.store() as work:
        return await house.invitations.revoke(work, occurrence, whom)


async def extend(house: House, by: timedelta, *whom: Invitation) -> list[Invitation]:
    _, occurrence = await house.of()
    async with house.store() as work:
        return await house.invitations.extend(work, occurrence, whom, by)


async def find(house: House, words: str) -> list[Invitation]:
    _, occurrence = await house.of()
    async with house.store() as work:
        return list(await house.invitations.find(work, occurrence, words))


async def by_code(house: House, code: str) -> Invitation | None:
    async with house.store.reading() as work:
        return await work.invitations.by_digest(digest_of(code))


class TestInviting:
    async def test_an_address_gets_a_mail(self, house: House):
        await house.met()
        await house.shown()
        (one,) = await house.invited(LEA)
        assert not one.again
        assert one.invitation.delivery is Delivery.MAIL
        assert one.invitation.invited_by == ALICE
        code = minter().code(one.invitation.id, 0, "k1")
        assert await by_code(house, code) == one.invitation
        mails = [key for kind, key in await house.planned() if kind is Kind.MAIL]
        assert len(mails) == 1
        assert [one.template for one in await house.messages()] == ["card"]

    async def test_a_person_of_a_partner_with_a_provider_shows_a_proof(self, house: House):
        await house.met()
        agreed = replace(
            partner_of(read_agreement(AGREED)),
            provider=Provider(issuer="https://sso.b.example", client="parvis"),
        )
        async with house.store() as work:
            await work.partners.put(agreed, START)
        elsewhere = Guest("Max Braun", "max@ailleurs.example")
        lea, max_, jean = await house.invited(LEA, elsewhere, JEAN)
        proofs = [one.invitation.proof for one in (lea, max_, jean)]
        assert proofs == [Proof.MAIL, Proof.NONE, Proof.NONE]
        async with house.store() as work:
            await work.partners.put(replace(agreed, enabled=False), START)
        (late,) = await house.invited(Guest("Eva Klein", "eva@partenaire.example"))
        assert late.invitation.proof is Proof.NONE

    async def test_a_name_alone_gets_a_direct_message_to_the_asker(self, house: House):
        await house.met()
        await house.shown()
        (one,) = await house.invited(JEAN)
        assert one.invitation.delivery is Delivery.DIRECT
        (link,) = await house.messages("invite.link")
        assert (link.confidant, link.to.salon, link.mentions) == (ALICE, None, (ALICE,))
        assert isinstance(link, GuestLink)
        assert (link.invitation, link.number) == (one.invitation.id, 0)
        assert [kind for kind, _ in await house.planned() if kind is Kind.MAIL] == []

    async def test_two_names_are_two_messages(self, house: House):
        await house.met()
        await house.invited(JEAN, Guest("Paul"))
        assert len(await house.messages("invite.link")) == 2

    async def test_they_are_listed_as_they_were_typed(self, house: House):
        await house.met()
        names = [f"Jean {n}" for n in range(12)]
        await house.invited(*[Guest(name) for name in names])
        assert [one.name for one in await house.guests()] == names

    async def test_again_is_the_same_link(self, house: House):
        await house.met()
        (first,) = await house.invited(LEA)
        (second,) = await house.invited(Guest("", "LEA@Partenaire.example"), event="again")
        assert second.again
        assert second.invitation == first.invitation
        assert len([kind for kind, _ in await house.planned() if kind is Kind.MAIL]) == 2

    async def test_again_by_name_is_the_same_link(self, house: House):
        await house.met()
        (first,) = await house.invited(JEAN)
        (second,) = await house.invited(Guest("jean dupont"), event="again")
        assert second.again
        assert second.invitation.digest == first.invitation.digest
        assert len(await house.messages("invite.link")) == 2

    async def test_a_namesake_with_an_address_is_somebody_else(self, house: House):
        await house.met()
        await house.invited(JEAN)
        (other,) = await house.invited(Guest("Jean Dupont", "jean@x.example"), event="b")
        assert not other.again

    async def test_again_may_give_a_name(self, house: House):
        await house.met()
        await house.invited(Guest("", "lea@partenaire.example"))
        (again,) = await house.invited(LEA, event="again")
        assert again.invitation.name == "Léa Roux"

    async def test_again_after_a_refused_mail_hopes_anew(self, house: House):
        await house.met()
        (first,) = await house.invited(LEA)
        async with house.store() as work:
            await work.invitations.save(replace(first.invitation, mail_refused=True))
        (again,) = await house.invited(LEA, event="again")
        assert not again.invitation.mail_refused

    async def test_after_a_withdrawal_it_is_the_next_link_and_the_old_one_stays_dead(
        self, house: House
    ):
        await house.met()
        (first,) = await house.invited(LEA)
        (gone,) = await revoke(house, first.invitation)
        async with house.store() as work:
            await work.invitations.save(replace(gone, waiting_since=START, announced_at=START))
        (again,) = await house.invited(LEA, event="again")
        renewed = again.invitation
        assert (renewed.id, renewed.number, renewed.revoked_at) == (first.invitation.id, 1, None)
        assert (renewed.waiting_since, renewed.announced_at) == (None, None)
        old, new = (minter().code(renewed.id, number, "k1") for number in (0, 1))
        assert await by_code(house, old) is None
        assert await by_code(house, new) == renewed

    async def test_a_browser_that_followed_the_old_link_waits_in_vain(self, house: House):
        """The holder of a leaked link must not come in with the next link's guest."""
        await house.met()
        (first,) = await house.invited(LEA)
        admissions = Admissions(house.tools)
        old, new = (minter().code(first.invitation.id, number, "k1") for number in (0, 1))
        leaked = await admissions.enter(old, name="Léa", language="fr")
        assert leaked is not None
        await house.invited(LEA, event="again")
        assert await admissions.arrive(leaked.visit, leaked.secret), (
            "the same link: they still wait"
        )
        await revoke(house, first.invitation)
        await house.invited(LEA, event="renewed")
        assert await admissions.arrive(leaked.visit, leaked.secret) is None
        assert await admissions.enter(new, name="Léa", language="fr")

    async def test_a_new_link_is_made_with_the_present_key(self, house: House):
        await house.met()
        (first,) = await house.invited(LEA)
        aged = replace(first.invitation, key="k0")
        assert house.invitations.renewed(aged).key == "k1"

    async def test_a_link_may_have_an_end_of_its_own(self, house: House):
        await house.met()
        _, occurrence = await house.of()
        (one,) = await house.invited(LEA, until=START + 30 * MINUTE)
        window = one.invitation.window(occurrence, house.policy.graces)
        assert window.closes == START + 30 * MINUTE

    async def test_again_keeps_until_or_takes_another(self, house: House):
        await house.met()
        await house.invited(LEA, until=START + 30 * MINUTE)
        (same,) = await house.invited(LEA, event="b")
        assert same.invitation.until == START + 30 * MINUTE
        (other,) = await house.invited(LEA, event="c", until=START + 40 * MINUTE)
        assert other.invitation.until == START + 40 * MINUTE

    async def test_again_after_ones_own_end_is_until_the_meetings(self, house: House):
        await house.met()
        await house.invited(LEA, until=START + 30 * MINUTE)
        await house.run_until(START + 40 * MINUTE)
        (again,) = await house.invited(LEA, event="b")
        _, occurrence = await house.of()
        state = again.invitation.state(occurrence, house.policy.graces, house.clock.now())
        assert state is InvitationState.CREATED
        await house.run_due()
        assert len(house.post.sent) == 2, "a mail with a link that works"

    async def test_a_key_that_is_nowhere_in_the_message(self, house: House):
        await house.met()
        (one,) = await house.invited(JEAN)
        code = minter().code(one.invitation.id, 0, "k1")
        for message in await house.messages():
            assert code not in repr(message)


class TestRefused:
    async def refused(self, house: House, *guests: Guest, **more: object) -> dict[str, object]:
        before = await house.guests()
        with pytest.raises(InvitationRefused) as refused:
            await house.invited(*guests, event="refused", **more)  # type: ignore[arg-type]
        assert await house.guests() == before, "none is issued"
        return dict(refused.value.parameters)

    async def test_the_meeting_is_over(self, house: House):
        await house.met()
        house.clock.forward(HOUR + MINUTE)
        assert await self.refused(house, LEA) == {"reason": "over"}

    async def test_the_meeting_was_ended(self, house: House):
        _, occurrence = await house.met()
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
        assert await self.refused(house, LEA) == {"reason": "over"}

    async def test_an_end_in_the_past_is_refused(self, house: House):
        await house.met()
        assert await self.refused(house, LEA, until=START) == {"reason": "until-past"}

    async def test_until_comes_before_the_meeting(self, house: House):
        """`jusqu'à 18h` for tomorrow's meeting: a link that would never open."""
        await house.met(start=START + 24 * HOUR)
        parameters = await self.refused(house, LEA, until=START + 9 * HOUR)
        assert parameters == {"reason": "until-early"}

    async def test_until_is_far_after_the_end(self, house: House):
        await house.met()
        far = START + HOUR + house.policy.longest
        assert await self.refused(house, LEA, until=far + MINUTE) == {
            "reason": "until-far",
            "hours": 12,
        }
        await house.invited(LEA, until=far)

    async def test_a_denied_domain_is_refused(self, house: House):
        house.choose(denied_domains=frozenset({"perso.example"}))
        await house.met()
        parameters = await self.refused(house, LEA, Guest("", "x@Perso.Example"))
        assert parameters == {"reason": "domain", "domain": "perso.example"}

    async def test_a_guest_beyond_the_limit_is_refused(self, house: House):
        house.choose(guests_per_meeting=2)
        await house.met()
        await house.invited(LEA)
        parameters = await self.refused(house, JEAN, Guest("Paul"))
        assert parameters == {"reason": "too-many", "limit": 2}
        await house.invited(JEAN, LEA, Guest("jean dupont"), event="fits")
        await self.refused(house, Guest("Paul"))

    async def test_a_withdrawn_guest_does_not_count_towards_the_limit(self, house: House):
        house.choose(guests_per_meeting=1)
        await house.met()
        (lea,) = await house.invited(LEA)
        await revoke(house, lea.invitation)
        await house.invited(JEAN, event="b")
        assert (await self.refused(house, LEA))["reason"] == "too-many"


class TestRevoking:
    async def test_one_link_of_several_is_withdrawn(self, house: House):
        await house.met()
        lea, _ = await house.invited(LEA, JEAN)
        await house.shown()
        house.clock.forward(MINUTE)
        (gone,) = await revoke(house, lea.invitation)
        assert gone.revoked_at == START + MINUTE
        _, occurrence = await house.of()
        now, graces = house.clock.now(), house.policy.graces
        states = {one.name: one.state(occurrence, graces, now) for one in await house.guests()}
        assert states == {
            "Léa Roux": InvitationState.REVOKED,
            "Jean Dupont": InvitationState.CREATED,
        }
        assert [one.template for one in await house.messages()] == ["card"]

    async def test_all_and_then_nobody(self, house: House):
        await house.met()
        await house.invited(LEA, JEAN)
        _, occurrence = await house.of()
        async with house.store() as work:
            alive = await house.invitations.alive(work, occurrence)
        assert len(await revoke(house, *alive)) == 2
        async with house.store() as work:
            assert await house.invitations.alive(work, occurrence) == []
        assert await revoke(house, *await house.guests()) == []


class TestExtending:
    async def test_one_link_lasts_longer_than_the_meeting(self, house: House):
        await house.met()
        lea, jean = await house.invited(LEA, JEAN)
        (later,) = await extend(house, 30 * MINUTE, lea.invitation)
        assert later.until == START + 105 * MINUTE
        assert (await house.guests())[1] == jean.invitation
        _, occurrence = await house.of()
        assert (await house.planned())[Kind.CLOSE, str(occurrence.id)] == occurrence.end
        await house.run_until(START + 104 * MINUTE)
        assert (await house.planned())[Kind.CLOSE, str(occurrence.id)] == later.until

    async def test_counts_from_now_when_it_is_over(self, house: House):
        await house.met()
        (lea,) = await house.invited(LEA, until=START + 10 * MINUTE)
        house.clock.forward(20 * MINUTE)
        (later,) = await extend(house, 10 * MINUTE, lea.invitation)
        assert later.until == START + 30 * MINUTE

    async def test_a_link_extended_too_far_is_refused(self, house: House):
        await house.met()
        (lea,) = await house.invited(LEA)
        with pytest.raises(InvitationRefused) as refused:
            await extend(house, 12 * HOUR, lea.invitation)
        assert refused.value.parameters["reason"] == "extend-far"
        assert (await house.guests())[0].until is None

    async def test_a_meeting_that_was_ended_has_no_links_to_extend(self, house: House):
        _, occurrence = await house.met()
        (lea,) = await house.invited(LEA)
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
        with pytest.raises(InvitationRefused) as refused:
            await extend(house, MINUTE, lea.invitation)
        assert refused.value.parameters == {"reason": "over"}


class TestFinding:
    @pytest_asyncio.fixture(loop_scope="session")
    async def known(self, house: House) -> House:
        await house.met()
        await house.invited(
            LEA,
            Guest("Jean Dupont", "jean.dupont@partenaire.example"),
            Guest("Jean Durand", "durand@autre.example"),
            Guest("Jean"),
            Guest("", "anonyme@autre.example"),
        )
        return house

    @pytest.mark.parametrize(
        ("words", "shown"),
        [
            ("lea@partenaire.example", "Léa Roux"),
            ("LEA@PARTENAIRE.EXAMPLE", "Léa Roux"),
            ("léa", "Léa Roux"),
            ("roux", "Léa Roux"),
            (" Jean Durand ", "Jean Durand"),
            ("dupont", "Jean Dupont"),
            ("jean", "Jean"),
            ("anonyme", "anonyme@autre.example"),
        ],
    )
    async def test_by_name_part_or_address(self, known: House, words: str, shown: str):
        assert [one.shown for one in await find(known, words)] == [shown]

    @pytest.mark.parametrize("words", ["", " ", "paul", "x@y.example"])
    async def test_words_that_mean_no_guest_are_refused(self, known: House, words: str):
        with pytest.raises(GuestUnknown) as refused:
            await find(known, words)
        assert refused.value.parameters == {"words": words}

    async def test_several_are_told_apart(self, known: House):
        with pytest.raises(GuestAmbiguous) as refused:
            await find(known, "jean d")
        assert refused.value.parameters == {
            "words": "jean d",
            "names": "jean.dupont@partenaire.example, durand@autre.example",
            "first": "jean.dupont@partenaire.example",
        }

    async def test_words_never_mean_a_guest_whose_link_was_withdrawn(self, known: House):
        (dupont,) = await find(known, "dupont")
        await revoke(known, dupont)
        with pytest.raises(GuestUnknown):
            await find(known, "dupont")
        assert [one.shown for one in await find(known, "jean d")] == ["Jean Durand"]


async def test_who_invited_stays_known(house: House):
    await house.met()
    async with house.store() as work:
        about = await house.of()
        (one,) = await house.invitations.invite(work, said("b", by=BOB), about, [LEA])
    assert one.invitation.invited_by == BOB
