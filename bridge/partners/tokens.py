"""Reads what partners sign, with the keys that they publish."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from bridge.clock import Clock
from bridge.domain.partner import Acr, Issuer, Partner
from bridge.domain.vouched import Assertion, PartnerEvent, PartnerEventKind
from bridge.errors import AssertionRefused, TokenRefused
from bridge.partners.directory import StatementDirectory
from bridge.tokens import Claims, Expectation, TokenRule, unverified_claims, verify

LIFETIME = timedelta(seconds=120)
"""The longest validity of an assertion."""
EVENT_LIFETIME = timedelta(minutes=5)
ASSERTION = "authorization-grant+jwt"
CLIENT = "client-authentication+jwt"
EVENT = "secevent+jwt"
EVENTS = "https://parvis.example/events/"
"""The beginning of our events' names (RFC 8417 §2): a name, which leads nowhere."""
_WORDS: Mapping[TokenRule, str] = MappingProxyType(
    {
        TokenRule.SIGNATURE: "signature",
        TokenRule.ALG: "signature",
        TokenRule.KID_MISSING: "key",
        TokenRule.KID_UNKNOWN: "key",
        TokenRule.TYP: "type",
        TokenRule.ISSUER: "issuer",
        TokenRule.AUDIENCE: "audience",
        TokenRule.LIFETIME: "lifetime",
        TokenRule.EXPIRED: "expired",
        TokenRule.ISSUED_IN_FUTURE: "clock",
        TokenRule.NOT_YET: "clock",
        TokenRule.CLAIM_MISSING: "claims",
        TokenRule.CLAIM_TYPE: "claims",
    }
)
MALFORMED = "malformed"
"""The word for all that is no token."""
LONGEST = 255
"""Characters of a claim that we keep."""
_ACRS: Mapping[str, Acr] = MappingProxyType(
    {
        **{one.value: one for one in Acr},
        **{f"http://eidas.europa.eu/LoA/{one.value}": one for one in Acr},
        **{f"eidas{number}": one for number, one in enumerate(Acr, start=1)},
    }
)
"""Levels as they are named: ours, eIDAS's own, and ProConnect's."""


@dataclass(frozen=True, slots=True)
class KeyedTokens:
    """Implements `bridge.ports.PartnerTokens`."""

    directory: StatementDirectory
    clock: Clock
    audience: str
    """Our name: what is meant for us names nobody else."""

    def issuer(self, token: str) -> Issuer:
        """Return the issuer that a token names, unverified. Raises AssertionRefused."""
        try:
            return Issuer(_word(unverified_claims(token), "iss"))
        except TokenRefused as error:
            raise refused(TokenRule(str(error))) from error

    def ours(self, token: str) -> str:
        """Return the `jti` of an access token that we gave, over or not. Raises AssertionRefused.

        Its signature is not looked at: the `jti` is random, and the database knows which we gave.
        """
        try:
            claims = unverified_claims(token)
        except TokenRefused as error:
            raise refused(TokenRule(str(error))) from error
        if claims.get("iss") != self.audience:
            raise AssertionRefused("issuer")
        return _word(claims, "jti")

    async def assertion(self, partner: Partner, token: str) -> Assertion:
        """Return a verified assertion. Raises AssertionRefused, PartnerAway, PartnerUntrusted."""
        expect = self._expect(partner, ASSERTION, LIFETIME, "sub", "jti", "resource", "name")
        claims = await self._verified(partner, token, expect)
        return _assertion(partner.issuer, claims)

    async def client(self, partner: Partner, token: str) -> str:
        """Return the `jti` of a verified client assertion (RFC 7523 §2.2). Raises the same."""
        expect = self._expect(partner, CLIENT, LIFETIME, "sub", "jti")
        claims = await self._verified(partner, token, expect)
        if claims["sub"] != partner.issuer:
            raise AssertionRefused("subject")
        return _word(claims, "jti")

    async def event(self, partner: Partner, token: str) -> PartnerEvent:
        """Return a verified event (RFC 8417). Raises the same."""
        expect = self._expect(partner, EVENT, EVENT_LIFETIME, "jti", "events")
        claims = await self._verified(partner, token, replace(expect, needs_exp=False))
        return _event(partner.issuer, claims)

    def _expect(
        self, partner: Partner, typ: str, lifetime: timedelta, *required: str
    ) -> Expectation:
        return Expectation(
            typ=typ,
            issuer=partner.issuer,
            audience=self.audience,
            max_lifetime=lifetime,
            required=frozenset(required),
        )

    async def _verified(self, partner: Partner, token: str, expect: Expectation) -> Claims:
        """Verify; an unknown key id may be one that the partner has published since."""
        statement = await self.directory.statement(partner)
        now = self.clock.now()
        try:
            return verify(token, statement.keys, expect=expect, now=now)
        except TokenRefused as error:
            rule = TokenRule(str(error))
            if rule is not TokenRule.KID_UNKNOWN:
                raise refused(rule) from error
        newer = await self.directory.newer(partner, statement)
        if newer is None:
            raise refused(TokenRule.KID_UNKNOWN)
        try:
            return verify(token, newer.keys, expect=expect, now=now)
        except TokenRefused as error:
            raise refused(TokenRule(str(error))) from error


