"""The strict front door for JSON web tokens, and the only importer of jose.

python-jose 3.5 leaves strictness to its caller: it lets other exceptions than its own escape,
never looks at `kid`, `typ` or `crit`, and accepts tokens that our policy must refuse. So this
package reads a token with its own strict reader, and takes from jose only keys and signatures.
Findings, and why we stay with jose: docs/interop/jwt.md, docs/decisions/0005-jwt-front-door.md.

Whatever its input, `verify` returns claims or raises `bridge.errors.TokenRefused`, whose text is
one of the words of `TokenRule`: fit for a metric's label, and never a part of the token.

An ECDSA signature can be turned into a second valid one without the key. So a token is recognised
again by its `jti`, never by a digest of its text.
"""

from bridge.tokens.front import Expectation, sign, unverified_claims, verify
from bridge.tokens.keys import Alg, SigningKey, VerifyingKey
from bridge.tokens.keyset import KeySet
from bridge.tokens.reader import Claims
from bridge.tokens.reasons import TokenRule

__all__ = [
    "Alg",
    "Claims",
    "Expectation",
    "KeySet",
    "SigningKey",
    "TokenRule",
    "VerifyingKey",
    "sign",
    "unverified_claims",
    "verify",
]
