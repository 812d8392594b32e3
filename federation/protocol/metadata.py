"""Our side of the federation as we publish it: keys, endpoints, the signed statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.home import HomeInstance
from bridge.domain.partner import Vouching
from bridge.tokens import KeySet, SigningKey, sign

STATEMENT = "/.well-known/openid-federation"
SERVER = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
JWKS = "/jwks.json"
OPENAPI = "/fed/openapi.json"
TOKEN = "/fed/token"  # noqa: S105 - a path
REVOKE = "/fed/revoke"
INTROSPECT = "/fed/introspect"
EVENTS = "/fed/events"
STATEMENT_TYPE = "entity-statement+jwt"
LASTS = timedelta(hours=24)
CACHED = 300
"""Seconds for which our documents may be cached: a new key signs only a day after it is shown."""
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
SCOPE = "meeting:join"
ALGS = ("ES256", "ES384", "RS256")
Document = Mapping[str, object]


class Ring(Protocol):
    """The keys that sign our assertions, tokens and events."""

    @property
    def keys(self) -> KeySet:
        """Their public halves."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """The documents of our instance, made when they are asked for."""

    home: HomeInstance
    pinned: SigningKey
    """Signs our statement; partners have its thumbprint."""

    def server(self) -> Document:
        """Return the metadata of the authorization server (RFC 8414)."""
        return {
            "issuer": self.home.issuer,
            "token_endpoint": self._at(TOKEN),
            "revocation_endpoint": self._at(REVOKE),
            "introspection_endpoint": self._at(INTROSPECT),
            "jwks_uri": self._at(JWKS),
            "response_types_supported": [],
            "grant_types_supported": [JWT_BEARER, TOKEN_EXCHANGE],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["private_key_jwt"],
            "revocation_endpoint_auth_signing_alg_values_supported": list(ALGS),
            "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
            "introspection_endpoint_auth_signing_alg_values_supported": list(ALGS),
            "scopes_supported": [SCOPE],
            "service_documentation": self._at(OPENAPI),
            "meeting_federation": self._federation(),
        }

    def resource(self) -> Document:
        """Return the metadata of the protected resource (RFC 9728): the door, with its server."""
        return {
            "resource": self.home.issuer,
            "authorization_servers": [self.home.issuer],
            "scopes_supported": [SCOPE],
            "resource_name": self.home.organisation,
        }

    def statement(self, keys: KeySet, now: datetime) -> str:
        """Return our entity statement, signed with the pinned key; valid for a day.

        `jwks` has the key that signs it, as OpenID Federation 1.0 §3 wants; the ring's keys are in
        the metadata of our type.
        """
        said = {
            "version": 1,
            "organization_name": self.home.organisation,
            "jwks": keys.document(),
            "token_endpoint": self._at(TOKEN),
            "revocation_endpoint": self._at(REVOKE),
            "introspection_endpoint": self._at(INTROSPECT),
            **self._federation(),
        }
        issued = int(now.timestamp())
        claims = {
            "iss": self.home.issuer,
            "sub": self.home.issuer,
            "iat": issued,
            "exp": issued + int(LASTS.total_seconds()),
            "jwks": KeySet.of(self.pinned.verifier).document(),
            "metadata": {"meeting_federation": said},
        }
        return sign(claims, self.pinned, typ=STATEMENT_TYPE)

    def _federation(self) -> dict[str, object]:
        return {
            "version": 1,
            "resource_pattern": self.home.resource_pattern,
            "assertion_alg": list(ALGS),
            "assertion_max_lifetime": 120,
            "events_endpoint": self._at(EVENTS),
            "approval": "poll",
            "methods": [one.value for one in Vouching],
            "contact": self.home.contact,
            "privacy_notice": self.home.privacy,
        }

    def _at(self, path: str) -> str:
        return f"{self.home.issuer}{path}"
