"""Responses in the form that each endpoint's own protocol has."""

import json
from collections.abc import Mapping
from email.utils import format_datetime
from http import HTTPStatus
from types import MappingProxyType

from aiohttp import web

from bridge.clock import Clock

EVENTS = "/fed/events"
OAUTH = ("/fed/token", "/fed/revoke", "/fed/introspect")
NO_STORE: Mapping[str, str] = MappingProxyType({"Cache-Control": "no-store", "Pragma": "no-cache"})
_NAMES: Mapping[int, str] = MappingProxyType(
    {
        400: "invalid_request",
        404: "missing",
        405: "method",
        408: "slow",
        413: "large",
        415: "type",
        421: "host",
        429: "busy",
        500: "failed",
    }
)


def as_json(
    document: object,
    status: int = 200,
    *,
    kind: str = "application/json",
    headers: Mapping[str, str] = NO_STORE,
) -> web.Response:
    """Return a document; no cache may keep it, unless `headers` say else."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, headers={**headers, "Content-Type": kind})


class ProtocolAnswers:
    """Makes the responses to failures; implements `federation.door.boundary.ProblemAnswers`."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock, which a partner compares with its own."""
        self._clock = clock

    def error(
        self,
        error: str,
        status: int,
        description: str = "",
        *,
        more: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """Return an error of OAuth (RFC 6749 §5.2), with our time."""
        document: dict[str, object] = {"error": error}
        if description:
            document["error_description"] = description
        response = as_json({**document, **(more or {})}, status)
        response.headers.update({"Date": self._date(), **(headers or {})})
        return response

    def event_error(self, error: str, description: str, status: int = 400) -> web.Response:
        """Return an error of event delivery (RFC 8935 §2.3)."""
        response = as_json({"err": error, "description": description}, status)
        response.headers["Date"] = self._date()
        return response

    def problem(
        self,
        request: web.Request,
        status: int,
        name: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """Return the response to a request that failed, in the form of its endpoint."""
        word = name or _NAMES.get(status, "invalid_request")
        if request.path in OAUTH:
            away = status in {429, 500}
            error = "temporarily_unavailable" if away else "invalid_request"
            return self.error(error, status, word, headers=headers)
        if request.path == EVENTS:
            response = self.event_error("invalid_request", word, status)
        else:
            document = {
                "type": f"urn:parvis:federation:{word}",
                "title": HTTPStatus(status).phrase,
                "status": status,
            }
            response = as_json(document, status, kind="application/problem+json")
        response.headers.update(headers or {})
        return response

    def _date(self) -> str:
        return format_datetime(self._clock.now(), usegmt=True)
