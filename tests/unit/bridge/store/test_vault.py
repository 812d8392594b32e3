"""Sealing: what is altered, moved, or under a missing key does not open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.vault import SealBroken, Vault

ONE, TWO = b"1" * 32, b"2" * 32


def test_opens_what_it_sealed():
    vault = Vault({"one": ONE}, "one")
    assert vault.open(vault.seal(b"value", "place"), "place") == b"value"
    assert vault.open_json(vault.seal_json({"é": [1, None]}, "p"), "p") == {"é": [1, None]}


def test_never_the_same_twice():
    vault = Vault({"one": ONE}, "one")
    assert vault.seal(b"value", "place") != vault.seal(b"value", "place")


def test_old_keys_still_open():
    sealed = Vault({"one": ONE}, "one").seal(b"value", "place")
    rotated = Vault({"one": ONE, "two": TWO}, "two")
    assert rotated.open(sealed, "place") == b"value"
    assert not rotated.is_current(sealed)
    again = rotated.seal(b"value", "place")
    assert rotated.is_current(again)
    with pytest.raises(SealBroken, match="no key"):
        Vault({"one": ONE}, "one").open(again, "place")


def test_a_sealed_value_opens_in_its_own_row_only():
    vault = Vault({"one": ONE}, "one")
    with pytest.raises(SealBroken, match="can't open outbox"):
        vault.open(vault.seal(b"value", "outbox:1"), "outbox:2")


@given(st.integers(0, 40), st.integers(1, 255))
def test_every_byte_counts(position: int, change: int):
    vault = Vault({"one": ONE}, "one")
    sealed = bytearray(vault.seal(b"values", "place"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), "place")


@given(st.binary(max_size=40))
def test_noise_does_not_open(noise: bytes):
    with pytest.raises(SealBroken):
        Vault({"one": ONE}, "one").open(noise, "place")


def test_keys_are_checked():
    for keys, current in (
        ({"one": ONE}, "two"),
        ({"one": b"short"}, "one"),
        ({"": ONE}, ""),
        ({"é" * 128: ONE}, "é" * 128),
    ):
        with pytest.raises(ValueError, match="key"):
            Vault(keys, current)


def test_a_vault_shows_no_key():
    assert "1111" not in repr(vars(Vault({"one": ONE}, "one")))
