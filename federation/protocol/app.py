"""Role federation as an aiohttp application: everything is wired here, nothing is global."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version

from aiohttp import web
from prometheus_client import CollectorRegistry

from bridge.clock import Clock
from bridge.services.federation.events import GrantRequests
from bridge.services.federation.exchange import Exchange
from bridge.tokens import SigningKey
from federation.door.boundary import Boundary
from federation.door.forms import LARGEST
from federation.door.gate import Gate
from federation.door.headers import security_headers
from federation.door.metrics import BoundaryMetrics
from federation.door.settings import DoorOptions
from federation.protocol.answers import ProtocolAnswers, as_json
from federation.protocol.documents import DocumentViews
from federation.protocol.endpoints import Body, Endpoint, Outcome, described
from federation.protocol.management import ManagementViews
from federation.protocol.metadata import CACHED, OPENAPI, Published, Ring
from federation.protocol.token import TokenViews


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The parts that the role needs: its keys and its use cases."""

    pinned: SigningKey
    ring: Ring
    exchange: Exchange
    requests: GrantRequests
    clock: Clock


def make_federation(
    settings: DoorOptions, parts: Protocol, *, registry: CollectorRegistry | None = None
) -> web.Application:
    """Return the application for partners' instances; `settings` are the door's, at our issuer."""
    answers = ProtocolAnswers(parts.clock)
    gate = Gate(settings)
    metrics = BoundaryMetrics(
        registry or CollectorRegistry(), of="federation", title="role federation"
    )
    boundary = Boundary(settings, answers, gate, metrics)
    app = web.Application(middlewares=[boundary.middleware()], client_max_size=LARGEST)
    endpoints = endpoints_of(settings, parts, answers, gate)
    app.add_routes([one.route for one in endpoints])
    app.on_response_prepare.append(_dressing(settings))
    return app


def endpoints_of(
    settings: DoorOptions, parts: Protocol, answers: ProtocolAnswers, gate: Gate
) -> list[Endpoint]:
    """Return all endpoints, and the one that describes them."""
    published = Published(parts.exchange.home, parts.pinned)
    patience = settings.limits.patience
    endpoints = [
        *DocumentViews(published, parts.ring, parts.clock).endpoints(),
        *TokenViews(parts.exchange, answers, gate, parts.clock, patience).endpoints(),
        *ManagementViews(parts.requests, answers, patience).endpoints(),
    ]

    async def openapi(request: web.Request) -> web.Response:
        del request
        server = parts.exchange.home.issuer
        document = described(endpoints, server=server, version=version("parvis"))
        return as_json(document, headers={"Cache-Control": f"public, max-age={CACHED}"})

    summary = "The description of all endpoints (OpenAPI 3.1)"
    body = Body(kind="application/json", schema={"type": "object"})
    endpoints.append(
        Endpoint(
            method="GET",
            path=OPENAPI,
            name="openapi",
            summary=summary,
            run=openapi,
            gives=(Outcome(status=200, means=summary, body=body),),
        )
    )
    return endpoints


def _dressing(
    settings: DoorOptions,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    headers = security_headers(settings)

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        del request
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers.popall("Server", None)

    return dress
