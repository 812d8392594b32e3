"""A relay for a media server's webhooks: it passes them on, loses some, reorders others."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import ClientSession, web

PATH = "/hooks/livekit"


@dataclass(frozen=True)
class Told:
    """One webhook as it came, and the answer to it; 0 if it was lost or waits."""

    headers: dict[str, str]
    body: bytes
    status: int = 0


@dataclass
class Relay:
    """Passes webhooks on to `to`, and records every one that comes."""

    to: str = ""
    loses: int = 0
    """One in this many is lost."""
    mixes: bool = False
    """Two by two, the later one first."""
    told: list[Told] = field(default_factory=list)
    _came: int = 0
    _waits: Told | None = None
    _session: ClientSession | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """Take one webhook; its sender never learns what became of it."""
        kept = ("Authorization", "Content-Type")
        one = Told({name: request.headers[name] for name in kept}, await request.read())
        self._came += 1
        if self.loses and self._came % self.loses == 0:
            self.told.append(one)
        elif self.mixes and self._waits is None:
            self._waits = one
        else:
            earlier, self._waits = self._waits, None
            for each in (one, earlier):
                if each is not None:
                    await self.hand_on(each)
        return web.Response()

    async def hand_on(self, one: Told) -> int:
        """Send it on, perhaps not for the first time; return the answer."""
        assert self._session is not None
        async with self._session.post(
            f"{self.to}{PATH}", data=one.body, headers=one.headers
        ) as answer:
            self.told.append(Told(one.headers, one.body, answer.status))
            return answer.status


@contextlib.asynccontextmanager
async def relay(port: int) -> AsyncIterator[Relay]:
    """Listen on a port for the block."""
    made = Relay()
    app = web.Application()
    app.router.add_post(PATH, made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    async with ClientSession() as session:
        made._session = session
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield made
        finally:
            await runner.cleanup()
