"""Which names of guests are taken for a member's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.lookalikes import is_homonym
from bridge.domain.names import clean_name

MEMBERS = ["Alice Martin [DGFIP]", "Zoé [Dinum]", "", "[Dinum]", "Parvis", "Марина Ким"]


@pytest.mark.parametrize(
    "name",
    [
        "Alice Martin",
        "ALICE MARTIN",
        "alice martín",
        "Martin Alice",
        "AliceMartin",
        "Alice-Martin",
        "Аlісе Маrtіn",  # Cyrillic А, і, с, е, М, а
        "АLІСЕ МАRТІN",
        "Αlice Μartin",  # Greek Α, Μ
        "𝐀𝐥𝐢𝐜𝐞 𝕸𝖆𝖗𝖙𝖎𝖓",
        "Ａｌｉｃｅ Ｍａｒｔｉｎ",
        "AIice Martin",
        "A1ice Martin",
        "Alice Rnartin",
        "Alice Martin\u034f",
        "Alice Martin DGFIP",
        "Alice Martin agent, identité vérifiée par ProConnect",
        "Zoe Dinum",
        "Zoé",
        "parvis",
        "МАРИНА Ким",
    ],
)
def test_taken_for_a_member(name: str):
    assert is_homonym(name, MEMBERS)


@pytest.mark.parametrize(
    "name", ["Alice Martinez", "Alice", "Martin", "Alix Martin", "Zoé Dupont", "", "Dinum", "नमः"]
)
def test_somebody_else(name: str):
    assert not is_homonym(name, MEMBERS)


def test_names_of_other_scripts_differ_by_their_vowels():
    assert not is_homonym("मोदी", ["मादी"])
    assert is_homonym("मोदी", ["मोदी [x]"])


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_everybody_is_their_own_homonym(typed: str):
    name = clean_name(typed)
    if name:
        assert is_homonym(name, [name])
        assert is_homonym(name.casefold(), [f"{name} [Dinum]"])
