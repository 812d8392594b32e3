"""A reverse proxy that does to a homeserver's answers what networks and hostile servers do.

It passes everything through until told otherwise, and records every request. Rules are tried in
order; the first that matches and is not used up decides.
"""

import asyncio
import contextlib
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

Rewrite = Callable[[Any], Any]

_HOP = frozenset({"host", "content-length", "transfer-encoding", "content-encoding", "connection"})


@dataclass
class Rule:
    """A rule for requests whose "METHOD path" matches a pattern."""

    pattern: re.Pattern[str]
    act: Callable[[web.Request], Awaitable[web.StreamResponse | None]]
    times: int
    """How many times it applies; -1: always."""
    hits: int = 0

    def stop(self) -> None:
        """End the rule."""
        self.times = 0


@dataclass
class Rewriting:
    """A change to the answers of requests whose "METHOD path" matches a pattern."""

    pattern: re.Pattern[str]
    change: Rewrite

    def stop(self) -> None:
        """End the change."""
        self.change = lambda body: body


@dataclass(frozen=True)
class Noted:
    """A request that passed."""

    line: str
    at: float
    status: int


@dataclass
class Faults:
    """The proxy; clients connect to `url`."""

    target: str
    url: str = ""
    rules: list[Rule] = field(default_factory=list)
    rewritings: list[Rewriting] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _session: ClientSession | None = None

    def answer(
        self,
        pattern: str,
        status: int,
        body: object,
        *,
        times: int = 1,
        headers: dict[str, str] | None = None,
    ) -> Rule:
        """Answer without asking the homeserver; a string is sent as HTML."""

        async def act(_request: web.Request) -> web.Response:
            if isinstance(body, str):
                return web.Response(
                    status=status, text=body, content_type="text/html", headers=headers
                )
            return web.json_response(body, status=status, headers=headers)

        return self._add(pattern, act, times)

    def cut(self, pattern: str, *, times: int = 1) -> Rule:
        """Drop the connection."""

        async def act(request: web.Request) -> web.Response:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        return self._add(pattern, act, times)

    def hold(self, pattern: str, until: asyncio.Event, *, times: int = 1) -> Rule:
        """Make requests wait, then pass them on."""

        async def act(_request: web.Request) -> None:
            await until.wait()

        return self._add(pattern, act, times)

    def lose_answer(self, pattern: str, *, times: int = 1) -> Rule:
        """Let the homeserver act, then drop the connection: the client never learns."""

        async def act(request: web.Request) -> web.Response:
            await self._pass(request)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        return self._add(pattern, act, times)

    def rewrite(self, pattern: str, change: Rewrite) -> Rewriting:
        """Change the JSON of successes, also of requests already under way."""
        rewriting = Rewriting(re.compile(pattern), change)
        self.rewritings.append(rewriting)
        return rewriting

    def requests(self, pattern: str) -> list[Noted]:
        """Return the matching requests that passed."""
        return [each for each in self.noted if re.search(pattern, each.line)]

    async def seen(self, pattern: str, count: int = 1, timeout: float = 60.0) -> None:
        """Return once that many matching requests were answered."""
        async with self.changed:
            await asyncio.wait_for(
                self.changed.wait_for(lambda: len(self.requests(pattern)) >= count), timeout
            )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one request."""
        line = f"{request.method} {request.rel_url}"
        for rule in self.rules:
            if rule.times != 0 and rule.pattern.search(line):
                rule.times -= 1 if rule.times > 0 else 0
                rule.hits += 1
                response = await rule.act(request)
                if response is not None:
                    return await self._note(line, response)
        try:
            status, headers, body = await self._pass(request)
        except ClientError:
            status, headers, body = 502, {}, b""
        for rewriting in self.rewritings:
            if status < 300 and rewriting.pattern.search(line):
                body = json.dumps(rewriting.change(json.loads(body))).encode()
        return await self._note(line, web.Response(status=status, body=body, headers=headers))

    async def _note(self, line: str, response: web.StreamResponse) -> web.StreamResponse:
        async with self.changed:
            self.noted.append(Noted(line, asyncio.get_running_loop().time(), response.status))
            self.changed.notify_all()
        return response

    async def _pass(self, request: web.Request) -> tuple[int, dict[str, str], bytes]:
        assert self._session is not None
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        async with self._session.request(
            request.method,
            self.target + str(request.rel_url),
            headers=headers,
            data=await request.read(),
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
            return answer.status, kept, await answer.read()

    def _add(
        self,
        pattern: str,
        act: Callable[[web.Request], Awaitable[web.StreamResponse | None]],
        times: int,
    ) -> Rule:
        rule = Rule(re.compile(pattern), act, times)
        self.rules.append(rule)
        return rule


@contextlib.asynccontextmanager
async def faults(target: str, *, tls: tuple[Path, Path] | None = None) -> AsyncIterator[Faults]:
    """Run the proxy on a free port; `tls` is a certificate and its key."""
    proxy = Faults(target)
    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    async with ClientSession(timeout=ClientTimeout(total=90)) as session:
        proxy._session = session
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port = runner.addresses[0][1]
        proxy.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        try:
            yield proxy
        finally:
            await runner.cleanup()
