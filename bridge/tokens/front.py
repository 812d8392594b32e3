"""Checks and makes signed tokens: the four calls that the rest of Parvis needs."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.errors import TokenRefused
from bridge.tokens.keys import Alg, SigningKey
from bridge.tokens.keyset import KeySet
from bridge.tokens.reader import MAX_TOKEN, Claims, Envelope, encode, open_envelope, read_object
from bridge.tokens.reasons import TokenRule

PARTNER_SKEW = timedelta(seconds=30)

_EXTENSIONS = frozenset({"crit", "b64", "zip", "enc"})
_WORDS = ("iss", "sub", "jti")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The rules for a token, stated before it is read."""

    typ: str
    """The exact media type in the header, such as `authorization-grant+jwt`."""
    untyped: bool = False
    """Whether a token that states no type passes too, as most providers' ID tokens do."""
    issuer: str
    audience: str | None
    """Our name to the issuer; None if its tokens carry no `aud`, and then none may."""
    max_lifetime: timedelta
    """The longest time from `iat` (or `nbf`, without `iat`) to `exp`."""
    required: frozenset[str] = frozenset()
    """Claims besides `iss` and the times that must be present and not empty."""
    skew: timedelta = PARTNER_SKEW
    """How far the issuer's clock may be off either way."""
    needs_exp: bool = True
    """False for events (RFC 8417 §2.2): then `iat` plus `max_lifetime` stands for `exp`."""


def verify(token: object, keys: KeySet, *, expect: Expectation, now: datetime) -> Claims:
    """Return the claims of a token that is genuine, in time and meant for us, or refuse it."""
    envelope = open_envelope(token)
    _check_header(envelope, keys, expect)
    claims = read_object(envelope.payload)
    _check_claims(claims, expect)
    _check_times(claims, expect, now.timestamp())
    return claims


def unverified_claims(token: object) -> Claims:
    """Return a token's claims before its signature is checked.

    Only for choosing the keys to verify with (by `iss`), or for a gate in front of a server that
    verifies.
    """
    return read_object(open_envelope(token).payload)


def sign(claims: Claims, key: SigningKey, *, typ: str) -> str:
    """Sign claims as a compact token, with the key's one algorithm.

    A shared secret writes no `kid`: the verifier finds it by `iss`.
    """
    header = {"alg": key.verifier.alg.value, "typ": typ}
    if key.verifier.alg is not Alg.HS256:
        header["kid"] = key.kid
    try:
        signed = f"{_part(header)}.{_part(claims)}"
    except (ValueError, TypeError, RecursionError):
        # Not JSON, NaN, or half a surrogate pair; the error may quote the claims.
        raise TokenRefused(TokenRule.NOT_SIGNABLE) from None
    token = f"{signed}.{encode(key.jose.sign(signed.encode('ascii')))}"
    if len(token) > MAX_TOKEN:
        raise TokenRefused(TokenRule.TOO_LONG)
    return token


def _part(claims: Claims) -> str:
    text = json.dumps(claims, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return encode(text.encode("utf-8"))


def _check_header(envelope: Envelope, keys: KeySet, expect: Expectation) -> None:
    header = envelope.header
    if _EXTENSIONS & header.keys():
        raise TokenRefused(TokenRule.HEADER_EXTENSION)
    if header.get("typ", expect.typ if expect.untyped else None) != expect.typ:
        raise TokenRefused(TokenRule.TYP)
    key = keys.find(header)
    if header.get("alg") != key.alg.value:
        raise TokenRefused(TokenRule.ALG)
    if not key.jose.verify(envelope.signed, envelope.signature):
        raise TokenRefused(TokenRule.SIGNATURE)


def _check_claims(claims: Claims, expect: Expectation) -> None:
    for name in expect.required | {"iss"}:
        if claims.get(name) in (None, "", [], {}):
            raise TokenRefused(TokenRule.CLAIM_MISSING)
    for name in _WORDS:
        word = claims.get(name, name)
        if not isinstance(word, str) or not word:
            raise TokenRefused(TokenRule.CLAIM_TYPE)
    if claims["iss"] != expect.issuer:
        raise TokenRefused(TokenRule.ISSUER)
    us = [expect.audience]
    if expect.audience is None and "aud" in claims:
        raise TokenRefused(TokenRule.AUDIENCE)
    if expect.audience is not None and claims.get("aud") not in (us, expect.audience):
        raise TokenRefused(TokenRule.AUDIENCE)


def _check_times(claims: Claims, expect: Expectation, now: float) -> None:
    """Compare seconds since 1970; a token is over from the very second of `exp` plus skew."""
    skew, longest = expect.skew.total_seconds(), expect.max_lifetime.total_seconds()
    issued, not_before, expires = (_seconds(claims, name) for name in ("iat", "nbf", "exp"))
    start = not_before if issued is None else issued
    if start is None or (expires is None and expect.needs_exp):
        raise TokenRefused(TokenRule.CLAIM_MISSING)
    end = start + longest if expires is None else expires
    if not start < end <= start + longest:
        raise TokenRefused(TokenRule.LIFETIME)
    if issued is not None and issued > now + skew:
        raise TokenRefused(TokenRule.ISSUED_IN_FUTURE)
    if not_before is not None and not_before > now + skew:
        raise TokenRefused(TokenRule.NOT_YET)
    if now >= end + skew:
        raise TokenRefused(TokenRule.EXPIRED)


def _seconds(claims: Claims, name: str) -> int | float | None:
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(TokenRule.CLAIM_TYPE)
    return value
