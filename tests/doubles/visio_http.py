"""Visio's framework: the form of its errors, languages and redirects, whatever the request."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

FRENCH = {
    "This field is required.": "Ce champ est obligatoire.",
    "This field may not be blank.": "Ce champ ne peut être vide.",
    "This field may not be null.": "Ce champ ne peut être nul.",
    "Not found.": "Pas trouvé.",
}
PAGE = (
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>{title}</title>\n</head>\n<body>\n'
    "  <h1>{title}</h1><p></p>\n</body>\n</html>\n"
)
TITLES = {400: "Bad Request (400)", 404: "Not Found", 500: "Server Error (500)"}


class RefusalError(Exception):
    """The response of a view that refuses."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class PageError(Exception):
    """A failure that the framework, not the API, shows: an HTML page."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Result:
    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


View: TypeAlias = Callable[[web.Request], Awaitable[Result]]
Guard: TypeAlias = Callable[[web.Request], None]


@dataclass(frozen=True)
class Endpoint:
    """A path of the API. Rights are checked before the method, as in the real service."""

    allow: str
    views: Mapping[str, View]
    challenge: str = "Session"
    guard: Guard | None = None

    async def answer(self, request: web.Request) -> web.Response:
        try:
            result = await self._result(request)
        except RefusalError as refusal:
            headers = {**self._challenge(refusal.status), **refusal.headers}
            result = Result(refusal.body, refusal.status, headers)
        except PageError as error:
            return page(error.status)
        headers = {"Allow": self.allow, **result.headers}
        body = translated(result.body, request.headers.get("Accept-Language", ""))
        return as_json(result.status, body, headers)

    async def _result(self, request: web.Request) -> Result:
        if not accepts_json(request.headers.get("Accept", "*/*")):
            raise RefusalError(406, detail("Could not satisfy the request Accept header."))
        if self.guard is not None:
            self.guard(request)
        view = self.views.get(request.method)
        if view is None:
            raise RefusalError(405, detail(f'Method "{request.method}" not allowed.'))
        return await view(request)

    def _challenge(self, status: int) -> dict[str, str]:
        return {"WWW-Authenticate": self.challenge} if status == 401 else {}


def mount(app: web.Application, path: str, endpoint: Endpoint, name: str) -> None:
    """Serve `endpoint` at `path`, which ends with a slash; without it, redirect there."""
    app.router.add_route("*", path, endpoint.answer, name=name)

    async def to_slash(request: web.Request) -> web.Response:
        query = f"?{request.query_string}" if request.query_string else ""
        headers = {"Location": f"{request.path}/{query}", "Content-Type": HTML}
        return web.Response(status=301, headers=headers)

    app.router.add_route("*", path.rstrip("/"), to_slash)


HTML = "text/html; charset=utf-8"


def page(status: int) -> web.Response:
    body = PAGE.format(title=TITLES[status])
    return web.Response(status=status, body=body.encode(), headers={"Content-Type": HTML})


def as_json(status: int, body: object, headers: Mapping[str, str]) -> web.Response:
    data = json.dumps(body, ensure_ascii=False).encode()
    return web.Response(
        status=status, body=data, headers={"Content-Type": "application/json", **headers}
    )


def detail(text: str) -> dict[str, str]:
    return {"detail": text}


def accepts_json(accept: str) -> bool:
    wanted = {part.partition(";")[0].strip() for part in accept.split(",")}
    return bool(wanted & {"application/json", "application/*", "*/*"})


def translated(body: object, language: str) -> object:
    if not language.startswith("fr"):
        return body
    if isinstance(body, dict):
        return {key: translated(value, language) for key, value in body.items()}
    if isinstance(body, list):
        return [translated(value, language) for value in body]
    return FRENCH.get(body, body) if isinstance(body, str) else body


async def json_body(request: web.Request) -> object:
    """Return the parsed body. Forms are refused, as they are up to 1.27."""
    raw = await request.read()
    if not raw:
        return {}
    if request.content_type != "application/json":
        text = f'Unsupported media type "{request.headers["Content-Type"]}" in request.'
        raise RefusalError(415, detail(text))
    try:
        return json.loads(raw)
    except ValueError as error:
        raise RefusalError(400, detail(f"JSON parse error - {error}")) from error


async def json_object(request: web.Request) -> dict[str, object]:
    body = await json_body(request)
    if isinstance(body, dict):
        return body
    text = f"Invalid data. Expected a dictionary, but got {type(body).__name__}."
    raise RefusalError(400, {"non_field_errors": [text]})


def fields(body: Mapping[str, object], *names: str) -> dict[str, str]:
    """Return the named texts, trimmed; every missing or wrong one is reported at once."""
    wrong = {name: [why] for name in names if (why := _wrong(body, name))}
    if wrong:
        raise RefusalError(400, wrong)
    return {name: str(body[name]).strip() for name in names}


def _wrong(body: Mapping[str, object], name: str) -> str | None:
    if name not in body:
        return "This field is required."
    value = body[name]
    if value is None:
        return "This field may not be null."
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "Not a valid string."
    return None if str(value).strip() else "This field may not be blank."
