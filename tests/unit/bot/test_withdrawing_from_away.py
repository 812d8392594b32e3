"""An organiser out of the salon keeps what closes, and is told nothing of who is invited."""

import pytest
import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.ids import SalonId
from tests.services.house import MINUTE
from tests.unit.bot.office import ALICE, BOB, SALON, Office
from tests.unit.bot.porch import waits

OWN = SalonId("!direct-alice:agent.tchap")


async def leaves(office: Office) -> None:
    """Have Alice leave the salon of her meeting; her direct message stays."""
    office.account.enter(SALON, [BOB])
    office.account.enter(OWN, [ALICE], direct=True)


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    """An office with a meeting in progress, whose guests the salon admits."""
    office.choose(mode=LIVEKIT)
    await office.says("!visio Budget", "ask")
    office.house.clock.forward(MINUTE)
    return office


async def alive(office: Office) -> int:
    return sum(one.revoked_at is None for one in await office.house.guests())


async def test_only_an_exact_name_or_address_is_found(met: Office):
    await met.says("!visio inviter Jean <a@y.example>, Jean <b@y.example>, Ada Dupont", "b")
    await leaves(met)
    for words in ("dupont", "y.example", "j", "Jean", "Paul"):
        (answer,) = await met.says(f"!visio retirer {words}", words, salon=OWN)
        assert answer.body == (
            "Hors du salon de « Budget », je ne dis pas qui est invité. Tapez l’adresse exacte "
            "d’une personne, ou son nom exact si elle est seule à le porter : !visio retirer "
            "jean@partenaire.example. Ou retirez tous les liens : !visio retirer tous."
        )
    assert await alive(met) == 3


async def test_the_answer_repeats_what_was_typed_and_no_more(met: Office):
    await met.says("!visio inviter Jean <a@y.example>, Jean <b@y.example>, Ada <c@y.example>", "b")
    await leaves(met)
    (answer,) = await met.says("!visio retirer B@y.example", "c", salon=OWN)
    assert answer.body == "Lien retiré : B@y.example ne peut plus entrer avec ce lien."
    (answer,) = await met.says("!visio retirer ada", "d", salon=OWN)
    assert answer.body == "Lien retiré : ada ne peut plus entrer avec ce lien."
    assert await alive(met) == 1


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "- 2 personnes invitées"), ("en", "- 2 people invited")]
)
async def test_all_are_counted_and_not_named(met: Office, language: str, words: str):
    await met.says("!visio inviter Ada, jean.dupont@partenaire.example", "b")
    await leaves(met)
    await met.says(f"!visio langue {language}", "c", salon=OWN)
    (answer,) = await met.says("!visio retirer tous", "d", salon=OWN)
    assert answer.body.splitlines()[1:] == [words]
    assert await alive(met) == 0


async def test_who_is_inside_is_counted_and_not_named(met: Office):
    entered, _ = await waits(met)
    await met.house.decided(entered.visit)
    await leaves(met)
    answer, *_ = await met.says("!visio retirer tous", "c", salon=OWN)
    assert answer.body == (
        "Lien retiré : 1 personne invitée ne peut plus entrer avec ce lien. "
        "Sortie immédiate de la réunion : 1 personne invitée."
    )


async def test_where_the_homeserver_does_not_tell_no_name_is_told_either(met: Office):
    await met.says("!visio inviter Ada Dupont, Jean Dupont", "b")
    met.account.enter(OWN, [ALICE], direct=True)
    del met.account.salons[SALON]
    (answer,) = await met.says("!visio retirer dupont", "c", salon=OWN)
    assert answer.body.startswith("Hors du salon de « Budget »")
    assert "Dupont" not in answer.body
