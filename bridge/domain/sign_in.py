"""A guest's sign-in at a partner's OpenID provider: all derives from one secret in their browser.

State, nonce and verifier bind the answer to the question. Nothing is stored, and whoever has not
the cookie can neither make nor use an answer.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from bridge.domain.partner import Partner, Provider
from bridge.ids import VisitId

SIGN_IN_LASTS = timedelta(minutes=10)
"""How long a person has to sign in at their organisation."""
_SECONDS = 10
"""Digits of a moment in seconds since 1970, until the year 2286."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in: for one visit, at one provider, begun at one moment."""

    visit: VisitId
    provider: Provider
    organisation: str
    """The partner's label."""
    began: int
    """Seconds since 1970."""
    ticket: str = field(repr=False)
    """The secret in the browser's cookie."""

    @classmethod
    def begin(cls, visit: VisitId, partner: Partner, ticket: str, now: datetime) -> Self:
        """Begin a sign-in at a partner's provider. Raises ValueError if it has none."""
        if partner.provider is None:
            raise ValueError("the partner has no provider")
        return cls(
            visit=visit,
            provider=partner.provider,
            organisation=partner.label,
            began=int(now.timestamp()),
            ticket=ticket,
        )

    def since(self, began: int) -> Self:
        """Return it as it would have begun at another moment, in seconds since 1970."""
        return replace(self, began=began)

    @property
    def state(self) -> str:
        """Return the text that the provider hands back: visit and moment, and a proof of both."""
        return f"{self.visit.hex}.{self.began:0{_SECONDS}}.{self._derived('state')}"

    @property
    def nonce(self) -> str:
        """Return the value that the ID token must repeat (OpenID Connect Core §3.1.2.1)."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Return the secret of PKCE (RFC 7636 §4.1), 43 characters."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """Return the verifier's S256 challenge (RFC 7636 §4.2)."""
        return _base64url(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def used(self) -> bytes:
        """Return the digest by which a used answer is known again."""
        return hashlib.sha256(f"sign-in|{self.state}".encode()).digest()

    @property
    def ends_at(self) -> datetime:
        """Return when it is too late to come back."""
        return datetime.fromtimestamp(self.began, UTC) + SIGN_IN_LASTS

    def takes(self, state: str, now: datetime) -> bool:
        """Tell whether a state is this one's, and in time."""
        return hmac.compare_digest(self.state.encode(), state.encode()) and now < self.ends_at

    def _derived(self, purpose: str) -> str:
        about = (
            purpose,
            self.visit.hex,
            str(self.began),
            self.provider.issuer,
            self.provider.client,
        )
        mac = hmac.digest(self.ticket.encode(), "\n".join(about).encode(), "sha256")
        return _base64url(mac)


def began_in(state: str) -> tuple[str, int] | None:
    """Return the visit's 32 digits and the moment that a state names, unverified."""
    visit, _, rest = state.partition(".")
    seconds, dot, _ = rest.partition(".")
    digits = len(visit) == 32 and set(visit) <= set("0123456789abcdef")  # noqa: PLR2004 - a UUID
    whole = len(seconds) == _SECONDS and seconds.isascii() and seconds.isdigit()
    return (visit, int(seconds)) if digits and whole and dot else None


def redirect_address(door: str, provider: Provider) -> str:
    """Return where a provider sends people back: an address of the door for it alone."""
    return f"{door}/sign-in/{place_of(provider)}"


def place_of(provider: Provider) -> str:
    """Return the part of our redirect address that is this provider's alone (RFC 9700 §4.4.2.2).

    It depends on nothing but the provider and our client there, so that it can be registered.
    """
    name = f"{provider.issuer}\n{provider.client}"
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
