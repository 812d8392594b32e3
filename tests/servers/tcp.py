"""A TCP relay in front of any server, which acts like a network: passes, cuts, or hangs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """Its treatment of connections, open ones included."""

    PASS = "pass"
    CUT = "cut"
    HANG = "hang"
    """Accepts, and sends nothing."""


@dataclass(slots=True)
class Relay:
    """Its port, and its present mode."""

    host: str
    target: int
    port: int = 0
    mode: Mode = Mode.PASS
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The address for an HTTP client."""
        return f"http://127.0.0.1:{self.port}"

    def become(self, mode: Mode) -> None:
        """Switch to this mode; earlier connections are cut."""
        self.mode = mode
        for writer in tuple(self._open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self._open.add(writer)
        with contextlib.suppress(OSError):
            match self.mode:
                case Mode.HANG:
                    while await reader.read(1 << 16):
                        pass
                case Mode.PASS:
                    await self._through(reader, writer)
        self._open.discard(writer)
        writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self.host, self.target)
        self._open.add(back)
        try:
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        finally:
            self._open.discard(back)
            back.transport.abort()


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while piece := await source.read(1 << 16):
        to.write(piece)
        await to.drain()
    if to.can_write_eof():
        to.write_eof()


@contextlib.asynccontextmanager
async def relay(port: int, host: str = "127.0.0.1") -> AsyncIterator[Relay]:
    """Relay to a port of a host for the block."""
    made = Relay(host, port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.become(Mode.CUT)
        await asyncio.sleep(0)
