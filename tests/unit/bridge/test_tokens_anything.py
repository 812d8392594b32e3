"""Any input of the front door gives claims, or one refusal with one known word."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import TokenRefused
from bridge.tokens import KeySet, TokenRule, unverified_claims, verify
from tests.unit.bridge.tokens_kit import (
    EXPECT,
    NOW,
    claims,
    ec_jwk,
    forge,
    header,
    jwks,
    partner_keys,
    rsa_jwk,
)

pytestmark = pytest.mark.slow

GOOD = forge()
KEYS = partner_keys()
JWKS = jwks(ec_jwk(), rsa_jwk())

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
few = settings(max_examples=150)


@st.composite
def mutants(draw: st.DrawFn, whole: str) -> str:
    """Exchange, insert, drop or repeat some characters of something good."""
    text = whole
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        until = draw(st.integers(at, min(len(text), at + 5)))
        text = text[:at] + draw(st.text(max_size=3) | st.just(text[at:until] * 2)) + text[until:]
    return text


def answer(token: object) -> Mapping[str, object] | None:
    """Verify and look; return the claims, or None for a refusal with a known word."""
    try:
        unverified_claims(token)
        return verify(token, KEYS, expect=EXPECT, now=NOW)
    except TokenRefused as refused:
        if str(refused) not in set(TokenRule):
            raise
        return None


@few
@given(st.text() | st.binary() | st.binary().map(lambda raw: raw.decode("latin-1")) | json_values)
def test_anything_else_is_no_token(token: object) -> None:
    assert answer(token) is None


@few
@given(mutants(GOOD))
def test_a_good_token_with_something_changed(token: str) -> None:
    assert (answer(token) is None) == (token != GOOD)


@few
@given(st.binary(), st.binary(), st.sampled_from(["header", "body"]))
def test_any_bytes_genuinely_signed(one: bytes, other: bytes, where: str) -> None:
    token = forge(one, other) if where == "header" else forge(body=one)
    assert answer(token) is None


@few
@given(st.sampled_from(sorted(header())), json_values)
def test_any_json_in_a_genuine_header(name: str, value: object) -> None:
    expected = value == header()[name]
    assert (answer(forge(header(**{name: value}))) is not None) == expected


@few
@given(st.sampled_from(sorted(claims())), json_values)
def test_any_json_in_genuine_claims(name: str, value: object) -> None:
    answer(forge(body=claims(**{name: value})))


@few
@given(mutants(JWKS.decode()) | json_values.map(json.dumps) | st.text())
def test_any_text_is_a_key_set_or_refused_by_a_rule(text: str) -> None:
    try:
        keys = KeySet.from_jwks(text.encode("utf-8", "surrogatepass"))
    except TokenRefused as refused:
        if str(refused) not in set(TokenRule):
            raise
    else:
        assert keys.by_kid


@few
@given(
    st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops"]),
    json_values,
)
def test_any_json_in_a_key(name: str, value: object) -> None:
    try:
        KeySet.from_document({"keys": [{**ec_jwk(), name: value}, {**rsa_jwk(), name: value}]})
    except TokenRefused as refused:
        if str(refused) not in set(TokenRule):
            raise
