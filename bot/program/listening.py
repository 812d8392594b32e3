"""Servers of this process, with the settings to change in the error if one can't listen."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from errno import EACCES


class PortRefused(Exception):
    """Choose another address, or stop the program that listens there. Detail: keys, address."""


class PortReserved(PortRefused):
    """Choose a port from 1024 on, or give the process the right to lower ones."""


@asynccontextmanager
async def listening(
    section: str, server: AbstractAsyncContextManager[int], host: str, port: int
) -> AsyncIterator[int]:
    """Run a server for the block, and yield its port. Raises PortRefused."""
    async with AsyncExitStack() as stack:
        try:
            found = await stack.enter_async_context(server)
        except OSError as error:
            kind = PortReserved if error.errno == EACCES else PortRefused
            raise kind(f"{section}.host, {section}.port: {host}:{port}") from error
        yield found
