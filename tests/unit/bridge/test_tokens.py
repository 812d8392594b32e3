"""Tokens that the front door accepts, their times, and tokens that it signs."""

import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bridge import tokens
from bridge.errors import TokenRefused
from bridge.tokens import (
    Expectation,
    KeySet,
    SigningKey,
    TokenRule,
    sign,
    unverified_claims,
    verify,
)
from bridge.tokens.reader import read_object
from tests.unit.bridge.tokens_kit import (
    AUDIENCE,
    CANARY,
    EXPECT,
    ISSUER,
    NOW,
    SECOND,
    TYP,
    b64,
    claims,
    ec_key,
    forge,
    header,
    partner_keys,
    pem,
    raw_json,
    rsa_key,
    unb64,
    without,
)

EVENT = replace(EXPECT, needs_exp=False, required=frozenset({"jti"}))
PARTNER_CLAIMS: dict[str, object] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "7f3a", "jti": "c1d2"}
LIVEKIT = Expectation(
    typ="JWT",
    issuer="APIxyz",
    audience=None,
    max_lifetime=timedelta(minutes=5),
    required=frozenset({"sha256"}),
)


def media_key() -> SigningKey:
    return SigningKey.shared("APIxyz", SecretStr("a shared secret that is long enough"))


def refusal(token: object, expect: Expectation = EXPECT, keys: KeySet | None = None) -> str:
    with pytest.raises(TokenRefused) as caught:
        verify(token, keys or partner_keys(), expect=expect, now=NOW)
    assert caught.value.code == "token-refused"
    return str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": [AUDIENCE]},
        {"name": "Zoë 🙂 \u202e"},
        {"exp": SECOND + 60.5, "iat": SECOND - 0.5},
        {"exp": SECOND + 115, "iat": SECOND - 5},
        {"nbf": SECOND + 30},
        {"iat": SECOND + 30},
        {"exp": SECOND - 29.9, "iat": SECOND - 100},
        {"big": 10**18 - 1, "small": -(10**17), "fraction": 0.25, "yes": True, "no": None},
        {"at_hash": "AAAA"},
        {"cnf": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}},
        {"text": '[[[[[[[[[["\\'},
    ],
    ids=lambda changes: ",".join(changes) or "plain",
)
def test_a_good_token_gives_its_claims(changes: dict[str, object]) -> None:
    token = forge(body=claims(**changes))
    assert verify(token, partner_keys(), expect=EXPECT, now=NOW) == claims(**changes)
    assert unverified_claims(token) == claims(**changes)


def test_an_escaped_pair_of_surrogates_is_a_character() -> None:
    body = raw_json(claims(name="🙂"))
    assert rb"\ud83d\ude42" in body
    assert verify(forge(body=body), partner_keys(), expect=EXPECT, now=NOW)["name"] == "🙂"


def test_eight_levels_are_read_and_nine_are_not() -> None:
    assert read_object(b'{"a":' * 8 + b"1" + b"}" * 8)
    with pytest.raises(TokenRefused, match="json-depth"):
        read_object(b'{"a":' * 9 + b"1" + b"}" * 9)


