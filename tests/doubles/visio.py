"""A Visio for tests and demonstrations: its documented API, without any media.

`python -m tests.doubles.visio --port 8071` serves it until interrupted; its first line of output is
a JSON object with `url`, `client_id` and `client_secret`.
"""

import argparse
import asyncio
import json
import os
import secrets
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.clock import Clock, SystemClock
from tests.doubles.visio_external import External
from tests.doubles.visio_faults import Fault, Faults, Kind
from tests.doubles.visio_http import HTML, page
from tests.doubles.visio_meeting import Meeting
from tests.doubles.visio_options import Options
from tests.doubles.visio_public import Public
from tests.doubles.visio_world import Room, User, World

__all__ = ["Fault", "Kind", "Options", "Room", "VisioDouble"]

USERS = (
    "agent@beta.gouv.fr",
    "second@beta.gouv.fr",
    "other@numerique.gouv.fr",
    "alien@interieur.gouv.fr",
)
DOMAINS = ("beta.gouv.fr", "numerique.gouv.fr")


class VisioDouble:
    """An instance on loopback. Its options, users and applications may change while it runs."""

    def __init__(
        self,
        options: Options | None = None,
        *,
        users: Iterable[str] = USERS,
        domains: Iterable[str] = DOMAINS,
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        self.options = options or Options()
        self.faults = Faults()
        self.world = World(clock or SystemClock(), self.options, users=users, domains=domains)
        add = self.world.add_application
        self.application = add("parvis", secrets.token_urlsafe(32))
        self.narrow = add("narrow", secrets.token_urlsafe(32), scopes=("rooms:list",))
        self.noscope = add("noscope", secrets.token_urlsafe(32), scopes=())
        self.inactive = add("inactive", secrets.token_urlsafe(32))
        self.inactive.active = False
        self.room_page: Callable[[Room, web.Request], web.Response] | None = None
        """Makes a browser's page of a room, in place of a waiting room that admits nobody."""
        self.scripts: dict[str, Path] = {}
        """Files that such a page needs, below `/sandbox/`."""
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after stop(), on the same port as before."""
        runner = web.AppRunner(self._app(), handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._runner = runner
        self._port = runner.addresses[0][1]
        self.world.url = self.url

    async def stop(self) -> None:
        """Refuse connections; keep all state."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def client_id(self) -> str:
        return self.application.client_id

    @property
    def client_secret(self) -> str:
        return self.application.client_secret

    @property
    def rooms(self) -> list[Room]:
        return self.world.rooms

    @property
    def rooms_created(self) -> int:
        return len(self.world.rooms)

    @property
    def tokens_minted(self) -> int:
        return self.world.tokens_minted

    def add_user(self, email: str) -> User:
        user = User(email)
        self.world.users.append(user)
        return user

    def rotate_key(self) -> None:
        """Sign with a new key: tokens given out before become garbage (`Options.introspection`)."""
        self.world.key = secrets.token_hex(32)

    def login(self, email: str) -> str:
        """Return the session cookie's value of the user in a browser."""
        session = secrets.token_hex(16)
        self.world.sessions[session] = self.world.users_called(email)[0]
        return session

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_not_found, self.faults.middleware])
        External(self.world).mount(app)
        Public(self.world).mount(app)
        Meeting(self.world).mount(app)
        app.router.add_get("/{slug:[a-zA-Z0-9-]+}", self._page, name="page")
        app.router.add_get("/sandbox/{script}", self._script)
        return app

    async def _script(self, request: web.Request) -> web.FileResponse:
        path = self.scripts.get(request.match_info["script"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Content-Type": "text/javascript; charset=utf-8"})

    async def _page(self, request: web.Request) -> web.Response:
        """Return a browser's page: a waiting room, or that there is no such room."""
        slug = request.match_info["slug"]
        room = self.world.room(slug)
        if room is not None and self.room_page is not None:
            return self.room_page(room, request)
        if room is None:
            title, text = (
                "Visio",
                "Authentification requise. Cette réunion n'a pas encore été créée.",
            )
        else:
            title, text = "Visio · salle d'attente", "Demande de participation…"
        body = (
            f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">'
            f"<title>{escape(title, quote=False)}</title></head>\n"
            f"<body><h1>{escape(title, quote=False)}</h1><p>{escape(text, quote=False)}</p>"
            f"<p>{escape(slug)}</p></body></html>\n"
        )
        return web.Response(body=body.encode(), headers={"Content-Type": HTML})


@web.middleware
async def _not_found(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return page(404)


async def serve(double: VisioDouble) -> None:
    async with double:
        shown = {
            "url": double.url,
            "client_id": double.client_id,
            "client_secret": double.client_secret,
        }
        print(json.dumps(shown), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A double of Visio, on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", action="append", help="an e-mail address that has logged in")
    parser.add_argument("--domain", action="append", help="an e-mail domain delegated to us")
    asked = parser.parse_args()
    double = VisioDouble(
        users=asked.user or USERS, domains=asked.domain or DOMAINS, port=asked.port
    )
    double.application.client_secret = os.environ.get("VISIO_DOUBLE_SECRET", double.client_secret)
    try:
        asyncio.run(serve(double))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
