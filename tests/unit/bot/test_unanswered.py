"""Messages about questions without an answer, and about guests who are out."""

import pytest
import pytest_asyncio

from bridge.domain.invitation import Standing
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import SalonId
from tests.services.house import HOUR, MINUTE, START
from tests.unit.bot.office import BOB, SALON, Office
from tests.unit.bot.porch import opened, seen, standing, waits

DIRECT = SalonId("!direct-alice:agent.tchap")


@pytest_asyncio.fixture(loop_scope="session")
async def porch(office: Office) -> Office:
    """An office with a meeting in progress, whose guests the salon admits."""
    return await opened(office)


async def speaks_english(porch: Office) -> None:
    async with porch.house.store() as work:
        await work.salons.save(Salon(id=SALON, language=Language.EN))


class TestCalling:
    async def test_the_organiser_reads_how_to_answer_and_does(self, porch: Office):
        jean, _ = await waits(porch)
        await porch.house.run_until(START + 4 * MINUTE)
        await porch.flush()
        (told,) = porch.private()
        assert told == (
            "Jean Dupont (lien envoyé à jean@partenaire.example, identité non vérifiée) attend"
            " depuis 2 min à la porte de « Budget », et personne n’a répondu dans le salon. Tapez"
            " ici !visio admettre Jean Dupont pour faire entrer cette personne, ou !visio refuser"
            " Jean Dupont."
        )
        await porch.says("!visio admettre Jean Dupont", "b", salon=DIRECT)
        assert await standing(porch, jean) is Standing.ADMITTED

    async def test_not_an_organiser_who_left_the_salon(self, porch: Office):
        await waits(porch)
        porch.account.enter(SALON, [BOB])
        await porch.house.run_until(START + 4 * MINUTE)
        await porch.flush()
        assert porch.private() == []

    async def test_in_english(self, porch: Office):
        async with porch.house.store() as work:
            await work.salons.save(Salon(id=DIRECT, language=Language.EN))
        await waits(porch)
        await porch.house.run_until(START + 4 * MINUTE)
        await porch.flush()
        (told,) = porch.private()
        assert "has waited for 2 min at the door of “Budget”, and nobody answered" in told
        assert "Type here !visio admit Jean Dupont to let this person in" in told


class TestOver:
    @pytest.mark.parametrize("line", ["!visio terminer", "!visio retirer Jean"])
    async def test_the_notice_says_what_became_of_it(self, porch: Office, line: str):
        _, notice = await waits(porch)
        await porch.says(line, "c")
        shown = seen(porch, notice)
        assert shown.body == (
            "Jean Dupont : personne n’a répondu, et cette personne n’attend plus."
        )
        (edit,) = [one for one in porch.account.sent if one.edits == notice]
        assert edit.content["m.mentions"] == {}

    async def test_in_english(self, porch: Office):
        await speaks_english(porch)
        _, notice = await waits(porch)
        await porch.house.run_until(START + 2 * HOUR)
        await porch.flush()
        shown = seen(porch, notice)
        assert shown.body == "Jean Dupont: nobody answered, and this person no longer waits."

    async def test_an_answer_after_that_changes_nothing(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.says("!visio terminer", "c")
        await porch.reacts(notice, "✅")
        assert await standing(porch, jean) is Standing.ENDED
        assert "personne n’a répondu" in seen(porch, notice).body


class TestOut:
    async def test_withdrawing_a_link_tells_how_long_it_took(self, porch: Office):
        _, notice = await waits(porch)
        await porch.reacts(notice, "✅")
        _, told = await porch.says("!visio retirer Jean", "c")
        assert told.body == "Jean Dupont : hors de la réunion en 0,1 s, nouvelle entrée refusée."
        assert told.content["msgtype"] == "m.notice"

    async def test_in_english(self, porch: Office):
        await speaks_english(porch)
        _, notice = await waits(porch)
        await porch.reacts(notice, "✅")
        _, told = await porch.says("!visio remove Jean", "c")
        assert told.body == "Jean Dupont: out of the meeting in 0.1 s; a new entry is refused."
