"""Entity statements (OpenID Federation 1.0 §3): what an instance says of itself, signed.

The pinned key signs the statement and nothing else. The keys that sign assertions are in its
metadata, so that they change without a human.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.domain.partner import Issuer, Partner
from bridge.domain.vouched import PartnerInstance
from bridge.errors import PartnerUntrusted, TokenRefused
from bridge.tokens import Claims, Expectation, KeySet, unverified_claims, verify

PATH = "/.well-known/openid-federation"
TYP = "entity-statement+jwt"
METADATA = "meeting_federation"
LASTS = timedelta(days=1)
"""The longest validity of a statement."""
_SKEW = timedelta(minutes=5)
"""How far a partner's clock may be off here: its assertions then tell it so more clearly."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A partner's statement, verified with its pinned key."""

    instance: PartnerInstance
    keys: KeySet
    expires_at: datetime


def read_statement(partner: Partner, text: str, now: datetime) -> Statement:
    """Return a partner's statement. Raises PartnerUntrusted, with the token's rule or a claim."""
    try:
        return _read(partner, text, now)
    except TokenRefused as error:
        raise PartnerUntrusted(str(error)) from error


def _read(partner: Partner, text: str, now: datetime) -> Statement:
    if partner.thumbprint is None:
        raise PartnerUntrusted("unpinned")
    pinned = KeySet.from_document(unverified_claims(text).get("jwks")).pinned(partner.thumbprint)
    expect = Expectation(
        typ=TYP,
        issuer=partner.issuer,
        audience=None,
        max_lifetime=LASTS,
        required=frozenset({"sub", "jwks", "metadata"}),
        skew=_SKEW,
    )
    claims = verify(text, pinned, expect=expect, now=now)
    if claims["sub"] != partner.issuer:
        raise PartnerUntrusted("subject")
    said = _object(_object(claims, "metadata"), METADATA)
    return Statement(
        instance=_instance(partner, said),
        keys=KeySet.from_document(said.get("jwks")),
        expires_at=datetime.fromtimestamp(_number(claims, "exp"), UTC),
    )


def _instance(partner: Partner, said: Claims) -> PartnerInstance:
    """Read the metadata. Endpoints belong to the issuer itself: no other server is asked."""
    if said.get("version") != 1:
        raise PartnerUntrusted("version")
    return PartnerInstance(
        issuer=partner.issuer,
        organisation=_word(said, "organization_name") or partner.label,
        resource_pattern=_word(said, "resource_pattern"),
        token=_endpoint(partner.issuer, said, "token_endpoint"),
        revocation=_endpoint(partner.issuer, said, "revocation_endpoint"),
        introspection=_endpoint(partner.issuer, said, "introspection_endpoint"),
        events=_endpoint(partner.issuer, said, "events_endpoint"),
        contact=_word(said, "contact"),
        privacy=_word(said, "privacy_notice"),
    )


def _object(claims: Claims, name: str) -> Claims:
    found = claims.get(name)
    if not isinstance(found, Mapping):
        raise PartnerUntrusted(name)
    return found


def _word(claims: Claims, name: str) -> str:
    found = claims.get(name, "")
    if not isinstance(found, str):
        raise PartnerUntrusted(name)
    return found


def _endpoint(issuer: Issuer, claims: Claims, name: str) -> str:
    found = _word(claims, name)
    if not found.startswith(f"{issuer}/"):
        raise PartnerUntrusted(name)
    return found


def _number(claims: Claims, name: str) -> float:
    found = claims[name]
    assert isinstance(found, int | float)
    return found