def refused(rule: TokenRule) -> AssertionRefused:
    """Return the refusal with the one word that its signer is told."""
    return AssertionRefused(_WORDS.get(rule, MALFORMED))


def _assertion(issuer: Issuer, claims: Claims) -> Assertion:
    return Assertion(
        issuer=issuer,
        subject=_word(claims, "sub"),
        jti=_word(claims, "jti"),
        resource=_word(claims, "resource"),
        issued_at=_moment(claims, "iat"),
        expires_at=_moment(claims, "exp"),
        name=_word(claims, "name"),
        email=_word(claims, "email"),
        email_verified=claims.get("email_verified") is True,
        organisation=_word(claims, "org"),
        acr=_ACRS.get(_word(claims, "acr")),
        user=_word(claims, "mxid"),
        language=_word(claims, "locale"),
    )


def _event(issuer: Issuer, claims: Claims) -> PartnerEvent:
    events = claims["events"]
    if not isinstance(events, Mapping) or len(events) != 1:
        raise AssertionRefused("events")
    (name, said), *_ = events.items()
    kinds = {f"{EVENTS}{one.value}": one for one in PartnerEventKind}
    if name not in kinds or not isinstance(said, Mapping):
        raise AssertionRefused("events")
    return PartnerEvent(
        issuer=issuer,
        kind=kinds[name],
        jti=_word(claims, "jti"),
        at=_moment(claims, "iat"),
        grant=_word(said, "grant_id"),
        subject=_word(said, "subject"),
        resource=_word(said, "resource"),
        starts=_stated(said, "start"),
        ends=_stated(said, "end"),
    )


def _word(claims: Claims, name: str) -> str:
    """Return a claim that is text, without what can't be shown. Raises AssertionRefused."""
    found = claims.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST or not found.isprintable():
        raise AssertionRefused("claims")
    return found.strip()


def _moment(claims: Claims, name: str) -> datetime:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise AssertionRefused("claims")
    try:
        return datetime.fromtimestamp(found, UTC)
    except (OverflowError, ValueError, OSError):
        raise AssertionRefused("claims") from None


def _stated(claims: Claims, name: str) -> datetime | None:
    """Return a moment as ISO 8601 with its zone, if it is stated."""
    found = _word(claims, name)
    try:
        stated = datetime.fromisoformat(found) if found else None
    except ValueError:
        raise AssertionRefused("events") from None
    if stated is not None and stated.tzinfo is None:
        raise AssertionRefused("events")
    return stated
