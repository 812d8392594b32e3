"""Of several processes on one PostgreSQL database, one only does a certain thing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.sql.functions import func

from bridge.errors import AlreadyRunning
from bridge.store.work import Store

_KEY = bindparam("key", type_=BigInteger)
_TAKE = select(func.pg_try_advisory_lock(_KEY))
# A machine that vanishes says nothing: PostgreSQL would wait for it for hours.
_NOTICE = select(
    *(
        func.set_config(f"tcp_keepalives_{name}", value, False)  # noqa: FBT003 - PostgreSQL's own
        for name, value in {"idle": "20", "interval": "5", "count": "3"}.items()
    )
)


@asynccontextmanager
async def sole(store: Store, name: str) -> AsyncIterator[None]:
    """Hold the right to be the one that does `name`. Raises AlreadyRunning.

    PostgreSQL takes it back when our connection ends, however that happens, so after a restart of
    PostgreSQL nobody holds it until it is asked for again. On SQLite the whole process is alone.
    """
    if store.engines.path is not None:
        yield
        return
    key = {"key": int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)}
    # No transaction may stay open all that time.
    engine = store.engines.writing.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(_NOTICE)
        if not await connection.scalar(_TAKE, key):
            raise AlreadyRunning(f"another process is {name}")
        try:
            yield
        finally:
            await connection.invalidate()
