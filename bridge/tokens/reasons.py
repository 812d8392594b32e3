"""Reasons why a token, a key or a key set is refused."""

from enum import StrEnum


class TokenRule(StrEnum):
    """One stable word per rule: the text of `TokenRefused`, and a metric's label."""

    NOT_TEXT = "not-text"
    TOO_LONG = "too-long"
    SEGMENTS = "segments"
    ENCODING = "encoding"
    JSON = "json"
    JSON_DEPTH = "json-depth"
    JSON_DUPLICATE = "json-duplicate"
    JSON_NUMBER = "json-number"
    JSON_SURROGATE = "json-surrogate"

    HEADER_EXTENSION = "header-extension"
    TYP = "typ"
    ALG = "alg"
    KID_MISSING = "kid-missing"
    KID_UNKNOWN = "kid-unknown"
    SIGNATURE = "signature"

    CLAIM_MISSING = "claim-missing"
    CLAIM_TYPE = "claim-type"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    ISSUED_IN_FUTURE = "issued-in-future"
    LIFETIME = "lifetime"

    KEYS_SHAPE = "keys-shape"
    KEYS_TOO_MANY = "keys-too-many"
    KEYS_PRIVATE = "keys-private"
    KEYS_DUPLICATE = "keys-duplicate"
    KEYS_NONE = "keys-none"
    KEY_UNUSABLE = "key-unusable"
    NOT_SIGNABLE = "not-signable"
