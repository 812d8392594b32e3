"""The schema, up and down, on both databases."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from bridge.domain.message import Prompt, QuestionRef, ToSalon
from bridge.domain.presence import Presence
from bridge.domain.proof import Proof
from bridge.domain.question import Question
from bridge.errors import AlreadyRunning, SchemaOutdated
from bridge.ids import EventId, QuestionId
from bridge.store import migrate, open_store, schema_version
from bridge.store.alone import alone
from bridge.store.engine import migrating_engine, parse
from bridge.store.schema import HEAD, alembic_config
from bridge.store.tables import invitations, metadata
from tests.contract.store_samples import (
    SALON,
    START,
    invitation,
    meeting,
    message,
    occurrence,
    vault,
    visit,
)


async def filled(url: str) -> None:
    """Put rows into tables that refer to each other."""
    held = meeting()
    dated = occurrence(held)
    guest = invitation(dated)
    async with open_store(url, vault=vault()) as store, store() as work:
        await work.meetings.add(held, dated)
        await work.invitations.add(guest)
        await work.visits.add(visit(guest))
        await work.presences.add(Presence(occurrence=dated.id, began_at=START, looked_at=START))
        await work.outbox.post(message("a"))


async def tables(url: str) -> set[str]:
    engine = migrating_engine(url)
    async with engine.begin() as connection:
        found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    return set(found)


async def execute(url: str, statement: str) -> None:
    engine = migrating_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def downgraded(url: str, revision: str) -> None:
    engine = migrating_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), revision))
    await engine.dispose()


class TestMigrations:
    async def test_up_down_and_up_again_with_rows(self, empty_url: str):
        await migrate(empty_url)
        await filled(empty_url)
        await migrate(empty_url, "base")
        assert await tables(empty_url) <= {"alembic_version", "sqlite_sequence"}
        await migrate(empty_url)
        await filled(empty_url)
        assert await schema_version(empty_url) == HEAD

    async def test_migrating_again_changes_nothing(self, store_url: str):
        await filled(store_url)
        await migrate(store_url)
        async with open_store(store_url, vault=vault()) as store:
            assert await store.outbox.event_of("a") is None

    async def test_an_older_database_keeps_its_guests(self, store_url: str):
        await filled(store_url)
        await downgraded(store_url, "0002")
        await migrate(store_url)
        async with open_store(store_url, vault=vault()) as store, store.begin() as tx:
            rows = await tx.connection.scalar(text("SELECT count(*) FROM visits"))
            proofs = await tx.connection.execute(select(invitations.c.proof))
            assert (rows, list(proofs.scalars())) == (1, [Proof.NONE])

    async def test_an_older_databases_questions_are_still_answered(self, store_url: str):
        """Each was about one visit, whose id messages on their way and the agenda have."""
        held = meeting()
        dated = occurrence(held)
        guest = invitation(dated)
        seen, later = visit(guest), visit(guest)
        asked = Question(
            id=QuestionId(seen.id),
            invitation=guest.id,
            occurrence=dated.id,
            asked_at=START,
            told_at=START,
            last=1,
        )
        async with open_store(store_url, vault=vault()) as store, store() as work:
            await work.meetings.add(held, dated)
            await work.invitations.add(guest)
            for one in (seen, later):
                await work.visits.add(one)
            await work.questions.add(replace(asked, notice=EventId("$notice")))
            await work.visits.listed(seen.id, asked.id, 1, START)
            await work.outbox.post(
                Prompt(
                    idempotency_key="a",
                    to=ToSalon(salon=SALON),
                    about=QuestionRef(asked.id),
                    template="guest.waits",
                )
            )
        await downgraded(store_url, "0006")
        await migrate(store_url)
        async with open_store(store_url, vault=vault()) as store:
            async with store.reading() as work:
                assert await work.questions.by_notice(EventId("$notice")) == asked.id
                assert await work.questions.open(guest.id) == [
                    replace(asked, notice=EventId("$notice"))
                ]
                kept = await work.visits.get(seen.id)
                assert kept is not None
                assert (kept.question, kept.number) == (asked.id, 1)
                assert (await work.visits.get(later.id)) == later
            (left,) = await store.outbox.due(START, 1)
            assert isinstance(left.message, Prompt)
            assert left.message.about == QuestionRef(asked.id)

    async def test_makes_the_tables_that_the_program_has(self, store_url: str):
        def differences(connection: Connection) -> list[object]:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, metadata))

        engine = migrating_engine(store_url)
        async with engine.begin() as connection:
            assert await connection.run_sync(differences) == []
        await engine.dispose()

    def test_has_one_head_which_the_program_knows(self):
        assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


class TestVersion:
    async def test_an_empty_database_has_no_version_and_is_refused(self, empty_url: str):
        assert await schema_version(empty_url) is None
        with pytest.raises(SchemaOutdated, match="empty"):
            async with open_store(empty_url, vault=vault(), upgrade=False):
                pass

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    async def test_a_server_is_migrated_on_demand_only(self, empty_url: str):
        with pytest.raises(SchemaOutdated):
            async with open_store(empty_url, vault=vault()):
                pass
        async with open_store(empty_url, vault=vault(), upgrade=True):
            assert await schema_version(empty_url) == HEAD

    async def test_of_a_newer_program(self, store_url: str):
        await execute(store_url, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(SchemaOutdated):
            async with open_store(store_url, vault=vault()):
                pass
        with pytest.raises(SchemaOutdated, match="9999"):
            await migrate(store_url)

    async def test_nobody_migrates_under_a_running_process(self, tmp_path: Path):
        url = f"sqlite:///{tmp_path / 'parvis.db'}"
        database = parse(url).database
        assert database is not None
        with alone(Path(database)), pytest.raises(AlreadyRunning):
            async with open_store(url, vault=vault()):
                pass

    async def test_a_current_one_needs_no_alembic(self, store_url: str):
        """Memory: what is not imported costs nothing."""
        program = f"""
import asyncio, sys
from bridge.store import open_store
from tests.contract.store_samples import vault

async def main():
    async with open_store({store_url!r}, vault=vault()) as store:
        await store.secrets.get("x")

asyncio.run(main())
print(sorted(name for name in sys.modules if name.split(".")[0] in ("alembic", "mako")))
"""
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        assert done.stdout.strip() == "[]"
