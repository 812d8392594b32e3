"""The ways of signing in that a server offers (WWW-Authenticate, RFC 9110 §11.6.1)."""

import re

from multidict import CIMultiDictProxy

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z]+)(?=\s+[A-Za-z]|\s*(?:,|$))")
"""A word that begins the header, or follows a comma, and is no name of a parameter."""
_BARE_DIGEST = re.compile(r"\s*digest\s*", re.IGNORECASE)
"""Without a challenge, which one can't answer."""


def offered(headers: CIMultiDictProxy[str]) -> frozenset[str]:
    """Return the names of the ways that a refusal offers, in lower case."""
    said = (_QUOTED.sub('""', one) for one in headers.getall("WWW-Authenticate", ()))
    return frozenset(
        "bare digest" if _BARE_DIGEST.fullmatch(one) else name.lower()
        for one in said
        for name in _SCHEME.findall(one)
    )


def by_digest(headers: CIMultiDictProxy[str]) -> bool:
    """Tell whether one signs in by Digest, since Basic is not offered."""
    ways = offered(headers)
    return "digest" in ways and "basic" not in ways


def unknown(headers: CIMultiDictProxy[str]) -> bool:
    """Tell whether a refusal offers ways that a name and a password do not serve."""
    ways = offered(headers)
    return bool(ways) and not ways & {"basic", "digest"}
