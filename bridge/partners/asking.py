"""Requests to partners' instances: for a grant, to give it back, and events about ours.

Each sends a fresh signed word of ours. If the answer to a request for a grant is lost, another
request gets another grant, which takes the place of the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeGuard
from urllib.parse import urlencode
from uuid import uuid4

from yarl import URL

from bridge.clock import Clock
from bridge.domain.partner import Issuer, Partner
from bridge.domain.vouched import PartnerEventKind
from bridge.errors import GrantRefused, PartnerAway, TokenRefused
from bridge.partners.directory import StatementDirectory
from bridge.partners.fetching import Fetched, PartnerRequests
from bridge.partners.tokens import ASSERTION, CLIENT, EVENT, EVENTS
from bridge.ports.federation import GrantedElsewhere, PendingElsewhere, Request, Signs

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLIENT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
SCOPE = "meeting:join"
_LASTS = timedelta(seconds=60)
"""How long a word of ours is valid: half of what a partner takes, for clocks that differ."""
_FORM: Mapping[str, str] = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
}
_OK, _ACCEPTED, _MISSING = 200, 202, 404
_WAITS = frozenset({"authorization_pending", "slow_down"})
_LATER = frozenset({"temporarily_unavailable", "server_error"})
_SLOWER = 5.0
"""Seconds that `slow_down` adds to the interval (RFC 8628 §3.5)."""
_INTERVAL = 5.0
_LONGEST = 500
"""Characters of a text that a partner tells us and that we keep."""


@dataclass(frozen=True, slots=True)
class PartnerAsking:
    """Implements `bridge.ports.PartnerServers`."""

    requests: PartnerRequests
    directory: StatementDirectory
    signs: Signs
    clock: Clock
    issuer: Issuer
    """Our name."""

    async def ask(self, request: Request) -> GrantedElsewhere | PendingElsewhere:
        """Ask for a grant. Raises GrantRefused, PartnerAway, PartnerUntrusted."""
        there = await self.directory.instance(request.partner)
        form = {
            "grant_type": JWT_BEARER,
            "assertion": self._assertion(request),
            "resource": request.resource,
            "scope": SCOPE,
        }
        if request.request:
            form["request_id"] = request.request
        answer = await self._post(there.token, form)
        told = answer.document()
        if answer.status == _OK:
            return _granted(told, there.organisation)
        return _refused(told, answer.status)

    async def revoke(self, partner: Partner, token: str) -> None:
        """Give a grant back (RFC 7009). Raises PartnerAway, PartnerUntrusted."""
        there = await self.directory.instance(partner)
        claims = {**self._claims(partner), "sub": self.issuer}
        form = {
            "token": token,
            "client_assertion_type": CLIENT_BEARER,
            "client_assertion": self.signs.sign(claims, typ=CLIENT),
        }
        answer = await self._post(there.revocation, form)
        if answer.status != _OK:
            raise PartnerAway(_error(answer.document()) or f"status {answer.status}")

    async def tell(
        self, partner: Partner, kind: PartnerEventKind, claims: Mapping[str, str], jti: str
    ) -> None:
        """Send an event (RFC 8935). Raises PartnerAway, PartnerUntrusted; twice has one effect."""
        there = await self.directory.instance(partner)
        event = {
            "iss": self.issuer,
            "aud": partner.issuer,
            "iat": self._now(),
            "jti": jti,
            "events": {f"{EVENTS}{kind.value}": dict(claims)},
        }
        body = self.signs.sign(event, typ=EVENT).encode("ascii")
        headers = {"Content-Type": f"application/{EVENT}", "Accept": "application/json"}
        answer = await self.requests.post(there.events, body, headers)
        if answer.status != _ACCEPTED:
            raise PartnerAway(_word(answer.document(), "err") or f"status {answer.status}")

    async def protects(self, address: str) -> Issuer | None:
        """Return the authorization server of an address by RFC 9728, if it names one.

        Raises PartnerAway.
        """
        try:
            origin = str(URL(address).origin())
        except ValueError:
            return None
        answer = await self.requests.get(f"{origin}{RESOURCE_METADATA}", accept="application/json")
        if answer.status != _OK:
            return None
        told = answer.document()
        servers = told.get("authorization_servers")
        # What it says of another resource than the one asked about counts for nothing (§3.3).
        if told.get("resource") != origin or not isinstance(servers, list) or len(servers) != 1:
            return None
        return Issuer(servers[0]) if isinstance(servers[0], str) else None

    def _assertion(self, request: Request) -> str:
        told = {name: said for name, said in request.claims.items() if said != ""}
        claims = {
            **told,
            **self._claims(request.partner),
            "sub": request.subject,
            "resource": request.resource,
        }
        try:
            return self.signs.sign(claims, typ=ASSERTION)
        except TokenRefused as error:
            raise GrantRefused("invalid_request", str(error)) from error

    def _claims(self, partner: Partner) -> dict[str, object]:
        now = self._now()
        return {
            "iss": self.issuer,
            "aud": partner.issuer,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + int(_LASTS.total_seconds()),
        }

    def _now(self) -> int:
        return int(self.clock.now().timestamp())

    async def _post(self, address: str, form: Mapping[str, str]) -> Fetched:
        return await self.requests.post(address, urlencode(form).encode("ascii"), _FORM)


def _refused(told: Mapping[str, object], status: int) -> PendingElsewhere:
    """Return a request that is not decided. Raises GrantRefused, PartnerAway."""
    error = _error(told)
    if error in _WAITS:
        interval = told.get("interval")
        again = interval if _is_number(interval) else _INTERVAL
        slower = _SLOWER if error == "slow_down" else 0
        request = _word(told, "request_id")
        return PendingElsewhere(request=request, again=min(max(again, 1.0), 60.0) + slower)
    if not error or error in _LATER:
        raise PartnerAway(error or f"status {status}")
    raise GrantRefused(error, _word(told, "error_description"))


def _granted(told: Mapping[str, object], organisation: str) -> GrantedElsewhere:
    """Return a grant. Raises PartnerAway for an answer that is none."""
    meeting = told.get("meeting")
    about = meeting if isinstance(meeting, Mapping) else {}
    try:
        link, token = _needed(told, "join_uri"), _needed(told, "access_token")
        return GrantedElsewhere(
            grant=_needed(told, "grant_id"),
            link=_https(link),
            token=token,
            opens=_moment(told, "not_before"),
            closes=_moment(told, "not_after"),
            waiting_room=told.get("waiting_room") is not False,
            title=_word(about, "title"),
            starts=_stated(about, "start"),
            ends=_stated(about, "end"),
            zone=_word(about, "zone"),
            host=_word(told, "host") or organisation,
        )
    except ValueError as error:
        raise PartnerAway(f"no grant: {error}") from error


def _error(told: Mapping[str, object]) -> str:
    return _word(told, "error")


def _word(told: Mapping[str, object], name: str) -> str:
    """Return a short text that can be shown; empty if there is none."""
    found = told.get(name)
    if not isinstance(found, str) or not found.isprintable():
        return ""
    return found.strip()[:_LONGEST]


def _needed(told: Mapping[str, object], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found or not found.isprintable():
        raise ValueError(name)
    return found


def _https(link: str) -> str:
    if not link.isascii() or URL(link).scheme != "https" or not URL(link).host:
        raise ValueError("join_uri")
    return link


def _is_number(found: object) -> TypeGuard[int | float]:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _moment(told: Mapping[str, object], name: str) -> datetime:
    found = told.get(name)
    if not _is_number(found):
        raise ValueError(name)
    try:
        return datetime.fromtimestamp(found, UTC)
    except (OverflowError, OSError):
        raise ValueError(name) from None


def _stated(told: Mapping[str, object], name: str) -> datetime | None:
    stated = _word(told, name)
    moment = datetime.fromisoformat(stated) if stated else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError(name)
    return moment
