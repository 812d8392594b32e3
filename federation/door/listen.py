"""The door's server: aiohttp's own, changed so that it repeats nothing of a request."""

import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

log = structlog.get_logger()
Handle: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_SHUTDOWN = 5.0
_LINGERS = 1.0
"""Seconds to keep reading a form that was refused, so that its sender gets the response."""
_EXPECTED = "100-continue"
_FILES = 65_536
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class _Quiet(RequestHandler):
    """Answers invalid HTTP without quoting it, and logs no traceback: both could hold a code."""

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
    """A response outside the application, whose signals do not run."""

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
            _expecting(made.request_handler),
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **made._kwargs,  # noqa: SLF001 - aiohttp has no hook for its error pages
        )


def _expecting(handle: Handle) -> Handle:
    """Refuse any `Expect` but the one that exists: aiohttp repeats it, and fails on odd bytes."""

    async def checked(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", _EXPECTED).lower() != _EXPECTED:
            return _Bare(status=417, text="417\n", headers=_HEADERS)
        return await handle(request)

    return checked


@asynccontextmanager
async def serve(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the door for the block and yield the port it listens on; port 0 takes any."""
    _allow_connections()
    runner = _Runner(
        app,
        access_log=None,
        auto_decompress=False,
        lingering_time=_LINGERS,
        shutdown_timeout=_SHUTDOWN,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _allow_connections() -> None:
    """Raise the limit of open files as far as the system allows: each waiting page holds one.

    We nearly always start with a limit of 1,024, which exists for older programs.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
