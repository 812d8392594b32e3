"""PostgreSQL through asyncpg. Only an installation that uses it imports this module."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_SETTINGS: Final = {
    "application_name": "parvis",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}


class PostgresEngine:
    """Implements `DatabaseEngine`: the server waits for locks and disks, never the loop."""

    def __init__(self, asynchronous: AsyncEngine) -> None:
        """Take SQLAlchemy's engine."""
        self.asynchronous = asynchronous
        self.sync_engine = asynchronous.sync_engine

    def begin(self, *, long: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:  # noqa: ARG002
        """Begin a transaction; here a long one is like any other."""
        return self.asynchronous.begin()

    def reading(self) -> "PostgresEngine":
        """Return an engine on the same connections whose transactions only read."""
        return PostgresEngine(self.asynchronous.execution_options(postgresql_readonly=True))

    def version(self) -> int | None:
        """Return nothing: a server counts no commits that we could ask for cheaply."""
        return None

    async def dispose(self) -> None:
        """Close all connections."""
        await self.asynchronous.dispose()


def postgres_engine(address: URL, **settings: str) -> PostgresEngine:
    """Return an engine; `settings` take the place of the server's, for its sessions."""
    arguments: dict[str, Any] = {
        "timeout": 5,
        "command_timeout": 40,
        "server_settings": {**_SETTINGS, **settings},
    }
    return PostgresEngine(
        create_async_engine(
            address,
            connect_args=arguments,
            pool_size=10,
            max_overflow=0,
            pool_timeout=30,
            hide_parameters=True,
            # One more trip of 0.2 ms, so that no connection is handed out that a restart has cut.
            pool_pre_ping=True,
        )
    )
