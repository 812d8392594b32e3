"""Makes responses: a page or, for a script, problem+json."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

from bridge.i18n import Language
from federation.door.language import spoken
from federation.door.pages import Pages

HTML: Mapping[str, str] = MappingProxyType(
    {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
)
_PROBLEM: Mapping[str, str] = MappingProxyType(
    {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
)
_BY_STATUS: Mapping[int, str] = MappingProxyType(
    {
        400: "form",
        403: "origin",
        404: "missing",
        405: "method",
        408: "slow",
        413: "large",
        415: "form",
        421: "host",
        429: "busy",
        500: "failed",
    }
)
_ASKED_BY_SCRIPTS = ("/status", "/events", "/pass", "/removed")


class Answers:
    """Makes responses in each browser's language."""

    def __init__(self, pages: Pages, default: Language) -> None:
        self.pages = pages
        self._default = default

    def language(self, request: web.Request) -> Language:
        """Return the language to answer in."""
        return spoken(request, self._default)

    def page(self, body: bytes, status: int = 200) -> web.Response:
        """Return a page that no cache may keep."""
        return web.Response(body=body, status=status, headers=HTML)

    def problem(
        self,
        request: web.Request,
        status: int,
        name: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """Return the page `door.problem.<name>`, or the same as problem+json for a script."""
        name = name or _BY_STATUS.get(status, "form")
        if request.path.endswith(_ASKED_BY_SCRIPTS):
            body = json.dumps({"type": f"urn:parvis:door:{name}", "status": status}).encode()
            response = web.Response(body=body, status=status, headers=_PROBLEM)
        else:
            response = self.page(self.pages.problems[name][self.language(request)], status)
        response.headers.update(headers or {})
        return response
