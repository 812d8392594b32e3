"""The one middleware: it decides who may ask, words failures, and logs and counts requests."""

from collections.abc import Mapping
from math import ceil
from time import perf_counter
from typing import Protocol

import structlog
from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from federation.door.doubts import Doubts
from federation.door.gate import HOOKS, Gate
from federation.door.metrics import BoundaryMetrics
from federation.door.settings import DoorOptions

log = structlog.get_logger()

NO_ROUTE = "none"
"""The label of requests that match no route."""


class ProblemAnswers(Protocol):
    """Words a failure as the client of a path expects it."""

    def problem(
        self,
        request: web.Request,
        status: int,
        name: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """Return the response to a request that failed."""
        ...


class Boundary:
    """Stands between the network and the views."""

    def __init__(
        self, settings: DoorOptions, answers: ProblemAnswers, gate: Gate, metrics: BoundaryMetrics
    ) -> None:
        self._host = settings.host
        self._answers = answers
        self._gate = gate
        self._metrics = metrics
        self._doubts = Doubts(settings, gate, metrics)

    def middleware(self) -> Middleware:
        """Return it in the form that aiohttp takes."""

        @web.middleware
        async def boundary(request: web.Request, handler: Handler) -> web.StreamResponse:
            began = perf_counter()
            response = self._turned_away(request) or await self._answer(request, handler)
            if request.version < HttpVersion11 and "Transfer-Encoding" in request.headers:
                # Faulty (RFC 9112, 6.1): a proxy may read the rest as another request.
                response.force_close()
            made = isinstance(response, web.Response)  # at once, not while it was sent
            self._note(request, response.status, perf_counter() - began if made else None)
            return response

        return boundary

    def _turned_away(self, request: web.Request) -> web.Response | None:
        # A media server has one address for webhooks: often the door's own, from inside the
        # network.
        if request.headers.get("Host", "").lower() != self._host and request.path != HOOKS:
            self._metrics.refused("host")
            return self._answers.problem(request, 421)
        self._doubts.look(request)
        wait = self._gate.asks(request)
        if wait:
            self._metrics.refused("rate")
            return busy(self._answers, request, wait)
        return None

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            allow = error.headers.get("Allow")
            headers = None if allow is None else {"Allow": allow}
            return self._answers.problem(request, error.status, headers=headers)
        except Exception as error:  # noqa: BLE001 - the boundary: no error may reach a guest
            # No traceback: its values could hold a code or a name.
            log.error("door.failed", route=route_of(request), error=type(error).__name__)  # noqa: TRY400
            return self._answers.problem(request, 500)

    def _note(self, request: web.Request, status: int, seconds: float | None) -> None:
        route = route_of(request)
        self._metrics.answered(route, status, seconds)
        asks = request.method == "GET" or route == HOOKS
        if status in _GOOD and route != _VISIT and asks:
            return  # the same for everybody, or asked all the time: counted, but not logged
        log.info(
            "door.answered",
            method=request.method if request.method in _METHODS else "other",
            route=route,
            status=status,
            ms=None if seconds is None else round(seconds * 1000, 1),
        )


_GOOD = frozenset({200, 202, 204, 304})
_VISIT = "/m/{visit}"
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


def route_of(request: web.Request) -> str:
    """Return the pattern of the route, which is the same for every code."""
    resource = request.match_info.route.resource
    return NO_ROUTE if resource is None else resource.canonical


def busy(answers: ProblemAnswers, request: web.Request, wait: float) -> web.Response:
    """Return the response to a client that asks too much, with when to come back."""
    return answers.problem(request, 429, headers={"Retry-After": str(max(1, ceil(wait)))})
