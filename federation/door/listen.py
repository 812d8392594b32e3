"""The door's server: aiohttp's own, made to repeat nothing of what it was sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

log = structlog.get_logger()
_SHUTDOWN = 5.0
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class _Quiet(RequestHandler):
    """Answers what is no HTTP without quoting it, and logs no traceback: both could hold a code."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del message
        log.warning("door.unreadable", status=status, error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError
        response = _Bare(status=status, text=f"{status}\n", headers=_HEADERS)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        del args
        log.error("door.failed", route="none", error=type(kw.get("exc_info")).__name__)


class _Bare(web.Response):
    """An answer outside the application, whose signals it does not pass."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Quiet(self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **made._kwargs,  # noqa: SLF001 - aiohttp has no hook for its error pages
        )


@asynccontextmanager
async def serve(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the door for the block and yield the port it listens on; port 0 takes any."""
    runner = _Runner(app, access_log=None, auto_decompress=False, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
