"""Agents who are expected: each once, and found by address, id or name."""

import pytest

from bridge.domain.colleague import Colleague, joined
from bridge.ids import UserId

BOB = Colleague(UserId("@bob:agent.tchap"), "Bob Petit", "Bob@beta.gouv.fr")
TYPED = Colleague(email="Claire@beta.gouv.fr")


def test_known_by_their_id_else_by_the_address_however_it_is_written():
    assert BOB.known_by == "@bob:agent.tchap"
    assert TYPED.known_by == "claire@beta.gouv.fr"


@pytest.mark.parametrize("words", ["bob@beta.gouv.fr", "@Bob:agent.tchap", " bob petit ", "BOB PETIT"])  # fmt: skip
def test_called_by_address_id_or_name(words: str):
    assert BOB.is_called(words)
    assert not TYPED.is_called(words)


@pytest.mark.parametrize("words", ["", "  ", "bob", "petit"])
def test_not_called_by_nothing_nor_by_a_part(words: str):
    assert not BOB.is_called(words)
    assert not TYPED.is_called(words)


def test_each_is_expected_once_in_the_order_in_which_they_were_named():
    again = Colleague(email="claire@BETA.gouv.fr")
    other = Colleague(email="denis@beta.gouv.fr")
    assert [one.known_by for one in joined([TYPED, BOB], [other, again, BOB])] == [
        TYPED.known_by,
        BOB.known_by,
        other.known_by,
    ]
