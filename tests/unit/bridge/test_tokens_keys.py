"""Key sets of strangers, and keys of our own."""

import json
from math import prod

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from pydantic import SecretStr

from bridge.errors import TokenRefused
from bridge.tokens import Alg, KeySet, SigningKey, TokenRule, VerifyingKey, verify
from tests.unit.bridge.tokens_kit import (
    EXPECT,
    NOW,
    Private,
    b64,
    claims,
    ec_jwk,
    ec_key,
    forge,
    header,
    jwks,
    number,
    okp_jwk,
    partner_keys,
    pem,
    public,
    rsa_jwk,
    rsa_key,
    without,
)


def with_a_short_coordinate() -> dict[str, object]:
    """Write a real point, x of which begins with a zero, without that zero."""
    keys = (ec.derive_private_key(secret, ec.SECP256R1()) for secret in range(1, 10_000))
    points = ((key, key.public_key().public_numbers()) for key in keys)
    key, point = next((key, point) for key, point in points if point.x < 1 << 248)
    return ec_jwk(key, x=number(point.x, 31), kid="bad")


OFF_CURVE = ec_jwk(y=ec_jwk()["x"])
SECRET = "a shared secret that is long enough"

UNUSABLE: dict[str, dict[str, object]] = {
    "secp256k1": ec_jwk(ec_key("secp256k1"), kid="bad"),
    "p521": ec_jwk(ec_key("secp521r1"), kid="bad"),
    "off-curve": {**OFF_CURVE, "kid": "bad"},
    "x-not-ascii": ec_jwk(x="é" * 43, kid="bad"),
    "x-number": ec_jwk(x=7, kid="bad"),
    "x-empty": ec_jwk(x="", kid="bad"),
    "x-short": ec_jwk(x=b64(b"\x01" * 31), kid="bad"),
    "x-without-its-zero": with_a_short_coordinate(),
    "x-long": ec_jwk(x=b64(b"\x00" + b"\x01" * 32), kid="bad"),
    "x-padded": ec_jwk(x=f"{ec_jwk()['x']}=", kid="bad"),
    "y-missing": without(ec_jwk(kid="bad"), "y"),
    "crv-missing": without(ec_jwk(kid="bad"), "crv"),
    "crv-contrary": ec_jwk(ec_key("secp384r1"), crv="P-256", kid="bad"),
    "crv-list": ec_jwk(crv=["P-256"], kid="bad"),
    "n-missing": without(rsa_jwk(kid="bad"), "n"),
    "n-list": rsa_jwk(n=[1], kid="bad"),
    "e-missing": without(rsa_jwk(kid="bad"), "e"),
    "e-1": rsa_jwk(e=number(1), kid="bad"),
    "e-3": rsa_jwk(e=number(3), kid="bad"),
    "rsa-1024": rsa_jwk(rsa_key(1024), kid="bad"),
    "rsa-2047": rsa_jwk(n=number(2**2047 - 1), kid="bad"),
    "rsa-4097": rsa_jwk(n=number(2**4096 + 1), kid="bad"),
    "use-enc": ec_jwk(use="enc", kid="bad"),
    "use-list": ec_jwk(use=["sig"], kid="bad"),
    "alg-contrary": ec_jwk(alg="ES384", kid="bad"),
    "alg-hs256": ec_jwk(alg="HS256", kid="bad"),
    "alg-ps256": rsa_jwk(alg="PS256", kid="bad"),
    "alg-null": ec_jwk(alg=None, kid="bad"),
    "key-ops-contrary": ec_jwk(key_ops=["encrypt"], kid="bad"),
    "key-ops-text": ec_jwk(key_ops="verify", kid="bad"),
    "okp": okp_jwk(kid="bad"),
    "kty-unknown": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "bad"},
    "kty-list": ec_jwk(kty=["EC"], kid="bad"),
    "kid-missing": without(ec_jwk(), "kid"),
    "kid-empty": ec_jwk(kid=""),
    "kid-object": ec_jwk(kid={"a": 1}),
    "empty": {},
}
PRIVATE: dict[str, dict[str, object]] = {
    "ec-private": ec_jwk(kid="bad", d=b64(b"\x01" * 32)),
    "rsa-private": rsa_jwk(kid="bad", d="AQ", p="AQ", q="AQ"),
    "okp-private": okp_jwk(kid="bad", d="AQ"),
    "akp-private": {"kty": "AKP", "alg": "ML-DSA-44", "priv": "AAAA", "kid": "bad"},
    "oct": {"kty": "oct", "k": b64(b"k" * 32), "kid": "bad"},
    "oct-hs256": {"kty": "oct", "k": b64(b"k" * 32), "kid": "bad", "alg": "HS256"},
    "oct-without-k": {"kty": "oct", "kid": "bad"},
    "k-in-an-ec-key": ec_jwk(kid="bad", k=b64(b"k" * 32)),
}
REFUSED: dict[str, tuple[bytes, TokenRule]] = {
    "keys-null": (b'{"keys": null}', TokenRule.KEYS_SHAPE),
    "keys-number": (b'{"keys": 7}', TokenRule.KEYS_SHAPE),
    "keys-object": (b'{"keys": {}}', TokenRule.KEYS_SHAPE),
    "keys-absent": (b"{}", TokenRule.KEYS_SHAPE),
    "keys-of-text": (b'{"keys": ["key"]}', TokenRule.KEYS_SHAPE),
    "keys-empty": (b'{"keys": []}', TokenRule.KEYS_NONE),
    "list": (b"[]", TokenRule.JSON),
    "nothing": (b"", TokenRule.JSON),
    "html": (b"<!doctype html>", TokenRule.JSON),
    "nested": (b'{"keys": ' + b"[" * 30_000, TokenRule.JSON_DEPTH),
    "quotes": (b'{"keys": "' + b'\\"' * 30_000, TokenRule.JSON),
    "17-keys": (jwks(*(ec_jwk(kid=str(n)) for n in range(17))), TokenRule.KEYS_TOO_MANY),
    "2000-keys": (jwks(*([{}] * 2000)), TokenRule.KEYS_TOO_MANY),
    "64-kib-and-one": (jwks(ec_jwk()).ljust(64 * 1024 + 1), TokenRule.TOO_LONG),
    "duplicate-kid": (jwks(ec_jwk(), rsa_jwk(kid="ec")), TokenRule.KEYS_DUPLICATE),
    "duplicate-kid-unknown-kind": (jwks(okp_jwk(kid="ec"), ec_jwk()), TokenRule.KEYS_DUPLICATE),
    "duplicate-member": (
        b'{"keys": [], ' + jwks(ec_jwk())[1:],
        TokenRule.JSON_DUPLICATE,
    ),
}


