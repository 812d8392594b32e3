"""Somebody waits at the door: the salon is asked, and answers by reaction."""

from datetime import timedelta

import pytest
import pytest_asyncio

from bot.matrix.events import Reaction
from bridge.domain.admission import LIVEKIT, REDIRECT
from bridge.domain.invitation import Standing
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from tests.doubles.ports import Killed, MortalWorks
from tests.services.house import MINUTE
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office
from tests.unit.bot.porch import JEAN, again, opened, seen, standing, waits

YES, NO = "✅", "❌"
OTHER = SalonId("!other:agent.tchap")


@pytest_asyncio.fixture(loop_scope="session")
async def porch(office: Office) -> Office:
    """An office with a meeting in progress, whose guests the salon admits."""
    return await opened(office)


class TestAsking:
    async def test_the_organiser_is_rung_and_told_what_is_known(self, porch: Office):
        _, notice = await waits(porch)
        asked = seen(porch, notice)
        assert asked.body == (
            "Jean Dupont (lien envoyé à jean@partenaire.example, identité non vérifiée) attend à la"
            " porte de « Budget ». Réagissez par ✅ pour faire entrer cette personne, par ❌ pour"
            " refuser, ou tapez !visio admettre Jean Dupont."
        )
        assert asked.content["msgtype"] == "m.text"
        assert asked.content["m.mentions"] == {"user_ids": [ALICE]}
        assert "<code>!visio admettre Jean Dupont</code>" in asked.content["formatted_body"]

    async def test_the_answers_need_only_be_touched(self, porch: Office):
        _, notice = await waits(porch)
        answers = [one for one in porch.account.sent if one.kind == "m.reaction"]
        assert [one.content for one in answers] == [
            {"m.relates_to": {"rel_type": "m.annotation", "event_id": notice, "key": key}}
            for key in (YES, NO)
        ]
        assert {one.salon for one in answers} == {SALON}

    async def test_in_english(self, porch: Office):
        async with porch.house.store() as work:
            await work.salons.save(Salon(id=SALON, language=Language.EN))
        _, notice = await waits(porch)
        assert seen(porch, notice).body == (
            "Jean Dupont (link sent to jean@partenaire.example, identity not verified) waits at the"
            " door of “Budget”. React with ✅ to let this person in, with ❌ to refuse, or type"
            " !visio admit Jean Dupont."
        )

    async def test_a_name_is_never_markup(self, porch: Office):
        _, notice = await waits(porch, name="`**Alice**` & Co")
        html = seen(porch, notice).content["formatted_body"]
        assert "<strong>`**Alice**` &amp; Co</strong>" in html
        assert "<code>!visio admettre `**Alice**` &amp; Co</code>" in html

    async def test_where_we_were_sent_away_the_organiser_hears_it_alone(self, porch: Office):
        (invited,) = await porch.house.invited(Guest("Jean"), event="b")
        await porch.flush()
        del porch.account.salons[SALON]
        await porch.house.visited(invited, "Jean")
        await porch.flush()
        told = porch.private()[-1]
        assert "tapez ici !visio admettre Jean" in told
        assert "✅" not in told
        assert not any(one.kind == "m.reaction" for one in porch.account.sent)

    async def test_nobody_is_asked_where_visio_admits(self, porch: Office):
        porch.choose(mode=REDIRECT)
        (invited,) = await porch.house.invited(Guest("Jean"), event="b")
        await porch.house.visited(invited, "Jean")
        await porch.flush()
        assert not any("attend à la porte" in body for body in porch.bodies())
        assert not any(one.kind == "m.reaction" for one in porch.account.sent)


