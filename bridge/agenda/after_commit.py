"""Runs urgent rows at once, after the commit, in the process that planned them.

The agenda's row stays as a safety net: the worker that runs it later finds nothing left to do.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog

from bridge.agenda.failures import told
from bridge.domain.agenda import Due, Handler, Kind
from bridge.store import Changed, Store

log = structlog.get_logger()

HANDS = 60
"""Rows that run at the same time."""
DRAIN = 5.0
"""Seconds that running rows may take to end when the process stops."""


@asynccontextmanager
async def after_commit(store: Store, handlers: Mapping[Kind, Handler]) -> AsyncIterator[None]:
    """Run for the block, after each commit, the rows that this process planned for now.

    For processes without an engine: a worker elsewhere is notified only of its own commits, and
    looks at the agenda once a second.
    """
    doing: set[asyncio.Task[None]] = set()
    hands = asyncio.Semaphore(HANDS)

    def heard(changed: Changed) -> None:
        for due in changed.urgent:
            if due.kind in handlers:
                task = asyncio.create_task(_do(handlers[due.kind], due, hands))
                doing.add(task)
                task.add_done_callback(doing.discard)

    forget = store.on_commit(heard)
    try:
        yield
    finally:
        forget()
        if doing:
            _, endless = await asyncio.wait(doing, timeout=DRAIN)
            for task in endless:
                task.cancel()


async def _do(handler: Handler, due: Due, hands: asyncio.Semaphore) -> None:
    try:
        async with hands:
            await handler(due)
    except Exception as error:  # noqa: BLE001 - the agenda retries it
        log.warning("after_commit.failed", job=due.kind.value, key=due.key, **told(error))
