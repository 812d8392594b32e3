"""Faults on the way to a service and back."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.doubles.visio_http import HTML, as_json, detail, page


class Kind(StrEnum):
    HANG = "hang"
    """Reads the request, and never answers."""
    ERROR = "error"
    """500, HTML."""
    BAD_GATEWAY = "bad-gateway"
    """502, HTML, from the proxy before it."""
    RESET = "reset"
    """Closes the connection without having done anything."""
    LOST = "lost"
    """Fulfils the request; the answer is lost on the way."""
    SLOW = "slow"
    """Fulfils the request after `seconds`."""
    THROTTLED = "throttled"
    """429, with `retry_after` if it is set."""
    SAYS = "says"
    """Answers `status`, `body` without doing anything."""


@dataclass
class Fault:
    kind: Kind
    on: str = "*"
    """The name of a route (token, rooms, room, lobby…), or `*` for all."""
    times: int | None = None
    """How many times; None: until it is removed."""
    seconds: float = 0.2
    retry_after: str | None = None
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    seen: int = 0

    def strikes(self, route: str | None) -> bool:
        if self.on not in ("*", route) or self.times == 0:
            return False
        self.seen += 1
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults of one double; the first that matches applies."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, kind: Kind, *, on: str = "*", times: int | None = None) -> Fault:
        fault = Fault(kind, on, times)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = request.match_info.route.name
            fault = next((f for f in self._faults if f.strikes(route)), None)
            if fault is None:
                return await handler(request)
            return await _struck(fault, request, handler)

        return strike


async def _struck(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    await request.read()
    match fault.kind:
        case Kind.HANG:
            await asyncio.Event().wait()
        case Kind.RESET:
            return _cut(request, web.Response())
        case Kind.LOST:
            return _cut(request, await handler(request))
        case Kind.SLOW:
            await asyncio.sleep(fault.seconds)
            return await handler(request)
    return _instead(fault)


def _instead(fault: Fault) -> web.Response:
    """Return the response that is given without doing anything."""
    match fault.kind:
        case Kind.BAD_GATEWAY:
            text = "<html><head><title>502 Bad Gateway</title></head></html>"
            return web.Response(status=502, body=text.encode(), headers={"Content-Type": HTML})
        case Kind.THROTTLED:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            return as_json(429, detail("Request was throttled."), headers)
        case Kind.SAYS:
            return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
    return page(500)


def _cut(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return answer