class TestAnswering:
    @pytest.mark.parametrize("key", [YES, YES + "\ufe0f"])
    async def test_yes(self, porch: Office, key: str):
        jean, notice = await waits(porch)
        await porch.reacts(notice, key)
        assert await standing(porch, jean) is Standing.ADMITTED
        assert seen(porch, notice).body == "Jean Dupont : entrée accordée par bob."

    @pytest.mark.parametrize("key", [NO, NO + "\ufe0f"])
    async def test_no(self, porch: Office, key: str):
        jean, notice = await waits(porch)
        await porch.reacts(notice, key)
        assert await standing(porch, jean) is Standing.REFUSED
        assert seen(porch, notice).body == "Jean Dupont : entrée refusée par bob."

    async def test_the_notice_is_edited_without_ringing(self, porch: Office):
        _, notice = await waits(porch)
        await porch.reacts(notice, YES)
        (edit,) = [one for one in porch.account.sent if one.edits == notice]
        for content in (edit.content, edit.content["m.new_content"]):
            assert (content["msgtype"], content["m.mentions"]) == ("m.notice", {})

    async def test_the_first_answer_counts(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.reacts(notice, NO, "r1", sender=ALICE)
        await porch.reacts(notice, YES, "r2")
        assert await standing(porch, jean) is Standing.REFUSED
        assert seen(porch, notice).body == "Jean Dupont : entrée refusée par alice."
        assert len([one for one in porch.account.sent if one.edits == notice]) == 1

    async def test_the_same_reaction_three_times(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.reacts(notice, YES)
        async with porch.house.store.reading() as work:
            first = await work.seats.of_visit(jean.visit)
        sent = len(porch.account.sent)
        for _ in range(2):
            await porch.reacts(notice, YES)
        async with porch.house.store.reading() as work:
            assert await work.seats.of_visit(jean.visit) == first
        assert len(porch.account.sent) == sent

    async def test_each_is_answered_by_their_own_notice(self, porch: Office):
        jean, _ = await waits(porch)
        lea, notice = await waits(porch, Guest("Léa"))
        await porch.reacts(notice, YES)
        assert await standing(porch, jean) is Standing.WAITING
        assert await standing(porch, lea) is Standing.ADMITTED

    async def test_a_notice_whose_meeting_is_over(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.says("!visio terminer", "c")
        before = seen(porch, notice).body
        await porch.reacts(notice, YES)
        assert await standing(porch, jean) is Standing.ENDED
        assert seen(porch, notice).body == before

    async def test_whoever_waits_again_is_asked_about_again(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.reacts(notice, YES, "r1")
        porch.house.clock.forward(MINUTE)
        await porch.says("!visio terminer", "c")
        porch.house.clock.forward(MINUTE)
        await porch.says("!visio prolonger 2h", "d", reply_to=EventId("$ask"))
        assert await standing(porch, jean) is Standing.WAITING
        await porch.house.admissions.arrive(jean.visit, jean.secret)
        _, second = await again(porch, jean)
        assert second != notice
        await porch.reacts(notice, YES, "r2")
        assert await standing(porch, jean) is Standing.WAITING
        await porch.reacts(second, YES, "r3")
        assert await standing(porch, jean) is Standing.ADMITTED


class TestSeveral:
    """Two people with one link."""

    async def two(self, porch: Office) -> tuple[Entered, Entered, EventId]:
        porch.house.clock.forward(MINUTE)
        (link,) = await porch.house.invited(JEAN, event="several")
        first = await porch.house.visited(link, "Premier Venu")
        _, notice = await again(porch, first)
        porch.house.clock.forward(MINUTE)
        await porch.house.look_at_pages()
        second = await porch.house.visited(link, "Second Autre")
        await porch.house.run_due()
        await porch.flush()
        return first, second, notice

    async def test_the_question_lists_both(self, porch: Office):
        _, _, notice = await self.two(porch)
        assert seen(porch, notice).body == (
            "2 appareils attendent à la porte de « Budget » avec le même lien (lien envoyé à"
            " jean@partenaire.example, identité non vérifiée). Pour faire entrer une personne,"
            " tapez !visio admettre 1, ou un autre numéro. ✅ ne fait entrer personne tant que"
            " plusieurs attendent, ❌ les refuse tous :\n- 1. Premier Venu\n- 2. Second Autre"
        )

    async def test_yes_is_answered_with_the_numbers(self, porch: Office):
        first, second, notice = await self.two(porch)
        await porch.reacts(notice, YES)
        assert porch.bodies()[-1] == (
            "Plusieurs appareils attendent avec ce lien, et rien ne dit lequel : personne n’est"
            " entré. Tapez !visio admettre 1, ou un autre numéro :\n- 1. Premier Venu"
            "\n- 2. Second Autre"
        )
        for one in (first, second):
            assert await standing(porch, one) is Standing.WAITING

    async def test_no_refuses_both_and_says_so(self, porch: Office):
        first, second, notice = await self.two(porch)
        await porch.reacts(notice, NO)
        for one in (first, second):
            assert await standing(porch, one) is Standing.REFUSED
        assert seen(porch, notice).body == (
            "À la porte de « Budget », avec un même lien :\n- Premier Venu : entrée refusée par"
            " bob.\n- Second Autre : entrée refusée par bob."
        )

    @pytest.mark.parametrize("reply", [True, False])
    async def test_a_number_lets_one_in_and_the_other_waits_on(self, porch: Office, *, reply: bool):
        first, second, notice = await self.two(porch)
        about = {"reply_to": notice} if reply else {}
        (answer,) = await porch.says("!visio admettre 2", "n", **about)
        assert answer.body == "Second Autre peut entrer dans « Budget »."
        assert await standing(porch, first) is Standing.WAITING
        assert await standing(porch, second) is Standing.ADMITTED
        assert seen(porch, notice).body.endswith(
            " Avec ce lien aussi :\n- Second Autre : entrée accordée par alice."
        )

    async def test_a_number_that_nobody_has(self, porch: Office):
        await self.two(porch)
        (answer,) = await porch.says("!visio refuser 3", "n")
        assert answer.body == (
            "Personne n’attend sous le numéro 3. À la porte :\n- 1. Premier Venu\n- 2. Second Autre"
        )

    async def test_a_reply_without_a_number_lets_nobody_in(self, porch: Office):
        first, _, notice = await self.two(porch)
        (answer,) = await porch.says("!visio admettre", "n", reply_to=notice)
        assert answer.body.startswith("Plusieurs appareils attendent avec ce lien")
        assert await standing(porch, first) is Standing.WAITING

    async def test_a_name_of_two_lines_is_one_of_the_list(self, porch: Office):
        porch.house.clock.forward(MINUTE)
        (link,) = await porch.house.invited(JEAN, event="several")
        await porch.house.visited(link, "Premier Venu, 2. Ministre")
        _, notice = await again(porch, await porch.house.visited(link, "Second Autre"))
        porch.house.clock.forward(MINUTE)
        await porch.house.look_at_pages()
        await porch.house.run_due()
        await porch.flush()
        listed = seen(porch, notice).body.splitlines()[1:]
        assert listed == ["- 1. Premier Venu, 2. Ministre", "- 2. Second Autre"]


class TestIgnored:
    @pytest.mark.parametrize("key", ["👍", "✔️", "❎", "", YES + YES, "\ufe0f", "\ufe0f" + YES])
    async def test_any_other_reaction(self, porch: Office, key: str):
        jean, notice = await waits(porch)
        await porch.reacts(notice, key)
        assert await standing(porch, jean) is Standing.WAITING

    @pytest.mark.parametrize("sender", [PAUL, UserId("@bob:agent.tchap.evil.example")])
    async def test_somebody_from_outside(self, porch: Office, sender: UserId):
        jean, notice = await waits(porch)
        await porch.reacts(notice, YES, sender=sender)
        assert await standing(porch, jean) is Standing.WAITING

    async def test_our_own(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.reacts(notice, YES, sender=porch.account.user)
        assert await standing(porch, jean) is Standing.WAITING

    async def test_another_salon(self, porch: Office):
        jean, notice = await waits(porch)
        porch.account.enter(OTHER, [BOB])
        await porch.reacts(notice, YES, salon=OTHER)
        assert await standing(porch, jean) is Standing.WAITING

    async def test_another_message(self, porch: Office):
        jean, _ = await waits(porch)
        (card, *_) = porch.account.sent
        await porch.reacts(card.event, YES)
        assert await standing(porch, jean) is Standing.WAITING

    async def test_what_comes_too_late(self, porch: Office):
        jean, notice = await waits(porch)
        now, stale = porch.house.clock.now(), porch.house.policy.stale_after
        await porch.reacts(notice, YES, "r1", sent_at=now - stale - timedelta(seconds=1))
        assert await standing(porch, jean) is Standing.WAITING
        await porch.reacts(notice, YES, "r2", sent_at=now - stale)
        assert await standing(porch, jean) is Standing.ADMITTED

    async def test_everything_where_visio_admits(self, porch: Office):
        jean, notice = await waits(porch)
        porch.choose(mode=REDIRECT)
        await porch.reacts(notice, YES)
        porch.choose(mode=LIVEKIT)
        assert await standing(porch, jean) is Standing.WAITING

    async def test_none_is_left_to_be_handled(self, porch: Office):
        _, notice = await waits(porch)
        for number, key in enumerate(("👍", YES, NO)):
            await porch.reacts(notice, key, f"r{number}")
        await porch.reacts(notice, YES, "late", sent_at=porch.house.clock.now() - 60 * MINUTE)
        assert await porch.handle() == 0


def reaction(porch: Office, notice: EventId) -> Reaction:
    """Return the reaction that lets in, given now."""
    return Reaction(
        event=EventId("$r"),
        salon=SALON,
        sender=BOB,
        sent_at=porch.house.clock.now(),
        target=notice,
        key=YES,
    )


async def test_a_row_that_is_handled_twice(porch: Office):
    jean, notice = await waits(porch)
    await porch.record(reaction(porch, notice))
    (row,) = await porch.house.store.inbox.pending(porch.account.user, 9)
    await porch.router.handle(row)
    await porch.router.handle(row)
    assert await standing(porch, jean) is Standing.ADMITTED
    assert len(await porch.house.messages("guest.waits.outcome")) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_process_that_dies_over_an_answer(porch: Office, *, after: bool):
    """The seat, the notice's edit and the reaction's being handled hold together."""
    jean, notice = await waits(porch)
    await porch.record(reaction(porch, notice))
    store = porch.house.store
    porch.wire(MortalWorks(store, dies_at=1, after=after))
    with pytest.raises(Killed):
        await porch.handle()
    assert await standing(porch, jean) is (Standing.ADMITTED if after else Standing.WAITING)
    porch.wire(store)
    assert await porch.handle() == (0 if after else 1)
    assert await standing(porch, jean) is Standing.ADMITTED
    assert len(await porch.house.messages("guest.waits.outcome")) == 1
