"""The peer of the door: `python -m benchmarks.bare_door PORT FOLDER SYNCHRONOUS`.

Plain aiohttp handlers that answer the same bytes, without a middleware, a header of ours, a check
or a log line. The folder holds the page and the status to answer, and a database for each way of
executing the form's statements.
"""

import asyncio
import secrets
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from benchmarks.bare_post import Enters, OnEngines, OnSqlite, Opened, open_plain
from benchmarks.machine import pin
from bridge.clock import SystemClock
from bridge.ids import uuid7
from bridge.store import Synchronous
from bridge.store.engine import open_engines


@dataclass(frozen=True, slots=True)
class Bare:
    """The handlers."""

    page: bytes
    status: bytes
    engines: Enters
    sqlite: Enters

    async def show(self, request: web.Request) -> web.Response:
        """Answer the page."""
        del request
        return web.Response(body=self.page, content_type="text/html")

    async def tell(self, request: web.Request) -> web.Response:
        """Answer a waiting page's status."""
        del request
        return web.Response(body=self.status, content_type="application/json")

    async def on_engines(self, request: web.Request) -> web.Response:
        """Open a visit, on SQLAlchemy."""
        return await self._enter(request, self.engines)

    async def on_sqlite(self, request: web.Request) -> web.Response:
        """Open a visit, on aiosqlite."""
        return await self._enter(request, self.sqlite)

    async def _enter(self, request: web.Request, keeping: Enters) -> web.Response:
        form = await request.post()
        visit, secret = uuid7(SystemClock().now()), secrets.token_urlsafe(16)
        opened = Opened(visit, secret, str(form["name"]))
        if not await keeping.enter(request.match_info["code"], opened):
            raise web.HTTPNotFound
        response = web.Response(status=303, headers={"Location": f"/m/{visit.hex}"})
        response.set_cookie(f"visit-{visit.hex}", secret, httponly=True, samesite="Lax")
        return response


async def main(port: int, folder: Path, synchronous: Synchronous) -> None:
    """Serve until the process is ended."""
    plain, engine = f"{folder}/sqlite.db", f"sqlite:///{folder}/engines.db"
    async with AsyncExitStack() as stack:
        engines = await stack.enter_async_context(open_engines(engine, synchronous=synchronous))
        reading, writing = [await open_plain(plain, synchronous) for _ in range(2)]
        bare = Bare(
            page=(folder / "page").read_bytes(),
            status=(folder / "status").read_bytes(),
            engines=OnEngines(engines),
            sqlite=OnSqlite(reading, writing),
        )
        app = web.Application()
        app.add_routes(
            [
                web.get("/j/{code}", bare.show),
                web.get("/m/{visit}/status", bare.tell),
                web.post("/j/{code}", bare.on_engines),
                web.post("/sqlite/{code}", bare.on_sqlite),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        print("READY", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    pin(0)
    level: Synchronous = "FULL" if sys.argv[3] == "FULL" else "NORMAL"
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), level))
