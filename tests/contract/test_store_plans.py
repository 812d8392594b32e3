"""The hot queries use an index, on both databases and with rows to choose among."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from bridge.ids import SalonId
from bridge.store import Store, open_store
from bridge.store.connections import DatabaseConnection
from bridge.store.tables import metadata
from tests.contract.effort import Asked, recorded
from tests.contract.hot import KINDS, PURGE, QUEUE, READ, WRITE, ask, present
from tests.contract.store_samples import START, message, vault
from tests.doubles.clocks import SetClock

OTHER = SalonId("!other:agent.tchap")
LEASE = timedelta(minutes=1)

FEW = {
    "ix_audit_waiting",
    "ix_outbox_unsent",
    "ix_outbox_lane",
    "ix_inbox_undone",
    "ix_questions_open",
}
"""Indexes that hold only what waits, and that may be read whole."""
ORDERED = {"ix_agenda_ready", "ix_occurrences_begun"}
"""Indexes that are read in their order, until there are enough rows."""


async def explained(store: Store, name: str) -> list[str]:
    """Return the plan of every statement that something hot asks."""
    with recorded() as asked:
        await ask(store, name)
    return await plans_of(store, asked)


async def plans_of(store: Store, asked: Sequence[Asked]) -> list[str]:
    plans: list[str] = []
    async with store.engines.writing.begin() as connection:
        for statement, parameters in asked:
            plans += await plan_of(connection, statement, parameters)
    return plans


async def plan_of(connection: DatabaseConnection, statement: str, parameters: object) -> list[str]:
    if connection.dialect.name == "sqlite":
        explain = "EXPLAIN QUERY PLAN "
    else:
        # With a handful of rows a scan is right; what matters is whether an index would do.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN "
    result = await connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]  # as they came
    return [str(row[-1]) for row in result]


def scans(line: str) -> bool:
    """Tell whether a line of a plan reads a whole table, or a whole index of it."""
    match line.split():
        case ["SCAN", table, *how] if re.sub(r"_\d+$", "", table) in metadata.tables:
            return not {*FEW, *ORDERED}.intersection(how)
    return "Seq Scan" in line


@asynccontextmanager
async def looping(url: str) -> AsyncIterator[Store]:
    """Open a PostgreSQL database that joins by nested loops: as it may choose to, by its figures."""
    async with (
        open_store(url, vault=vault(), clock=SetClock(START)) as store,
        store.begin() as tx,
    ):
        name = await tx.connection.scalar(text("SELECT current_database()"))
        for kind in ("hashagg", "hashjoin", "mergejoin", "material", "sort"):
            await tx.connection.execute(text(f'ALTER DATABASE "{name}" SET enable_{kind} = off'))
    async with open_store(url, vault=vault(), clock=SetClock(START)) as store:
        yield store


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
class TestLimits:
    """A limit holds whatever the plan: in a nested loop, a sub-select may run once for each row."""

    async def test_of_what_is_claimed(self, store_url: str):
        async with looping(store_url) as store:
            await present(store)
            async with store() as work:
                claimed = await work.agenda.claim(KINDS, now=START, limit=3, lease=LEASE)
        assert [one.due.key for one in claimed] == ["0", "1", "2"]

    @pytest.mark.parametrize("behind", [(), (OTHER,)])
    async def test_no_more_messages_leave_than_asked_for(
        self, store_url: str, behind: tuple[SalonId, ...]
    ):
        async with looping(store_url) as store:
            async with store() as work:
                for n in range(9):
                    await work.outbox.post(message(str(n), salon=SalonId(f"!{n}:agent.tchap")))
            rows = await store.outbox.due(START, 3, behind=behind)
        assert [row.message.idempotency_key for row in rows] == ["0", "1", "2"]


class TestPlans:
    """With hardly a row in the tables: `test_store_growth.py` counts what is read of many."""

    async def test_each_hot_query_uses_an_index(self, store: Store):
        await present(store)
        found = {name: await explained(store, name) for name in [*READ, *WRITE, *QUEUE, *PURGE]}
        assert not {
            name: plans for name, plans in found.items() if any(scans(line) for line in plans)
        }

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("name", ["agenda.next", "agenda.claim", "store.outbox.due"])
    async def test_stop_at_the_first_ones(self, store: Store, name: str):
        """With a backlog, the earliest are found without sorting all."""
        await present(store)
        plans = await explained(store, name)
        assert plans
        assert not [line for line in plans if "TEMP B-TREE" in line], "\n".join(plans)

    async def test_a_full_scan_would_be_noticed(self, store: Store):
        search = "SELECT title FROM meetings WHERE title = 'x'"
        assert [line for line in await plans_of(store, [(search, ())]) if scans(line)]

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    async def test_a_walk_through_a_whole_index_would_be_noticed(self, store: Store):
        search = (
            "SELECT * FROM seats WHERE watched_until IS NULL OR watched_until > '2' ORDER BY id"
        )
        assert [line for line in await plans_of(store, [(search, ())]) if scans(line)]
