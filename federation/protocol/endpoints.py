"""Endpoints as data: their routes and their OpenAPI description are made of one declaration."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

Schema: TypeAlias = Mapping[str, object]
EndpointHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
FORM = "application/x-www-form-urlencoded"
WORD: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body's media type and its schema."""

    kind: str
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A response, by its status."""

    status: int
    means: str
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    name: str
    """The id of its operation."""
    summary: str
    run: EndpointHandler
    takes: Body | None = None
    gives: Sequence[Outcome] = field(default=())

    @property
    def route(self) -> web.RouteDef:
        """Its route in aiohttp's form."""
        if self.method == "GET":
            return web.get(self.path, self.run, allow_head=False)
        return web.route(self.method, self.path, self.run)

    def operation(self) -> dict[str, object]:
        """Return its operation (OpenAPI 3.1)."""
        said: dict[str, object] = {
            "operationId": self.name,
            "summary": self.summary,
            "responses": {str(one.status): _response(one) for one in self.gives},
        }
        if self.takes is not None:
            content = {self.takes.kind: {"schema": self.takes.schema}}
            said["requestBody"] = {"required": True, "content": content}
        return said


def form(required: Mapping[str, str], optional: Mapping[str, str] | None = None) -> Body:
    """Return a form's body, from the meaning of each field."""
    fields = {**required, **(optional or {})}
    properties = {name: {**WORD, "description": means} for name, means in fields.items()}
    schema = {
        "type": "object",
        "required": list(required),
        "properties": properties,
    }
    return Body(kind=FORM, schema=schema)


def described(endpoints: Sequence[Endpoint], *, server: str, version: str) -> dict[str, object]:
    """Return the description of all endpoints (OpenAPI 3.1)."""
    paths: dict[str, dict[str, object]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = one.operation()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parvis: federated meetings", "version": version},
        "servers": [{"url": server}],
        "paths": paths,
    }


def _response(one: Outcome) -> dict[str, object]:
    said: dict[str, object] = {"description": one.means}
    if one.body is not None:
        said["content"] = {one.body.kind: {"schema": one.body.schema}}
    return said
