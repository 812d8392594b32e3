"""`réglages message d'accueil`: a salon's own line on its guests' page."""

import pytest

from bot.language.commands.salon import ShowSettings
from bot.language.line import Line
from bot.language.welcome import read_welcome
from tests.defaults import quota_limits
from tests.services.house import ALICE, BOB, SALON
from tests.unit.bot.office import Office

LINE = "Bienvenue ! Merci de couper votre micro en entrant."


async def shown(office: Office) -> str:
    async with office.house.store.reading() as work:
        salon = await work.salons.get(SALON)
    return "" if salon is None else salon.welcome


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (' message "Bienvenue à tous"', "Bienvenue à tous"),
        (" message d'accueil : Bienvenue à tous", "Bienvenue à tous"),
        (" message d’accueil « Bienvenue à tous »", "Bienvenue à tous"),
        (" accueil Bienvenue à tous", "Bienvenue à tous"),
        (" Welcome message = Hello", "Hello"),
        (" welcome Hello", "Hello"),
        (" message aucun", ""),
        (" welcome none.", ""),
        (" message", None),
        (" noms oui", None),
        (" messagerie oui", None),
    ],
)
def test_how_it_is_typed(typed: str, line: str | None):
    assert read_welcome(Line.of(typed)) == line


async def test_a_moderator_chooses_it_and_takes_it_away(office: Office):
    office.state(levels={ALICE: 50, BOB: 49})
    (answer,) = await office.says(f'!visio réglages message "{LINE}"', "a")
    assert LINE in answer.body
    assert await shown(office) == LINE
    (answer,) = await office.says("!visio réglages", "b")
    assert f"« {LINE} »" in answer.body.replace("\u00a0", " ")
    (answer,) = await office.says("!visio réglages message aucun", "bob", sender=BOB)
    assert answer.body.startswith("Seuls les modérateurs de ce salon")
    assert await shown(office) == LINE
    (answer,) = await office.says("!visio réglages message aucun", "c")
    assert "plus de message d’accueil" in answer.body
    assert await shown(office) == ""


async def test_in_english_too(office: Office):
    office.state(levels={ALICE: 50})
    await office.says("!visio langue en", "a")
    (answer,) = await office.says("!visio settings welcome Please mute your microphone", "b")
    assert "“Please mute your microphone”" in answer.body
    (answer,) = await office.says("!visio settings", "c")
    assert "settings welcome none" in answer.body


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x" * 201, "200 caractères au plus"),
        ("Tout est sur https://piege.example", "ne contient pas d’adresse"),
        ("Voir www.piege.example", "ne contient pas d’adresse"),
        ("Voir piege.example/entrer", "ne contient pas d’adresse"),
        ("Voir piege.example", "ne contient pas d’adresse"),
        ("Écrire à lea@piege.example", "ne contient pas d’adresse"),
    ],
)
async def test_what_guests_must_not_read_is_refused(office: Office, line: str, why: str):
    office.state(levels={ALICE: 50})
    (answer,) = await office.says(f"!visio réglages message {line}", "a")
    assert why in answer.body.replace("\u00a0", " ")
    assert await shown(office) == ""


async def test_ends_of_sentences_are_no_addresses(office: Office):
    office.state(levels={ALICE: 50})
    line = "Bonjour. Merci d'arriver à 14h.Micros coupés, M. Roux vous ouvrira."
    await office.says(f"!visio réglages message {line}", "a")
    assert await shown(office) == line


async def test_where_the_operator_allows_none(office: Office):
    office.state(levels={ALICE: 50})
    office.choose(limits=quota_limits(welcome=0))
    (answer,) = await office.says("!visio réglages message Bienvenue", "a")
    assert "le choix de votre administration" in answer.body
    assert await shown(office) == ""
    (answer,) = await office.says("!visio réglages", "b")
    assert "accueil" not in answer.body


def test_it_is_one_of_the_settings():
    assert ShowSettings(welcome="") != ShowSettings()