def accepted(keys: KeySet, token: str | None = None) -> bool:
    return verify(token or forge(), keys, expect=EXPECT, now=NOW) == claims()


@pytest.mark.parametrize("others", ["rsa", "okp"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_key_of_another_kind_beside_ours_changes_nothing(others: str, first: bool) -> None:
    """Bare jose stumbled over [RSA, EC] and [OKP, EC]."""
    other = rsa_jwk() if others == "rsa" else okp_jwk()
    members = [other, ec_jwk()] if first else [ec_jwk(), other]
    assert accepted(KeySet.from_jwks(jwks(*members)))


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_key_we_cannot_use_is_skipped_and_the_good_one_works(name: str) -> None:
    keys = KeySet.from_jwks(jwks(UNUSABLE[name], ec_jwk()))
    assert accepted(keys)
    assert (set(keys.by_kid), keys.skipped) == ({"ec"}, 1)
    with pytest.raises(TokenRefused, match="kid-unknown"):
        accepted(keys, forge(header(kid="bad")))


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_set_without_any_key_for_us_is_refused(name: str) -> None:
    with pytest.raises(TokenRefused, match="keys-none"):
        KeySet.from_jwks(jwks(UNUSABLE[name]))


@pytest.mark.parametrize("place", [0, 1], ids=["first", "last"])
@pytest.mark.parametrize("name", PRIVATE)
def test_a_set_with_a_secret_in_it_is_refused_whole(name: str, place: int) -> None:
    members = [ec_jwk()]
    members.insert(place, PRIVATE[name])
    with pytest.raises(TokenRefused, match="keys-private"):
        KeySet.from_jwks(jwks(*members))


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_set_is_refused(name: str) -> None:
    raw, reason = REFUSED[name]
    with pytest.raises(TokenRefused) as caught:
        KeySet.from_jwks(raw)
    assert str(caught.value) == reason


@pytest.mark.parametrize("document", [None, [], "keys", 7, {"keys": None}])
def test_a_document_that_is_no_set_is_refused(document: object) -> None:
    with pytest.raises(TokenRefused, match="keys-shape"):
        KeySet.from_document(document)


def test_the_limits_themselves_are_allowed() -> None:
    members = [ec_jwk(kid=str(n)) for n in range(15)]
    keys = KeySet.from_jwks(jwks(ec_jwk(), *members).ljust(64 * 1024))
    assert accepted(keys)
    KeySet.from_jwks(jwks(rsa_jwk(n=number(2**4095 + 3))))


@pytest.mark.parametrize(
    "extra", [{"use": "sig"}, {"key_ops": ["verify"]}, {"alg": "ES256"}, {"x5c": ["AAAA"]}]
)
def test_members_that_agree_or_do_not_concern_us_are_fine(extra: dict[str, object]) -> None:
    assert accepted(KeySet.from_jwks(jwks({**ec_jwk(), **extra})))


@pytest.mark.parametrize(
    ("member", "alg"),
    [
        (ec_jwk(), Alg.ES256),
        (ec_jwk(ec_key("secp384r1")), Alg.ES384),
        (rsa_jwk(), Alg.RS256),
    ],
    ids=["p256", "p384", "rsa"],
)
def test_the_algorithm_is_the_keys_and_no_other(member: dict[str, object], alg: Alg) -> None:
    private: dict[Alg, Private] = {
        Alg.ES256: ec_key(),
        Alg.ES384: ec_key("secp384r1"),
        Alg.RS256: rsa_key(),
    }
    key = private[alg]
    keys = KeySet.from_jwks(jwks(member))
    assert accepted(keys, forge(header(alg=alg, kid=member["kid"]), key=key))
    for other in ({*Alg} - {alg}) | {"ES512", "RS512", "none"}:
        with pytest.raises(TokenRefused, match="alg"):
            accepted(keys, forge(header(alg=other, kid=member["kid"]), key=key))


def test_a_pinned_set_holds_that_key_alone() -> None:
    keys = partner_keys()
    pinned = keys.pinned(keys.by_kid["rsa"].thumbprint)
    assert set(pinned.by_kid) == {"rsa"}
    with pytest.raises(TokenRefused, match="kid-unknown"):
        accepted(pinned)
    with pytest.raises(TokenRefused, match="kid-unknown"):
        keys.pinned("sha256:unknown")


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    """The example of §3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"
        "_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQ"
        "R0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF"
        "TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    member = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    key = VerifyingKey.from_jwk(member)
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("make", [ec_key, lambda: ec_key("secp384r1"), rsa_key])
def test_our_own_key_publishes_its_public_half_only(make: object) -> None:
    assert callable(make)
    ours = SigningKey.from_pem(pem(make()))
    document = KeySet.of(ours.verifier).document()
    read = KeySet.from_jwks(json.dumps(document).encode())
    assert read == KeySet.of(ours.verifier)
    assert read.by_kid[ours.kid].thumbprint == ours.kid
    assert document["keys"][0]["use"] == "sig"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----",
        public(ec_key(), "PEM"),
        pem(Ed25519PrivateKey.generate()),
        pem(ec_key("secp256k1")),
        pem(rsa_key(1024)),
        ec_key().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        ),
    ],
    ids=["empty", "cut", "public", "ed25519", "secp256k1", "rsa-1024", "password"],
)
def test_a_file_that_is_no_usable_private_key_is_refused(raw: bytes) -> None:
    with pytest.raises(TokenRefused, match="key-unusable"):
        SigningKey.from_pem(raw)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "k",
        SECRET[:31],
        pem(ec_key()).decode(),
        public(ec_key(), "OpenSSH").decode(),
        "a" * 32,
        " " * 32,
        "12345678901234567890123456789012",
        "my_very_long_and_safe_secret_key",
        "aabbccddeeffgghhiiaabbccddeeffgg",
    ],
    ids=[
        *("empty", "one-byte", "31-bytes", "pem", "openssh"),
        *("one-letter", "blanks", "digits", "known", "nine-letters"),
    ],
)
def test_a_weak_or_mistaken_secret_is_refused(secret: str) -> None:
    with pytest.raises(TokenRefused, match="key-unusable"):
        SigningKey.shared("APIxyz", SecretStr(secret))


def marked(bits: int) -> int:
    """Return a modulus as chips with the fault of CVE-2017-15361 made them."""
    primes = [n for n in range(2, 168) if all(n % below for below in range(2, n))]
    product = prod(primes)
    return pow(65537, 4711, product) + product * ((1 << (bits - 1)) // product + 1)


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_a_modulus_that_others_can_factor_is_refused(bits: int) -> None:
    """A key set may hold it; what it signs is then signed by nobody that we know."""
    for modulus in (marked(bits), 2 ** (bits - 1) + 2, 3 * (2 ** (bits - 2) + 1)):
        assert modulus.bit_length() == bits
        with pytest.raises(TokenRefused, match="keys-none"):
            KeySet.from_jwks(jwks(rsa_jwk(n=number(modulus))))


def test_a_modulus_beside_the_mark_is_as_good_as_any() -> None:
    KeySet.from_jwks(jwks(rsa_jwk(n=number(marked(2048) + 2 * 167**2))))


def test_a_shared_secret_is_neither_shown_nor_published() -> None:
    key = SigningKey.shared("APIxyz", SecretStr(SECRET))
    assert SECRET not in repr(key) + repr(key.verifier) + repr(KeySet.sole(key.verifier))
    with pytest.raises(TokenRefused, match="keys-private"):
        KeySet.of(key.verifier).document()
    with pytest.raises(TokenRefused, match="key-unusable"):
        _ = key.verifier.thumbprint


def test_a_private_key_is_not_shown() -> None:
    private = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
    shown = repr(SigningKey.from_pem(pem(private)))
    assert shown.count("Key(") == 2
    assert "PRIVATE" not in shown
    assert "jose" not in shown
