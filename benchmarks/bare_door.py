"""What the door is compared with: `python -m benchmarks.bare_door PORT DATABASE SYNCHRONOUS PAGES`.

Plain aiohttp handlers that answer the same bytes, without a middleware, a header of ours, a check
or a log line. The POST executes the statements the door executes (a test compares them), written
by hand on plain aiosqlite, one trip to its thread for each.
"""

import asyncio
import hashlib
import secrets
import sys
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from uuid import uuid4

import aiosqlite
from aiohttp import web

from benchmarks.machine import pin
from bridge.clock import SystemClock

_COLUMNS = (
    "id, meeting, occurrence, invited_by, created_at, digest, key, number, name, email, delivery, "
    "assurance, until, waiting_since, revoked_at, announced_at, mail_refused"
)
FIND = f"SELECT {_COLUMNS} FROM invitations WHERE digest = ?"
ENTER = (
    "INSERT INTO visits (id, invitation, digest, name, language, created_at, followed_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
WAIT = f"UPDATE invitations SET {' = ?, '.join(_COLUMNS.split(', '))} = ? WHERE id = ?"
_WAITING_SINCE = 13


@dataclass(slots=True)
class Bare:
    """Handlers over one connection that reads and one that writes."""

    page: bytes
    status: bytes
    reading: aiosqlite.Connection
    writing: aiosqlite.Connection
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def show(self, request: web.Request) -> web.Response:
        """Answer the page."""
        del request
        return web.Response(body=self.page, content_type="text/html")

    async def tell(self, request: web.Request) -> web.Response:
        """Answer a waiting page's status."""
        del request
        return web.Response(body=self.status, content_type="application/json")

    async def enter(self, request: web.Request) -> web.Response:
        """Open a visit."""
        form = await request.post()
        visit, secret = uuid4().hex, secrets.token_urlsafe(16)
        code = request.match_info["code"]
        await self._enter(code, (visit, secret, str(form["name"])))
        response = web.Response(status=303, headers={"Location": f"/m/{visit}"})
        response.set_cookie(f"visit-{visit}", secret, httponly=True, samesite="Lax")
        return response

    async def _enter(self, code: str, opened: tuple[str, str, str]) -> None:
        visit, secret, name = opened
        digest = hashlib.sha256(code.encode()).digest()
        now = SystemClock().now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        if not await self.reading.execute_fetchall(FIND, (digest,)):
            raise web.HTTPNotFound
        proof = hashlib.sha256(secret.encode()).digest()
        async with self._turn:
            await self.writing.execute("BEGIN IMMEDIATE")
            (found,) = await self.writing.execute_fetchall(FIND, (digest,))
            await self.writing.execute(ENTER, (visit, found[0], proof, name, "fr", now, None))
            row = list(found)
            row[_WAITING_SINCE] = now
            await self.writing.execute(WAIT, (*row, found[0]))
            await self.writing.execute("COMMIT")


async def open_database(path: str, synchronous: str) -> aiosqlite.Connection:
    """Connect as the store does."""
    connection = await aiosqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
        await connection.execute(f"PRAGMA {pragma}")
    return connection


async def main(port: int, database: str, synchronous: str, pages: Path) -> None:
    """Serve until the process is ended."""
    bare = Bare(
        page=(pages / "page").read_bytes(),
        status=(pages / "status").read_bytes(),
        reading=await open_database(database, synchronous),
        writing=await open_database(database, synchronous),
    )
    app = web.Application()
    app.add_routes(
        [
            web.get("/j/{code}", bare.show),
            web.post("/j/{code}", bare.enter),
            web.get("/m/{visit}/status", bare.tell),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("READY", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    pin(0)
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])))