def test_eight_kibibytes_are_read_and_one_character_more_is_not() -> None:
    padding = 8 * 1024 - len(forge(body=claims(pad="")))
    token = forge(body=claims(pad="x" * (padding * 3 // 4)))
    assert 8 * 1024 - 4 < len(token) <= 8 * 1024
    assert verify(token, partner_keys(), expect=EXPECT, now=NOW)
    assert refusal(token + "A" * (8 * 1024 + 1 - len(token))) == TokenRule.TOO_LONG


@pytest.mark.parametrize(
    ("changes", "skew", "reason"),
    [
        ({"exp": SECOND, "iat": SECOND - 60}, 0, TokenRule.EXPIRED),
        ({"exp": SECOND + 1, "iat": SECOND + 1}, 30, TokenRule.LIFETIME),
        ({"exp": SECOND - 60, "iat": SECOND}, 30, TokenRule.LIFETIME),
        ({"exp": SECOND + 116, "iat": SECOND - 5}, 30, TokenRule.LIFETIME),
        ({"iat": SECOND + 1}, 0, TokenRule.ISSUED_IN_FUTURE),
        ({"nbf": SECOND + 1}, 0, TokenRule.NOT_YET),
        ({"exp": 1e300}, 30, TokenRule.LIFETIME),
        ({"iat": -1e300}, 30, TokenRule.LIFETIME),
    ],
)
def test_a_token_out_of_time_is_refused(
    changes: dict[str, object], skew: int, reason: TokenRule
) -> None:
    expect = replace(EXPECT, skew=timedelta(seconds=skew))
    assert refusal(forge(body=claims(**changes)), expect) == reason


def test_an_event_without_exp_is_over_when_its_lifetime_is() -> None:
    token = forge(body=without(claims(), "exp", "sub"))
    assert verify(token, partner_keys(), expect=EVENT, now=NOW)["jti"] == "c1d2"
    old = forge(body=without(claims(iat=SECOND - 150), "exp"))
    assert refusal(old, EVENT) == TokenRule.EXPIRED
    assert refusal(forge(body=without(claims(), "exp", "iat")), EVENT) == TokenRule.CLAIM_MISSING


def test_a_media_servers_token_has_no_kid_and_no_audience() -> None:
    body = {"iss": "APIxyz", "nbf": SECOND, "exp": SECOND + 300, "sha256": "AAAA"}
    key = media_key()
    keys = KeySet.sole(key.verifier)
    token = sign(body, key, typ="JWT")
    assert read_object(unb64(token.partition(".")[0])) == {"alg": "HS256", "typ": "JWT"}
    assert verify(token, keys, expect=LIVEKIT, now=NOW) == body
    named = forge(
        {"alg": "HS256", "typ": "JWT", "kid": "APIxyz"},
        body,
        b"a shared secret that is long enough",
    )
    assert verify(named, keys, expect=LIVEKIT, now=NOW) == body
    other = sign({**body, "aud": "somebody"}, key, typ="JWT")
    assert refusal(other, LIVEKIT, keys) == TokenRule.AUDIENCE
    assert refusal(token, LIVEKIT, partner_keys()) == TokenRule.KID_MISSING


def test_a_token_without_a_type_passes_where_that_is_allowed() -> None:
    body = {"iss": "APIxyz", "nbf": SECOND, "exp": SECOND + 300, "sha256": "AAAA"}
    keys = KeySet.sole(media_key().verifier)
    secret = b"a shared secret that is long enough"
    untyped = forge({"alg": "HS256"}, body, secret)
    assert refusal(untyped, LIVEKIT, keys) == TokenRule.TYP
    lenient = replace(LIVEKIT, untyped=True)
    assert verify(untyped, keys, expect=lenient, now=NOW) == body
    other = forge({"alg": "HS256", "typ": "at+jwt"}, body, secret)
    assert refusal(other, lenient, keys) == TokenRule.TYP


@pytest.mark.parametrize("value", ["", None, [], {}])
def test_a_required_claim_must_say_something(value: object) -> None:
    expect = replace(EXPECT, required=frozenset({"resource"}))
    assert refusal(forge(body=claims(resource=value)), expect) == TokenRule.CLAIM_MISSING
    assert verify(forge(body=claims(resource=0)), partner_keys(), expect=expect, now=NOW)


@pytest.mark.parametrize(
    "private", [ec_key(), ec_key("secp384r1"), rsa_key()], ids=["ES256", "ES384", "RS256"]
)
def test_what_we_sign_verifies_and_leaves_the_claims_alone(private: object) -> None:
    key = SigningKey.from_pem(pem(private))  # type: ignore[arg-type]  # one of three kinds
    said = claims(name="Zoë", alg="none", kid="other", nested={"list": [1, 2.5, None, True]})
    before = copy.deepcopy(said)
    token = sign(said, key, typ=TYP)
    assert said == before
    assert verify(token, KeySet.of(key.verifier), expect=EXPECT, now=NOW) == before
    head = read_object(unb64(token.partition(".")[0]))
    assert head == {"alg": key.verifier.alg, "typ": TYP, "kid": key.kid}


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "\ud800", {1, 2}, NOW, b"bytes", SecretStr(CANARY)],
    ids=["nan", "infinity", "surrogate", "set", "datetime", "bytes", "secret"],
)
def test_what_is_not_json_is_not_signed(value: object) -> None:
    key = SigningKey.from_pem(pem(ec_key()))
    with pytest.raises(TokenRefused) as caught:
        sign({**PARTNER_CLAIMS, "name": CANARY, "value": value}, key, typ=TYP)
    assert str(caught.value) == TokenRule.NOT_SIGNABLE
    assert CANARY not in repr(caught.value)


def test_claims_within_themselves_are_not_signed() -> None:
    loop: dict[str, object] = {}
    loop["loop"] = loop
    with pytest.raises(TokenRefused, match="not-signable"):
        sign(loop, media_key(), typ="JWT")


def test_a_token_that_our_own_door_would_find_too_long_is_not_signed() -> None:
    with pytest.raises(TokenRefused, match="too-long"):
        sign({"pad": "x" * 8192}, media_key(), typ="JWT")


def test_unverified_claims_are_read_as_strictly() -> None:
    assert unverified_claims(f"{b64(raw_json(header()))}.{b64(raw_json(claims()))}.AAAA")
    with pytest.raises(TokenRefused, match="json-duplicate"):
        unverified_claims(forge(body=b'{"iss":"a","iss":"b"}'))


def test_every_word_is_fit_for_a_label() -> None:
    assert all(word.replace("-", "").isalpha() and word.islower() for word in TokenRule)


def test_the_exported_names_are_these() -> None:
    assert tokens.__all__ == sorted(tokens.__all__, key=lambda name: (name.islower(), name))
    assert all(hasattr(tokens, name) for name in tokens.__all__)
