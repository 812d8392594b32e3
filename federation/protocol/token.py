"""The token endpoint: a partner's word for a grant (RFC 7523 §2.1, RFC 8693 as an alias)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from aiohttp import web

from bridge.clock import Clock
from bridge.domain.codes import LinkState
from bridge.errors import AssertionRefused, GrantRefused, PartnerError
from bridge.services.federation.exchange import Exchange, GrantAsked, Granted, Pending
from federation.door.forms import FormRefused, read_form
from federation.door.gate import Gate
from federation.protocol.answers import ProtocolAnswers, as_json
from federation.protocol.endpoints import WORD, Body, Endpoint, Outcome, form
from federation.protocol.metadata import JWT_BEARER, JWT_TYPE, SCOPE, TOKEN, TOKEN_EXCHANGE

STATUS: Mapping[str, int] = {"invalid_client": 401, "access_denied": 403}
"""The statuses that are not 400."""
_ERROR = Body(
    kind="application/json",
    schema={
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": WORD,
            "error_description": WORD,
            "request_id": WORD,
            "interval": {"type": "integer"},
        },
    },
)


class _Malformed(Exception):
    """The request is none: the protocol's error, and a word."""

    def __init__(self, error: str, word: str) -> None:
        super().__init__(error, word)
        self.error = error
        self.word = word


@dataclass(frozen=True, slots=True)
class TokenViews:
    """The handler of the token endpoint."""

    exchange: Exchange
    answers: ProtocolAnswers
    gate: Gate
    clock: Clock
    patience: float
    """Seconds that a form may take to arrive."""

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the endpoint."""
        fields = {
            "grant_type": f"{JWT_BEARER}, or {TOKEN_EXCHANGE}",
            "resource": "The meeting's address, as the assertion names it",
        }
        more = {
            "assertion": "The signed assertion; with token exchange it is subject_token",
            "subject_token": "The same, with token exchange",
            "subject_token_type": JWT_TYPE,
            "scope": SCOPE,
            "request_id": "The request that waits for an approval",
        }
        return (
            Endpoint(
                method="POST",
                path=TOKEN,
                name="token",
                summary="Exchange a partner's assertion for a grant",
                run=self.token,
                takes=form(fields, more),
                gives=(
                    Outcome(status=200, means="A grant", body=_GRANT),
                    *(
                        Outcome(status=status, means=means, body=_ERROR)
                        for status, means in _ERRORS.items()
                    ),
                ),
            ),
        )

    async def token(self, request: web.Request) -> web.Response:
        """Answer with a grant, or with the protocol's error."""
        try:
            fields = await read_form(request, self.patience)
            asked, exchanged = _asked(fields)
        except FormRefused as error:
            return self.answers.problem(request, error.status)
        except _Malformed as error:
            return self.answers.error(error.error, 400, error.word)
        try:
            granted = await self.exchange.grant(asked)
        except PartnerError as error:
            return self._unproven(error, exchanged=exchanged)
        except GrantRefused as error:
            return self._refused(request, error)
        if isinstance(granted, Pending):
            more = {"request_id": str(granted.request), "interval": granted.interval}
            return self.answers.error(granted.error, 400, more=more)
        return as_json(self._told(granted, exchanged=exchanged))

    def _unproven(self, error: PartnerError, *, exchanged: bool) -> web.Response:
        """Tell a partner that its word is not proven: by its fault, or as we lack its keys."""
        if isinstance(error, AssertionRefused):
            named = "invalid_request" if exchanged else "invalid_grant"
            return self.answers.error(named, 400, error.reason)
        headers = {"Retry-After": "30"}
        return self.answers.error("temporarily_unavailable", 503, "keys", headers=headers)

    def _refused(self, request: web.Request, error: GrantRefused) -> web.Response:
        if error.rule == "issuer.unknown":
            # Only strangers are counted: a partner's faults lock none of its people out.
            wait = self.gate.sends(request, LinkState.UNKNOWN)
            if wait:
                headers = {"Retry-After": str(max(1, ceil(wait)))}
                return self.answers.problem(request, 429, headers=headers)
            self.gate.missed(request)
        return self.answers.error(error.error, STATUS.get(error.error, 400))

    def _told(self, granted: Granted, *, exchanged: bool) -> Mapping[str, object]:
        left = granted.window.closes - self.clock.now()
        told: dict[str, object] = {
            "access_token": granted.token,
            "token_type": "Bearer",
            "expires_in": max(0, int(left.total_seconds())),
            "scope": SCOPE,
            "join_uri": granted.link,
            "grant_id": str(granted.grant),
            "not_before": int(granted.window.opens.timestamp()),
            "not_after": int(granted.window.closes.timestamp()),
            "waiting_room": granted.waiting_room,
            "host": self.exchange.home.organisation,
            "meeting": {
                "title": granted.title,
                "start": granted.starts.isoformat(),
                "end": granted.ends.isoformat(),
                "zone": granted.zone,
            },
        }
        if exchanged:
            told["issued_token_type"] = JWT_TYPE
        return told


def _asked(fields: Mapping[str, str]) -> tuple[GrantAsked, bool]:
    """Return the request of a form, and whether it is a token exchange."""
    kind = fields.get("grant_type", "")
    if not kind:
        raise _Malformed("invalid_request", "grant_type")
    if kind not in {JWT_BEARER, TOKEN_EXCHANGE}:
        raise _Malformed("unsupported_grant_type", "grant_type")
    if fields.get("scope", SCOPE) != SCOPE:
        raise _Malformed("invalid_scope", "scope")
    exchanged = kind == TOKEN_EXCHANGE
    if exchanged and fields.get("subject_token_type") != JWT_TYPE:
        raise _Malformed("invalid_request", "subject_token_type")
    field = "subject_token" if exchanged else "assertion"
    for name in (field, "resource"):
        if not fields.get(name):
            raise _Malformed("invalid_request", name)
    asked = GrantAsked(
        assertion=fields[field],
        resource=fields["resource"],
        request=fields.get("request_id", ""),
    )
    return asked, exchanged


_GRANT = Body(
    kind="application/json",
    schema={
        "type": "object",
        "required": [
            "access_token",
            "token_type",
            "expires_in",
            "scope",
            "join_uri",
            "grant_id",
            "not_before",
            "not_after",
            "waiting_room",
            "host",
            "meeting",
        ],
        "properties": {
            "access_token": WORD,
            "token_type": {"const": "Bearer"},
            "expires_in": {"type": "integer", "minimum": 0},
            "scope": {"const": SCOPE},
            "issued_token_type": {"const": JWT_TYPE},
            "join_uri": {"type": "string", "format": "uri"},
            "grant_id": {"type": "string", "format": "uuid"},
            "not_before": {"type": "integer"},
            "not_after": {"type": "integer"},
            "waiting_room": {"type": "boolean"},
            "host": WORD,
            "meeting": {
                "type": "object",
                "required": ["title", "start", "end", "zone"],
                "properties": {
                    "title": WORD,
                    "start": {"type": "string", "format": "date-time"},
                    "end": {"type": "string", "format": "date-time"},
                    "zone": WORD,
                },
            },
        },
    },
)
_ERRORS: Mapping[int, str] = {
    400: "The request, the assertion or the meeting is refused, or the salon has not decided",
    401: "The partner is unknown, or its agreement is not in force",
    403: "The person, the time or a quota does not allow it",
    408: "The form took too long",
    413: "The form is too large",
    415: "The body is no form",
    429: "Too many requests",
    503: "The partner's keys can't be had",
}
