"""E-mail addresses as people type them."""

import pytest

from bridge.domain.addresses import read_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Jean.Dupont@Exemple.FR", "Jean.Dupont@exemple.fr"),
        ("l’ami‑d‘ici@exemple.fr", "l'ami-d'ici@exemple.fr"),
        ("jean@exämple.fr", "jean@xn--exmple-cua.fr"),
        ("jean@exemple.test", "jean@exemple.test"),
        ("é@exemple.fr", None),
        ("jean", None),
        ("@exemple.fr", None),
        ("jean@localhost", None),
        ("jean@exemple..fr", None),
    ],
)
def test_an_address_is_normalised_or_none(typed: str, address: str | None):
    assert read_address(typed) == address


def test_a_text_longer_than_any_address_is_none():
    address = f"jean@{'a' * 40}.example"
    spaces = " " * (254 - len(address))
    assert read_address(f"{address}") == address
    assert read_address(f"{spaces} {address}") is None
