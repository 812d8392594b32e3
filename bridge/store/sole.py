"""A named right that only one of several processes on a PostgreSQL database holds at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING, cast

import structlog
from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.sql.functions import func

from bridge.errors import AlreadyRunning
from bridge.store.engine import DATABASE_ERRORS
from bridge.store.work import Store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bridge.store.postgresql import PostgresEngine

log = structlog.get_logger()

_KEY = bindparam("key", type_=BigInteger)
_TAKE = select(func.pg_try_advisory_lock(_KEY))
_ASK = select(1)
# A machine that vanishes closes no connection: PostgreSQL would wait for it for hours.
_NOTICE = select(
    *(
        func.set_config(f"tcp_keepalives_{name}", value, False)  # noqa: FBT003 - PostgreSQL's own
        for name, value in {"idle": "20", "interval": "5", "count": "3"}.items()
    )
)
EVERY = 1.0
"""Seconds between two checks that the connection which holds the right still lives."""
ANSWER = 5.0
"""Seconds to wait for such a check: far less than PostgreSQL takes to miss a machine that
vanished."""
PATIENCE = 45.0
"""Seconds for which our own lost connection may still hold the right: PostgreSQL misses it after
35."""


class Right:
    """The right to do something alone, for as long as a connection holds it."""

    def __init__(self, store: Store, name: str, patience: float) -> None:
        """Prepare; nothing is taken yet."""
        # A connection holds the right for hours: no transaction may stay open that long.
        server = cast("PostgresEngine", store.engines.writing).asynchronous
        self._engine = server.execution_options(isolation_level="AUTOCOMMIT")
        self._name = name
        self._key = {"key": int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)}
        self._patience = patience
        self._connection: AsyncConnection | None = None
        self._held, self._lost = asyncio.Event(), asyncio.Event()

    async def held(self) -> None:
        """Return while the right is ours; wait if that must be checked first."""
        await self._held.wait()

    async def take(self) -> None:
        """Take the right. Raises AlreadyRunning, DATABASE_ERRORS."""
        connection = await self._engine.connect()
        try:
            await connection.execute(_NOTICE)
            await self._lock(connection)
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            raw.add_termination_listener(lambda _: self._lose(connection))
        except BaseException:
            await connection.invalidate()
            await connection.close()
            raise
        self._connection = connection
        self._lost.clear()
        self._held.set()

    async def _lock(self, connection: "AsyncConnection") -> None:
        if not await connection.scalar(_TAKE, self._key):
            raise AlreadyRunning(f"another process is {self._name}")

    async def keep(self) -> None:
        """Take the right again whenever it is lost.

        Raises AlreadyRunning if another process has it.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._lost.wait()
            if self._lost.is_set() or not await self._answers():
                await self.give_back()
                log.warning("right.lost", name=self._name)
                await self._take_again()
                log.info("right.held-again", name=self._name)

    async def give_back(self) -> None:
        """End the connection that holds it."""
        self._held.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    def _lose(self, connection: "AsyncConnection") -> None:
        if connection is self._connection:
            self._held.clear()
            self._lost.set()

    async def _answers(self) -> bool:
        assert self._connection is not None
        try:
            async with asyncio.timeout(ANSWER):
                await self._connection.execute(_ASK)
        except DATABASE_ERRORS:
            return False
        return True

    async def _take_again(self) -> None:
        """Retry until the database answers, and longer if another process seems to have it."""
        refused_at: float | None = None
        while True:
            try:
                await self.take()
            except AlreadyRunning:
                refused_at = refused_at or monotonic()
                if monotonic() - refused_at >= self._patience:
                    raise
            except DATABASE_ERRORS as error:
                log.warning("right.unreachable", name=self._name, error=type(error).__name__)
            else:
                return
            await asyncio.sleep(EVERY / 2)


class Alone:
    """The same on SQLite, where only one process runs."""

    async def held(self) -> None:
        """Return at once."""


@asynccontextmanager
async def sole(
    store: Store, name: str, *, patience: float = PATIENCE
) -> AsyncIterator[Right | Alone]:
    """Hold the right to do `name` alone for the block. Raises AlreadyRunning.

    PostgreSQL releases the right when our connection ends, however that happens: after a restart of
    PostgreSQL for instance. We then take it again; until then, `held` waits. If another process
    took it meanwhile, the block is cancelled, and ends with AlreadyRunning.
    """
    if store.engines.path is not None:
        yield Alone()
        return
    right, block = Right(store, name, patience), asyncio.current_task()
    assert block is not None
    await right.take()
    keeping = asyncio.create_task(right.keep())
    keeping.add_done_callback(lambda kept: None if kept.cancelled() else block.cancel())
    try:
        yield right
    except asyncio.CancelledError:
        if keeping.done() and not keeping.cancelled() and (error := keeping.exception()):
            block.uncancel()
            raise error from None
        raise
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        await right.give_back()
