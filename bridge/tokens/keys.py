"""Keys that sign and keys that verify. Each holds its jose `Key`, built once.

Signing with an RSA key that jose must first read from PEM is a hundred times slower, so nothing
here is built per token.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JOSEError
from pydantic import SecretStr

from bridge.errors import TokenRefused
from bridge.tokens.moduli import factorable
from bridge.tokens.reader import decode, encode
from bridge.tokens.reasons import TokenRule
from config.strength import weakness

MIN_SECRET_BYTES = 32
RSA_BITS = range(2048, 4096 + 1)
RSA_EXPONENT = 65537


class Alg(StrEnum):
    """The signature algorithms that we accept. A key is made for exactly one of them."""

    ES256 = "ES256"
    ES384 = "ES384"
    RS256 = "RS256"
    HS256 = "HS256"


_CURVES = {"P-256": (Alg.ES256, 32), "P-384": (Alg.ES384, 48)}
"""For each curve, its one algorithm and the length of a coordinate in bytes."""
_CURVE_ALGS = {"secp256r1": Alg.ES256, "secp384r1": Alg.ES384}
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
"""The members from which a thumbprint is made (RFC 7638 §3.2)."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key that verifies signatures of one algorithm; its name is `kid`."""

    kid: str
    alg: Alg
    public: Mapping[str, str] | None = field(repr=False)
    """The public half as a JWK without `kid` and `use`; None for a shared secret."""
    jose: Key = field(repr=False, compare=False)

    @classmethod
    def from_jwk(cls, member: Mapping[str, object]) -> Self:
        """Read one public key of a key set; refuse one that we couldn't or wouldn't use."""
        kid = _word(member, "kid")
        if member.get("use", "sig") != "sig":
            raise TokenRefused(TokenRule.KEY_UNUSABLE)
        operations = member.get("key_ops", ["verify"])
        if not isinstance(operations, list) or "verify" not in operations:
            raise TokenRefused(TokenRule.KEY_UNUSABLE)
        public, alg = _public_half(member)
        if member.get("alg", alg) != alg:
            raise TokenRefused(TokenRule.KEY_UNUSABLE)
        try:
            key = jwk.construct(dict(public), alg)
        except (JOSEError, ValueError):
            # For example a point that isn't on its curve.
            raise TokenRefused(TokenRule.KEY_UNUSABLE) from None
        return cls(kid=kid, alg=alg, public=MappingProxyType(public), jose=key)

    @property
    def thumbprint(self) -> str:
        """The SHA-256 thumbprint of the public half (RFC 7638), base64url."""
        if self.public is None:
            raise TokenRefused(TokenRule.KEY_UNUSABLE)
        return _thumbprint(self.public)

    def document(self) -> dict[str, str]:
        """Return the public half as a member of a JWK set."""
        if self.public is None:
            raise TokenRefused(TokenRule.KEYS_PRIVATE)
        return {**self.public, "kid": self.kid, "alg": self.alg.value, "use": "sig"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of ours: it signs, and its `verifier` verifies."""

    verifier: VerifyingKey
    jose: Key = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read a private key, EC P-256 or P-384 or RSA; its name is its RFC 7638 thumbprint."""
        try:
            alg = _alg_of(pem)
            private = jwk.construct(pem, alg)
        except (JOSEError, ValueError, TypeError, UnsupportedAlgorithm):
            # Not PEM, a public key, behind a password, or of another kind.
            raise TokenRefused(TokenRule.KEY_UNUSABLE) from None
        public = private.public_key().to_dict()
        return cls(VerifyingKey.from_jwk({**public, "kid": _thumbprint(public)}), private)

    @classmethod
    def shared(cls, name: str, secret: SecretStr) -> Self:
        """Make an HS256 key from a secret of at least 32 bytes, as shared with a media server.

        Refuse a secret that could be guessed (`config/strength.py`).
        """
        raw = secret.get_secret_value().encode("utf-8")
        if len(raw) < MIN_SECRET_BYTES or weakness(secret.get_secret_value()) is not None:
            raise TokenRefused(TokenRule.KEY_UNUSABLE)
        try:
            key = jwk.construct(raw, Alg.HS256)
        except JOSEError:
            # The text of a PEM or OpenSSH key, by mistake.
            raise TokenRefused(TokenRule.KEY_UNUSABLE) from None
        return cls(VerifyingKey(kid=name, alg=Alg.HS256, public=None, jose=key), key)

    @property
    def kid(self) -> str:
        """The key's name, for the header of what it signs."""
        return self.verifier.kid


def _word(member: Mapping[str, object], name: str) -> str:
    value = member.get(name)
    if not isinstance(value, str) or not value:
        raise TokenRefused(TokenRule.KEY_UNUSABLE)
    return value


def _public_half(member: Mapping[str, object]) -> tuple[dict[str, str], Alg]:
    """Keep the members that make the key, checked, and return its one algorithm."""
    kind = _word(member, "kty")
    if kind not in _REQUIRED:
        raise TokenRefused(TokenRule.KEY_UNUSABLE)
    public = {name: _word(member, name) for name in _REQUIRED[kind]}
    return public, _ec_alg(public) if kind == "EC" else _rsa_alg(public)


def _ec_alg(public: Mapping[str, str]) -> Alg:
    if public["crv"] not in _CURVES:
        raise TokenRefused(TokenRule.KEY_UNUSABLE)
    alg, length = _CURVES[public["crv"]]
    if any(len(decode(public[name])) != length for name in ("x", "y")):
        raise TokenRefused(TokenRule.KEY_UNUSABLE)
    return alg


def _rsa_alg(public: Mapping[str, str]) -> Alg:
    modulus, exponent = (int.from_bytes(decode(public[name]), "big") for name in ("n", "e"))
    if exponent != RSA_EXPONENT or modulus.bit_length() not in RSA_BITS or factorable(modulus):
        raise TokenRefused(TokenRule.KEY_UNUSABLE)
    return Alg.RS256


def _alg_of(pem: bytes) -> Alg:
    key = load_pem_private_key(pem, password=None)
    if isinstance(key, rsa.RSAPrivateKey):
        return Alg.RS256
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVE_ALGS:
        return _CURVE_ALGS[key.curve.name]
    raise ValueError(key.__class__.__name__)


def _thumbprint(public: Mapping[str, str]) -> str:
    members = {name: public[name] for name in _REQUIRED[public["kty"]]}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode("utf-8")
    return encode(hashlib.sha256(canonical).digest())
