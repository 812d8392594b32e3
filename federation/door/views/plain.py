"""Responses that are the same for everybody: the front page, the files, robots.txt."""

from collections.abc import Sequence

from aiohttp import web

from federation.door.answers import Answers
from federation.door.statics import Assets

_ROBOTS = b"User-agent: *\nDisallow: /\n"
_FOR_EVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"


class PlainViews:
    """Handlers that need no guest."""

    def __init__(self, answers: Answers, assets: Assets) -> None:
        self._answers = answers
        self._assets = assets

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return (
            web.get("/", self.home, allow_head=False),
            web.get("/robots.txt", self.robots, allow_head=False),
            web.get("/favicon.ico", self.icon, allow_head=False),
            web.get(r"/static/{file:[a-z0-9.-]{1,64}}", self.file, allow_head=False),
        )

    async def home(self, request: web.Request) -> web.Response:
        """Show the page that explains this door."""
        return self._answers.page(self._answers.pages.homes[self._answers.language(request)])

    async def robots(self, request: web.Request) -> web.Response:
        """Ask crawlers to stay away."""
        del request
        headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": _A_DAY}
        return web.Response(body=_ROBOTS, headers=headers)

    async def icon(self, request: web.Request) -> web.Response:
        """Serve the icon to browsers that ask at the old place."""
        return self._file(request, self._assets.paths["icon.svg"].rpartition("/")[2], _A_DAY)

    async def file(self, request: web.Request) -> web.Response:
        """Serve a file, whose name changes with its content."""
        return self._file(request, request.match_info["file"], _FOR_EVER)

    def _file(self, request: web.Request, name: str, lasts: str) -> web.Response:
        asset = self._assets.files.get(name)
        if asset is None:
            return self._answers.problem(request, 404)
        headers = {"Content-Type": asset.type, "Cache-Control": lasts}
        if asset.packed is None:
            return web.Response(body=asset.body, headers=headers)
        headers["Vary"] = "Accept-Encoding"
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=asset.body, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=asset.packed, headers=headers)
