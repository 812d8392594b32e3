"""Reads a token's three parts, and JSON from strangers, before any signature is checked.

Every refusal is raised `from None`: the parsers' own errors quote what they read, and that may hold
names and secrets.
"""

import json
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.errors import TokenRefused
from bridge.tokens.reasons import TokenRule

Claims = Mapping[str, object]
"""A token's claims, as JSON: str, int, float, bool, None, list and dict."""

MAX_TOKEN = 8 * 1024
MAX_DEPTH = 8
MAX_DIGITS = 18

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
# One string, or the rest of one that never ends. The possessive `+` keeps the search linear.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """A token in its parts; nothing in it is verified yet."""

    header: Claims
    payload: bytes
    signed: bytes
    signature: bytes


def open_envelope(token: object) -> Envelope:
    """Split a compact token; refuse a text that isn't exactly one."""
    if not isinstance(token, str) or not token.isascii():
        raise TokenRefused(TokenRule.NOT_TEXT)
    if len(token) > MAX_TOKEN:
        raise TokenRefused(TokenRule.TOO_LONG)
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise TokenRefused(TokenRule.SEGMENTS)
    header, payload, signature = (decode(part) for part in parts)
    signed = token.rpartition(".")[0].encode("ascii")
    return Envelope(read_object(header), payload, signed, signature)


def decode(text: str) -> bytes:
    """Decode base64url in its one canonical form (RFC 7515 §2): no padding, no stray bits."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise TokenRefused(TokenRule.ENCODING)
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise TokenRefused(TokenRule.ENCODING)
    return raw


def encode(raw: bytes) -> str:
    """Encode as base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def read_object(raw: bytes) -> Claims:
    """Read one JSON object of modest depth; refuse what two parsers could read differently.

    The caller limits the length.
    """
    if _depth(raw) > MAX_DEPTH:
        raise TokenRefused(TokenRule.JSON_DEPTH)
    try:
        # Decoded here because json.loads would guess at UTF-16 and UTF-32.
        text = raw.decode("utf-8")
        value: object = json.loads(
            text,
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_fraction,
        )
    except ValueError:
        raise TokenRefused(TokenRule.JSON) from None
    if not isinstance(value, dict):
        raise TokenRefused(TokenRule.JSON)
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _depth(raw: bytes) -> int:
    """Count the deepest nesting without parsing: a parser would already have recursed."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TokenRefused(TokenRule.JSON_DUPLICATE)
    return members


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise TokenRefused(TokenRule.JSON_NUMBER)
    return int(text)


def _fraction(text: str) -> float:
    """Read a fraction; refuse `NaN`, `Infinity` and an overflow."""
    number = float(text)
    if not math.isfinite(number):
        raise TokenRefused(TokenRule.JSON_NUMBER)
    return number


def _refuse_surrogates(value: object) -> None:
    """Refuse half a surrogate pair, written as an escape: it can't be stored or sent on."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise TokenRefused(TokenRule.JSON_SURROGATE) from None
