"""Codes of links: fixed for ever for a key, a pass and a number, and unlike each other."""

import hmac
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.codes import Minter, digest_of

# 22 characters of base64url hold 132 bits; of the last character only two bits are free.
CODE = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
KEY = bytes(range(32))
ID = UUID("01a230d5-1280-7000-8000-0123456789ab")
MINTER = Minter({"k1": KEY, "k0": b"0" * 32}, "k1")

# Computed with another program, so that no release of ours changes the links people hold:
# printf '01a230d51280700080000123456789ab%08x' NUMBER | xxd -r -p | openssl dgst -sha256 -mac HMAC
#   -macopt hexkey:000102…1f -binary | head -c16 | base64 | tr '+/' '-_' | tr -d =
GOLDEN = [
    (0, "CoS8maZTNm7VpCnoA9UqtQ"),
    (1, "IvndmCxfIrSt8UBPscut9Q"),
    (2**32 - 1, "bJmOw13CPnutxSjpqlJ0WA"),
]


@pytest.mark.parametrize(("number", "code"), GOLDEN)
def test_codes_never_change(number: int, code: str):
    assert MINTER.code(ID, number, "k1") == code


def test_the_digest_is_the_sha256_of_the_code():
    assert digest_of("abc").hex().startswith("ba7816bf8f01cfea414140de5dae2223")
    assert MINTER.digest(ID, 1, "k1") == digest_of("IvndmCxfIrSt8UBPscut9Q")


@given(st.uuids(), st.integers(0, 2**32 - 1), st.sampled_from(["k0", "k1"]))
def test_every_code_looks_like_one(identity: UUID, number: int, key: str):
    assert CODE.fullmatch(MINTER.code(identity, number, key))


@given(st.sets(st.tuples(st.uuids(), st.integers(0, 9), st.sampled_from(["k0", "k1"]))))
def test_codes_differ_with_everything_they_are_made_of(of: set[tuple[UUID, int, str]]):
    assert len({MINTER.code(*one) for one in of}) == len(of)


def test_a_key_that_was_removed():
    with pytest.raises(KeyError):
        MINTER.code(ID, 0, "gone")


def test_no_key_in_a_log():
    assert repr(MINTER) == "Minter(current='k1')"


def test_digits_differ_by_use_number_and_key_and_are_fixed():
    found = [
        MINTER.digits(ID, number, key, use)
        for number in (0, 1)
        for key in ("k0", "k1")
        for use in ("pin", "mail")
    ]
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[0-9]{6}", one) for one in found)
    mac = hmac.digest(KEY, b"pin:" + ID.bytes + b"\0\0\0\1", "sha256")
    assert MINTER.digits(ID, 1, "k1", "pin") == f"{int(mac.hex()[:32], 16) % 10**6:06}"
