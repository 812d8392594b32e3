"""The documents that everybody may read: keys, metadata, the signed statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.clock import Clock
from federation.protocol.answers import as_json
from federation.protocol.endpoints import Body, Endpoint, EndpointHandler, Outcome
from federation.protocol.metadata import (
    CACHED,
    JWKS,
    RESOURCE,
    SERVER,
    STATEMENT,
    STATEMENT_TYPE,
    Document,
    Published,
    Ring,
)

_CACHED = {"Cache-Control": f"public, max-age={CACHED}"}
_OBJECT = {"type": "object"}


@dataclass(frozen=True, slots=True)
class DocumentViews:
    """Handlers of documents; each is made anew, so that it shows the ring as it is."""

    published: Published
    ring: Ring
    clock: Clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the endpoints."""
        return (
            _document(STATEMENT, "statement", "Entity statement", self.statement, _SIGNED),
            _document(SERVER, "server", "Authorization server metadata (RFC 8414)", self.server),
            _document(
                RESOURCE, "resource", "Protected resource metadata (RFC 9728)", self.resource
            ),
            _document(JWKS, "jwks", "Keys that sign tokens and events", self.jwks),
        )

    async def statement(self, request: web.Request) -> web.Response:
        """Show our statement."""
        del request
        text = self.published.statement(self.ring.keys, self.clock.now())
        headers = {**_CACHED, "Content-Type": f"application/{STATEMENT_TYPE}"}
        return web.Response(body=text.encode("ascii"), headers=headers)

    async def server(self, request: web.Request) -> web.Response:
        """Show the metadata of the authorization server."""
        return _shown(request, self.published.server())

    async def resource(self, request: web.Request) -> web.Response:
        """Show the metadata of the protected resource."""
        return _shown(request, self.published.resource())

    async def jwks(self, request: web.Request) -> web.Response:
        """Show the ring's public keys."""
        return _shown(request, self.ring.keys.document())


_JSON = Body(kind="application/json", schema=_OBJECT)
_SIGNED = Body(kind=f"application/{STATEMENT_TYPE}", schema={"type": "string"})


def _shown(request: web.Request, document: Document) -> web.Response:
    del request
    return as_json(document, headers=_CACHED)


def _document(
    path: str, name: str, summary: str, run: EndpointHandler, body: Body = _JSON
) -> Endpoint:
    gives = (Outcome(status=200, means=summary, body=body),)
    return Endpoint(method="GET", path=path, name=name, summary=summary, run=run, gives=gives)
