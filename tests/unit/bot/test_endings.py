"""Messages when guests are about to leave or move to another device, and the answers to them."""

from datetime import timedelta

import pytest
import pytest_asyncio

from bot.matrix.events import SalonState
from bridge.domain.invitation import Standing
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import EventId
from bridge.services.visits.arrivals import Entered
from tests.doubles.account import Sent
from tests.services.house import HOUR, MINUTE, START
from tests.spaces import as_typed
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office
from tests.unit.bot.porch import again, opened, seen, standing, waits
from tests.wiring import minter

YES, LATER = "✅", "⏩"
CLOSES = START + HOUR + 15 * MINUTE


@pytest_asyncio.fixture(loop_scope="session")
async def porch(office: Office) -> Office:
    """An office with a meeting in progress, whose guests the salon admits."""
    return await opened(office)


async def enters(porch: Office, entered: Entered) -> None:
    async with porch.house.store.reading() as work:
        held = await work.seats.of_visit(entered.visit)
    assert held is not None
    porch.house.media.sit(held)


async def nearly_over(porch: Office) -> EventId:
    """Have Jean inside five minutes before he has to leave; return the notice."""
    jean, notice = await waits(porch)
    await porch.reacts(notice, YES, "yes")
    await enters(porch, jean)
    await porch.house.run_until(CLOSES - 5 * MINUTE)
    await porch.flush()
    (told,) = [one for one in porch.account.sent if "sort de la réunion" in said(one)]
    return told.event


def said(one: Sent) -> str:
    return as_typed(str(one.content.get("body", "")))


async def another(porch: Office, first: Entered) -> tuple[Entered, EventId]:
    """Have the same link followed on another device."""
    async with porch.house.store.reading() as work:
        visit = await work.visits.get(first.visit)
        assert visit is not None
        one = await work.invitations.get(visit.invitation)
    assert one is not None
    porch.house.clock.forward(timedelta(seconds=1))
    code = minter().code(one.id, one.number, one.key)
    entered = await porch.house.admissions.enter(code, name="Jean Dupont", language="fr")
    assert entered is not None
    await porch.house.admissions.arrive(entered.visit, entered.secret)
    return await again(porch, entered)


class TestWarning:
    async def test_the_organiser_is_rung_and_need_only_touch(self, porch: Office):
        notice = await nearly_over(porch)
        told = seen(porch, notice)
        assert told.body == (
            "« Budget » : un partenaire externe sort de la réunion à 11h15, dans 5 min."
            " alice, réagissez par ⏩ pour prolonger de 30 min, ou tapez !visio prolonger 30min."
        )
        assert told.content["m.mentions"] == {"user_ids": [ALICE]}
        offered = [one for one in porch.account.sent if one.kind == "m.reaction"][-1]
        relation = {"rel_type": "m.annotation", "event_id": notice, "key": LATER}
        assert offered.content == {"m.relates_to": relation}

    @pytest.mark.parametrize("key", [LATER, LATER + "\ufe0f"])
    async def test_a_reaction_puts_it_off_once(self, porch: Office, key: str):
        notice = await nearly_over(porch)
        await porch.reacts(notice, key, "r1", sender=ALICE)
        extended = (
            "« Budget » : prolongée de 30 min par alice."
            " Les partenaires externes peuvent y rester jusqu’à 11h55."
        )
        assert seen(porch, notice).body == extended
        await porch.reacts(notice, key, "r2", sender=ALICE)
        assert len([one for one in porch.account.sent if one.edits == notice]) == 1

    async def test_what_it_says_to_type_does_the_same(self, porch: Office):
        notice = await nearly_over(porch)
        await porch.says("!visio prolonger 30min", "c")
        assert seen(porch, notice).body == (
            "« Budget » : l’heure a changé."
            " Les partenaires externes peuvent y rester jusqu’à 11h55."
        )

    async def test_those_who_may_not_change_nothing(self, porch: Office):
        notice = await nearly_over(porch)
        before = seen(porch, notice).body
        for number, sender in enumerate((BOB, PAUL, porch.account.user)):
            await porch.reacts(notice, LATER, f"r{number}", sender=sender)
        assert seen(porch, notice).body == before
        state: SalonState = porch.account.salons[SALON]
        porch.state(levels={**state.levels, BOB: 50})
        await porch.reacts(notice, LATER, "r4")
        assert "prolongée de 30 min par bob" in seen(porch, notice).body

    async def test_the_notice_tells_the_end(self, porch: Office):
        notice = await nearly_over(porch)
        await porch.house.run_until(CLOSES)
        await porch.flush()
        over = "« Budget » : l’accès des partenaires externes a pris fin à 11h15."
        assert seen(porch, notice).body == over
        assert any("sort de la réunion dans 1 min." in body for body in porch.bodies())

    async def test_in_english(self, porch: Office):
        jean, first = await waits(porch)
        await porch.reacts(first, YES, "yes")
        await enters(porch, jean)
        async with porch.house.store() as work:
            await work.salons.save(Salon(id=SALON, language=Language.EN))
        await porch.house.run_until(CLOSES - 5 * MINUTE)
        await porch.flush()
        assert any("or type !visio extend 30min." in body for body in porch.bodies())


class TestDevices:
    async def test_another_is_told_of_and_a_change_too(self, porch: Office):
        jean, first = await waits(porch)
        await porch.reacts(first, YES, "r1")
        other, second = await another(porch, jean)
        assert seen(porch, second).body.startswith(
            "Jean Dupont (autre appareil que celui qui est entré, lien envoyé à"
            " jean@partenaire.example, identité non vérifiée) attend"
        )
        assert not any("changé d’appareil" in body for body in porch.bodies())
        await porch.reacts(second, YES, "r2")
        assert await standing(porch, jean) is Standing.REPLACED
        assert await standing(porch, other) is Standing.ADMITTED
        (told,) = [one for one in porch.account.sent if "changé d’appareil" in said(one)]
        assert said(told) == (
            "Jean Dupont a changé d’appareil (1 fois sur 3 au plus) :"
            " le précédent sort de la réunion."
        )
        assert told.content["m.mentions"] == {"user_ids": [ALICE]}

    async def test_three_times_and_no_more_until_the_link_is_a_new_one(self, porch: Office):
        porch.choose(takeovers=1)
        jean, first = await waits(porch)
        await porch.reacts(first, YES, "r1")
        second, notice = await another(porch, jean)
        await porch.reacts(notice, YES, "r2")
        third, notice = await another(porch, jean)
        await porch.reacts(notice, YES, "r3")
        assert await standing(porch, second) is Standing.ADMITTED
        assert await standing(porch, third) is Standing.WAITING
        refused = [body for body in porch.bodies() if "déjà changé d’appareil 1 fois" in body]
        assert len(refused) == 1
        assert "tapez !visio retirer Jean Dupont, puis invitez" in refused[0]
        (answer,) = await porch.says("!visio admettre", "c")
        assert "déjà changé d’appareil 1 fois" in answer.body

        await porch.says("!visio retirer Jean Dupont", "d")
        await porch.says("!visio inviter jean@partenaire.example", "e")
        fourth, notice = await another(porch, jean)
        assert "appareil" not in seen(porch, notice).body
        await porch.reacts(notice, YES, "r4")
        assert await standing(porch, fourth) is Standing.ADMITTED
        fifth, notice = await another(porch, jean)
        await porch.reacts(notice, YES, "r5")
        assert await standing(porch, fifth) is Standing.ADMITTED
