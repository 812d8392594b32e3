"""Other organisations' instances: what they signed, and what we ask of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.domain.partner import Issuer, Partner
from bridge.domain.sign_in import SignIn
from bridge.domain.vouched import Assertion, PartnerEvent, PartnerEventKind, PartnerInstance
from bridge.ids import UserId


class Signs(Protocol):
    """Our current signing key."""

    def sign(self, claims: Mapping[str, object], *, typ: str) -> str:
        """Return the claims as a compact token of this media type."""
        ...


class PartnerDirectory(Protocol):
    """Partners' published statements, each verified with its pinned key, and kept a while."""

    async def instance(self, partner: Partner) -> PartnerInstance:
        """Return a partner's instance. Raises PartnerAway, PartnerUntrusted."""
        ...


class PartnerTokens(Protocol):
    """Reads what partners signed, with the keys that they publish."""

    def issuer(self, token: str) -> Issuer:
        """Return the issuer that a token names, unverified. Raises AssertionRefused."""
        ...

    def ours(self, token: str) -> str:
        """Return the `jti` of an access token of ours, over or not. Raises AssertionRefused."""
        ...

    async def assertion(self, partner: Partner, token: str) -> Assertion:
        """Return a verified assertion. Raises AssertionRefused, PartnerAway, PartnerUntrusted."""
        ...

    async def client(self, partner: Partner, token: str) -> str:
        """Return the `jti` of a verified client assertion (RFC 7523 §2.2). Raises the same."""
        ...

    async def event(self, partner: Partner, token: str) -> PartnerEvent:
        """Return a verified event (RFC 8417). Raises the same."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for a grant for one of our people in a partner's meeting."""

    partner: Partner
    resource: str
    subject: str
    claims: Mapping[str, str | bool]
    """name, org, email, mxid, locale: only those that the agreement lets us tell."""
    request: str | None = None
    """The partner's id of an earlier request that waits for an approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedElsewhere:
    """A grant that a partner gave one of our people."""

    grant: str
    link: str
    """The person's own link, a secret."""
    token: str
    """The access token, with which we revoke and introspect; a secret."""
    opens: datetime
    closes: datetime
    waiting_room: bool
    title: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    zone: str = ""
    host: str = ""
    """The organisation that hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingElsewhere:
    """The partner's organiser has not decided yet."""

    request: str
    again: float
    """Seconds until we may ask again."""


class Pseudonyms(Protocol):
    """Names of our people for partners."""

    async def of(self, user: UserId, issuer: Issuer) -> str:
        """Return a person's name for a partner: always the same one, which says nothing."""
        ...


class PartnerServers(Protocol):
    """Asks partners' instances; each call has a timeout, and tells what a retry may do."""

    async def ask(self, request: Request) -> GrantedElsewhere | PendingElsewhere:
        """Ask for a grant. Raises GrantRefused, PartnerAway, PartnerUntrusted."""
        ...

    async def revoke(self, partner: Partner, token: str) -> None:
        """Give a grant back (RFC 7009). Raises PartnerAway, PartnerUntrusted."""
        ...

    async def tell(
        self, partner: Partner, kind: PartnerEventKind, claims: Mapping[str, str], jti: str
    ) -> None:
        """Send an event (RFC 8935). Raises PartnerAway, PartnerUntrusted; twice has one effect."""
        ...

    async def protects(self, address: str) -> Issuer | None:
        """Return the authorization server of an address by RFC 9728, if it names one.

        Raises PartnerAway.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPerson:
    """A person who signed in at their organisation's provider, which knows their address."""

    email: str = field(repr=False)


class PartnerProviders(Protocol):
    """Partners' OpenID providers, each with its issuer and tenant pinned by the agreement."""

    async def address(self, asked: SignIn, redirect: str) -> str:
        """Return the address at which a person signs in. Raises PartnerAway, PartnerUntrusted."""
        ...

    async def person(
        self, asked: SignIn, redirect: str, answer: Mapping[str, str]
    ) -> PartnerPerson:
        """Return the person who signed in, by the provider's answer to our `redirect`.

        Raises SignInRefused, PartnerAway, PartnerUntrusted.
        """
        ...
