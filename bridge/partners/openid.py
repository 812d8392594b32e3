"""Signs people in at partners' OpenID providers: code flow, PKCE, nonce, and a pinned issuer.

OpenID Connect Core 1.0, Discovery 1.0, RFC 7636, RFC 9207 and RFC 9700. No token is kept: what a
provider says is read, checked and forgotten.
"""

import asyncio
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import quote_plus, urlencode, urlsplit

from bridge.clock import Clock
from bridge.domain.partner import Provider
from bridge.domain.sign_in import SignIn
from bridge.errors import PartnerAway, PartnerUntrusted, SignInRefused, TokenRefused
from bridge.partners.fetching import PartnerRequests
from bridge.ports.federation import PartnerPerson
from bridge.tokens import Claims, Expectation, KeySet, TokenRule, verify

PATH = "/.well-known/openid-configuration"
FRESH = timedelta(hours=1)
"""How long a provider's metadata and keys are used without a new look."""
AGAIN = timedelta(seconds=30)
"""The least time between two fetches of one provider's keys."""
LIFETIME = timedelta(hours=24)
"""The longest validity of an ID token, which we use at once."""
LONGEST = 4096
"""Characters of a code or a state, which come from a browser."""
_FOUND, _REFUSED = 200, frozenset({400, 401, 403})
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """A provider's statement of itself (OpenID Connect Discovery §3)."""

    authorization: str
    token: str
    userinfo: str | None
    keys_at: str
    names_itself: bool
    """Whether its answers state `iss` (RFC 9207 §3)."""
    takes_basic: bool
    """Whether our client's secret goes into a header, and not into the form."""
    keys: KeySet
    fetched_at: datetime
    keys_fetched_at: datetime


