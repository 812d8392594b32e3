"""Endpoints for a partner with a grant: revocation (RFC 7009), introspection (RFC 7662), events.

Events are pushed (RFC 8935); their signature says who sends them. The other two authenticate the
partner's instance by `private_key_jwt` (RFC 7523 §2.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from bridge.domain.partner import Partner
from bridge.errors import AssertionRefused, GrantRefused, PartnerError
from bridge.services.federation.events import GrantRequests, Introspected
from federation.door.forms import FormRefused, read_body, read_form
from federation.protocol.answers import NO_STORE, ProtocolAnswers, as_json
from federation.protocol.endpoints import WORD, Body, Endpoint, Outcome, form
from federation.protocol.metadata import EVENTS, INTROSPECT, REVOKE, SCOPE

CLIENT_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EVENT_TYPE = "application/secevent+jwt"
_FIELDS = {
    "token": "The access token",
    "client_assertion_type": CLIENT_TYPE,
    "client_assertion": "The partner's own assertion, client-authentication+jwt",
}
_HINT = {"token_type_hint": "access_token", "client_id": "The partner's issuer"}
_ERROR = Body(
    kind="application/json",
    schema={"type": "object", "required": ["error"], "properties": {"error": WORD}},
)
_EVENT_ERROR = Body(
    kind="application/json",
    schema={
        "type": "object",
        "required": ["err"],
        "properties": {"err": WORD, "description": WORD},
    },
)
_SAID = Body(
    kind="application/json",
    schema={
        "type": "object",
        "required": ["active"],
        "properties": {
            "active": {"type": "boolean"},
            "scope": {"const": SCOPE},
            "client_id": WORD,
            "sub": WORD,
            "nbf": {"type": "integer"},
            "exp": {"type": "integer"},
        },
    },
)
_FAULTS = (
    Outcome(status=400, means="The request is none", body=_ERROR),
    Outcome(status=401, means="The partner is not proven", body=_ERROR),
    Outcome(status=429, means="Too many requests", body=_ERROR),
    Outcome(status=503, means="The partner's keys can't be had", body=_ERROR),
)
_EVENT_WORDS: Mapping[str, str] = {
    "key": "invalid_key",
    "signature": "invalid_key",
    "issuer": "invalid_issuer",
    "audience": "invalid_audience",
}
"""The reasons with a name of their own in RFC 8935 §2.4."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ManagementViews:
    """The handlers of these endpoints."""

    requests: GrantRequests
    answers: ProtocolAnswers
    patience: float

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the endpoints."""
        revoked = Outcome(status=200, means="The grant is over, or never was this partner's")
        return (
            Endpoint(
                method="POST",
                path=REVOKE,
                name="revoke",
                summary="Give a grant back; its person is out at once (RFC 7009)",
                run=self.revoke,
                takes=form(_FIELDS, _HINT),
                gives=(revoked, *_FAULTS),
            ),
            Endpoint(
                method="POST",
                path=INTROSPECT,
                name="introspect",
                summary="Tell whether a grant still leads somewhere (RFC 7662)",
                run=self.introspect,
                takes=form(_FIELDS, _HINT),
                gives=(Outcome(status=200, means="Its state now", body=_SAID), *_FAULTS),
            ),
            Endpoint(
                method="POST",
                path=EVENTS,
                name="events",
                summary="Take a signed event (RFC 8935)",
                run=self.hear,
                takes=Body(kind=EVENT_TYPE, schema=WORD),
                gives=(
                    Outcome(status=202, means="Taken, now or earlier"),
                    Outcome(status=400, means="Refused", body=_EVENT_ERROR),
                    Outcome(status=503, means="The partner's keys can't be had", body=_EVENT_ERROR),
                ),
            ),
        )

    async def revoke(self, request: web.Request) -> web.Response:
        """End a grant; an unknown token is no error (RFC 7009 §2.2)."""
        asked = await self._asked(request)
        if isinstance(asked, web.Response):
            return asked
        partner, token = asked
        await self.requests.revoke(partner, token)
        return web.Response(status=200, headers=NO_STORE)

    async def introspect(self, request: web.Request) -> web.Response:
        """Tell a grant's state; of others' tokens nothing."""
        asked = await self._asked(request)
        if isinstance(asked, web.Response):
            return asked
        partner, token = asked
        return as_json(_state(await self.requests.introspect(partner, token)))

    async def _asked(self, request: web.Request) -> tuple[Partner, str] | web.Response:
        """Return the partner and the token of a form, or the refusal."""
        try:
            fields = await read_form(request, self.patience)
        except FormRefused as error:
            return self.answers.problem(request, error.status)
        if not fields.get("token"):
            return self.answers.error("invalid_request", 400, "token")
        if fields.get("client_assertion_type") != CLIENT_TYPE:
            return self.answers.error("invalid_client", 401, "client_assertion_type")
        return await self._proven(fields)

    async def _proven(self, fields: Mapping[str, str]) -> tuple[Partner, str] | web.Response:
        try:
            partner = await self.requests.client(fields.get("client_assertion", ""))
        except GrantRefused as error:
            word = "" if error.rule == "issuer.unknown" else error.rule
            return self.answers.error(error.error, 401, word)
        except PartnerError:
            return self.answers.error("temporarily_unavailable", 503, "keys")
        if fields.get("client_id", partner.issuer) != partner.issuer:
            return self.answers.error("invalid_client", 401, "client_id")
        return partner, fields["token"]

    async def hear(self, request: web.Request) -> web.Response:
        """Take an event, once; a repetition is taken too."""
        if request.content_type != EVENT_TYPE or "Content-Encoding" in request.headers:
            return self.answers.event_error("invalid_request", "type")
        try:
            body = await read_body(request, self.patience)
        except FormRefused as error:
            return self.answers.problem(request, error.status)
        try:
            news = await self.requests.hear(body.decode("ascii", "replace").strip())
        except AssertionRefused as error:
            word = _EVENT_WORDS.get(error.reason, "invalid_request")
            return self.answers.event_error(word, error.reason)
        except GrantRefused:
            return self.answers.event_error("invalid_issuer", "issuer")
        except PartnerError:
            return self.answers.event_error("temporarily_unavailable", "keys", 503)
        log.info("partner.event", news=news)
        return web.Response(status=202, headers=NO_STORE)


def _state(known: Introspected | None) -> Mapping[str, object]:
    if known is None:
        return {"active": False}
    return {
        "active": True,
        "scope": SCOPE,
        "client_id": known.grant.issuer,
        "sub": str(known.grant.id),
        "nbf": int(known.window.opens.timestamp()),
        "exp": int(known.window.closes.timestamp()),
    }
