"""Sets of keys: a partner's published ones, or our own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from bridge.errors import TokenRefused
from bridge.tokens.keys import VerifyingKey
from bridge.tokens.reader import Claims, read_object
from bridge.tokens.reasons import TokenRule

MAX_JWKS = 64 * 1024
MAX_KEYS = 16

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by `kid`; a token names the one that signed it."""

    by_kid: Mapping[str, VerifyingKey]
    nameless: VerifyingKey | None = None
    """The key of tokens without a `kid`, for an issuer known to write none."""
    skipped: int = 0
    """How many published keys were of a kind, size or form that we don't use."""

    @classmethod
    def of(cls, *keys: VerifyingKey) -> Self:
        """Make a set of keys; a token must name one of them."""
        return cls(_by_kid(keys))

    @classmethod
    def sole(cls, key: VerifyingKey) -> Self:
        """Make a set of one key for an issuer that writes no `kid`, as LiveKit does."""
        return cls(_by_kid([key]), nameless=key)

    @classmethod
    def from_jwks(cls, raw: bytes) -> Self:
        """Read a published JWK set of at most 64 KiB (RFC 7517 §5)."""
        if len(raw) > MAX_JWKS:
            raise TokenRefused(TokenRule.TOO_LONG)
        return cls.from_document(read_object(raw))

    @classmethod
    def from_document(cls, document: object) -> Self:
        """Read a JWK set that was part of a larger document.

        A key that we can't use is skipped, so that a partner may publish others beside it. A set
        with a private key, a shared secret or two keys of one name is refused whole: a partner who
        publishes that does not control its keys.
        """
        members = _members(document)
        kids = [member["kid"] for member in members if isinstance(member.get("kid"), str)]
        if len(kids) != len(set(kids)):
            raise TokenRefused(TokenRule.KEYS_DUPLICATE)
        keys = [key for key in map(_usable, members) if key is not None]
        if not keys:
            raise TokenRefused(TokenRule.KEYS_NONE)
        return cls(_by_kid(keys), skipped=len(members) - len(keys))

    def pinned(self, thumbprint: str) -> Self:
        """Keep only the key with this RFC 7638 thumbprint, which was exchanged beforehand."""
        for key in self.by_kid.values():
            if key.public is not None and key.thumbprint == thumbprint:
                return type(self).of(key)
        raise TokenRefused(TokenRule.KID_UNKNOWN)

    def find(self, header: Claims) -> VerifyingKey:
        """Return the key that a token's header names."""
        if "kid" not in header:
            if self.nameless is None:
                raise TokenRefused(TokenRule.KID_MISSING)
            return self.nameless
        kid = header["kid"]
        if not isinstance(kid, str) or kid not in self.by_kid:
            raise TokenRefused(TokenRule.KID_UNKNOWN)
        return self.by_kid[kid]

    def document(self) -> dict[str, list[dict[str, str]]]:
        """Return the set as we publish it; a shared secret is refused."""
        return {"keys": [key.document() for key in self.by_kid.values()]}


def _by_kid(keys: Iterable[VerifyingKey]) -> Mapping[str, VerifyingKey]:
    return MappingProxyType({key.kid: key for key in keys})


def _members(document: object) -> list[dict[str, object]]:
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise TokenRefused(TokenRule.KEYS_SHAPE)
    if len(members) > MAX_KEYS:
        raise TokenRefused(TokenRule.KEYS_TOO_MANY)
    if any(member.get("kty") == "oct" or _PRIVATE & member.keys() for member in members):
        raise TokenRefused(TokenRule.KEYS_PRIVATE)
    return members


def _usable(member: Mapping[str, object]) -> VerifyingKey | None:
    try:
        return VerifyingKey.from_jwk(member)
    except TokenRefused:
        return None