@dataclass(slots=True)
class OpenIdClient:
    """Implements `bridge.ports.PartnerProviders`; one for a process."""

    requests: PartnerRequests
    clock: Clock
    _known: dict[str, ProviderMetadata] = field(default_factory=dict)
    _locks: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def address(self, asked: SignIn, redirect: str) -> str:
        """Return the address at which a person signs in. Raises PartnerAway, PartnerUntrusted."""
        found = await self._metadata(asked.provider.issuer)
        query = urlencode(
            {
                "response_type": "code",
                "client_id": asked.provider.client,
                "redirect_uri": redirect,
                "scope": "openid email",
                "state": asked.state,
                "nonce": asked.nonce,
                "code_challenge": asked.challenge,
                "code_challenge_method": "S256",
            }
        )
        joint = "&" if urlsplit(found.authorization).query else "?"
        return f"{found.authorization}{joint}{query}"

    async def look(self, provider: Provider) -> ProviderMetadata:
        """Return a provider's metadata. Raises PartnerAway, PartnerUntrusted."""
        return await self._metadata(provider.issuer)

    async def person(
        self, asked: SignIn, redirect: str, answer: Mapping[str, str]
    ) -> PartnerPerson:
        """Return the person who signed in. Raises SignInRefused, PartnerAway, PartnerUntrusted."""
        found = await self._metadata(asked.provider.issuer)
        code = _code(asked.provider, found, answer)
        tokens = await self._tokens(asked, found, redirect, code)
        claims = await self._verified(asked, found, tokens.get("id_token"))
        return _person(asked.provider, await self._completed(asked, found, claims, tokens))

    async def _metadata(self, issuer: str) -> ProviderMetadata:
        async with self._locks[issuer]:
            known, now = self._known.get(issuer), self.clock.now()
            if known is None or not now - FRESH < known.fetched_at <= now:
                self._known[issuer] = known = await self._discovered(issuer, now)
            return known

    async def _discovered(self, issuer: str, now: datetime) -> ProviderMetadata:
        said = await self._document(f"{issuer.rstrip('/')}{PATH}")
        if said.get("issuer") != issuer:
            raise PartnerUntrusted("provider issuer")
        keys_at = self._endpoint(said, "jwks_uri")
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return ProviderMetadata(
            authorization=self._endpoint(said, "authorization_endpoint"),
            token=self._endpoint(said, "token_endpoint"),
            userinfo=self._endpoint(said, "userinfo_endpoint") if _states(said) else None,
            keys_at=keys_at,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            takes_basic=isinstance(methods, list) and "client_secret_basic" in methods,
            keys=await self._keys(keys_at),
            fetched_at=now,
            keys_fetched_at=now,
        )

    async def _document(self, address: str) -> Claims:
        answer = await self.requests.get(address, accept=_JSON)
        if answer.status != _FOUND:
            raise PartnerAway(f"status {answer.status}")
        return answer.document()

    async def _keys(self, address: str) -> KeySet:
        try:
            return KeySet.from_document(await self._document(address))
        except TokenRefused as error:
            raise PartnerUntrusted(str(error)) from error

    def _endpoint(self, said: Claims, name: str) -> str:
        found = said.get(name)
        if not isinstance(found, str) or "#" in found or not found.isprintable():
            raise PartnerUntrusted(name)
        self.requests.networks.checked(found)
        return found

    async def _tokens(
        self, asked: SignIn, found: ProviderMetadata, redirect: str, code: str
    ) -> Claims:
        """Exchange the code. It is sent once: nobody knows whether an unanswered one is spent."""
        provider = asked.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": asked.verifier,
            "client_id": provider.client,
        }
        headers = {"Content-Type": _FORM, "Accept": _JSON}
        if provider.secret is not None and found.takes_basic:
            headers["Authorization"] = _basic(provider.client, provider.secret)
        elif provider.secret is not None:
            form["client_secret"] = provider.secret
        answer = await self.requests.post(found.token, urlencode(form).encode(), headers)
        if answer.status in _REFUSED:
            raise SignInRefused("code")
        if answer.status != _FOUND:
            raise PartnerAway(f"status {answer.status}")
        return answer.document()

    async def _verified(self, asked: SignIn, found: ProviderMetadata, token: object) -> Claims:
        """Verify an ID token; an unknown key id may be one that was published since."""
        provider, now = asked.provider, self.clock.now()
        expect = Expectation(
            typ="JWT",
            untyped=True,
            issuer=provider.issuer,
            audience=provider.client,
            max_lifetime=LIFETIME,
            required=frozenset({"sub", "nonce"}),
        )
        try:
            claims = verify(token, found.keys, expect=expect, now=now)
        except TokenRefused as error:
            if str(error) != TokenRule.KID_UNKNOWN:
                raise SignInRefused(str(error)) from error
            keys = await self._newer(provider.issuer, found)
            try:
                claims = verify(token, keys, expect=expect, now=now)
            except TokenRefused as again:
                raise SignInRefused(str(again)) from again
        if not compare_digest(str(claims["nonce"]).encode(), asked.nonce.encode()):
            raise SignInRefused("nonce")
        if claims.get("azp", provider.client) != provider.client:
            raise SignInRefused("azp")
        return claims

    async def _newer(self, issuer: str, found: ProviderMetadata) -> KeySet:
        """Return the keys that are published now, asked for at most once in a while."""
        async with self._locks[issuer]:
            known, now = self._known.get(issuer, found), self.clock.now()
            if now - AGAIN < known.keys_fetched_at <= now:
                return known.keys
            keys = await self._keys(known.keys_at)
            self._known[issuer] = replace(known, keys=keys, keys_fetched_at=now)
            return keys

    async def _completed(
        self, asked: SignIn, found: ProviderMetadata, claims: Claims, tokens: Claims
    ) -> Claims:
        """Add what the provider tells at its userinfo endpoint alone (Core §5.3, §5.4)."""
        tenant = asked.provider.tenant_claim
        missing = "email" not in claims or (tenant is not None and tenant not in claims)
        bearer = tokens.get("access_token")
        if not missing or found.userinfo is None or not isinstance(bearer, str):
            return claims
        if not bearer.isascii() or not bearer.isprintable():
            raise SignInRefused("access token")
        answer = await self.requests.get(found.userinfo, accept=_JSON, bearer=bearer)
        if answer.status != _FOUND:
            raise SignInRefused("userinfo")
        told = answer.document()
        if told.get("sub") != claims["sub"]:
            raise SignInRefused("userinfo")
        # An address and whether it is verified are of one source: the ID token if it has one.
        pair = told if "email" not in claims else claims
        rest = {name: one for name, one in {**told, **claims}.items() if name not in _ADDRESS}
        return {**rest, **{name: pair[name] for name in _ADDRESS if name in pair}}


_ADDRESS = ("email", "email_verified")


def _states(said: Claims) -> bool:
    return said.get("userinfo_endpoint") is not None


def _basic(client: str, secret: str) -> str:
    """Return the header of RFC 6749 §2.3.1, whose two parts are encoded as in a form."""
    both = f"{quote_plus(client)}:{quote_plus(secret)}"
    return f"Basic {b64encode(both.encode()).decode('ascii')}"


def _code(provider: Provider, found: ProviderMetadata, answer: Mapping[str, str]) -> str:
    """Return the code of an answer that is this provider's (RFC 9207 §2.4)."""
    named = answer.get("iss")
    if named != provider.issuer and (named is not None or found.names_itself):
        raise SignInRefused("issuer")
    if "error" in answer:
        raise SignInRefused("cancelled" if answer["error"] == "access_denied" else "error")
    code = answer.get("code", "")
    if not code or len(code) > LONGEST:
        raise SignInRefused("code")
    return code


def _person(provider: Provider, claims: Claims) -> PartnerPerson:
    if provider.tenant_claim is not None and claims.get(provider.tenant_claim) != provider.tenant:
        raise SignInRefused("tenant")
    email = claims.get("email")
    if not isinstance(email, str) or not email or claims.get("email_verified") is not True:
        raise SignInRefused("unverified")
    return PartnerPerson(email=email)
