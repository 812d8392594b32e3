"""Databases that are away, busy, or come back."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bridge.domain.agenda import Due, Kind
from bridge.store import DATABASE_ERRORS, Store, open_store, passing
from tests.contract.store_samples import SALON, START, message, vault
from tests.servers.ports import free_ports


class TestServer:
    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    async def test_is_found_again_after_a_restart(self, own: Store):
        async with own.reading() as work, own.reading() as beside:
            await work.salons.get(SALON)
            await beside.salons.get(SALON)
        async with own.begin() as tx:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            await tx.connection.execute(text(cut))
        async with own() as work, own.reading() as beside:  # one of them was cut
            assert await work.outbox.post(message("a"))
            assert await beside.salons.get(SALON) is None

    async def test_an_unreachable_server_is_a_database_error_that_hides_the_password(self):
        url = f"postgresql://parvis:secret@127.0.0.1:{free_ports(1)[0]}/parvis"
        with pytest.raises(DATABASE_ERRORS) as caught:
            async with open_store(url, vault=vault()):
                pass
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    async def test_ends_what_waits_too_long(self, store: Store):
        """The limits reach the server: a lock is waited for five seconds at most."""
        async with store.begin(writing=False) as tx:
            for setting, limit in (
                ("lock_timeout", "5s"),
                ("statement_timeout", "30s"),
                ("idle_in_transaction_session_timeout", "1min"),
            ):
                found = await tx.connection.scalar(text(f"SHOW {setting}"))
                assert found == limit


async def fault(store: Store, statement: str, value: object = "a\x00b") -> Exception:
    """Return the error of `statement` with `:x`."""
    with pytest.raises(DATABASE_ERRORS) as caught:
        async with store.begin() as tx:
            await tx.connection.execute(text(statement), {"x": value})
    return caught.value


class TestPassing:
    """A refusal of the database would recur; if it is away or busy, we retry."""

    async def test_a_broken_constraint_is_no_passing_fault(self, store: Store):
        assert not passing(await fault(store, "INSERT INTO inbox (event) VALUES (:x)"))

    async def test_a_faulty_statement_is_no_passing_fault(self, store: Store):
        assert not passing(await fault(store, "SELECT nowhere, :x"))

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    async def test_a_value_that_the_database_refuses_is_no_passing_fault(self, store: Store):
        """No text of PostgreSQL's holds NUL."""
        assert not passing(await fault(store, "SELECT CAST(:x AS text)"))

    async def test_an_argument_that_never_reached_the_database_is_no_passing_fault(
        self, store: Store
    ):
        naive = START.replace(tzinfo=None)
        with pytest.raises(DATABASE_ERRORS) as caught:
            async with store() as work:
                await work.agenda.plan([Due(Kind.OPEN, "1", naive)])
        assert not passing(caught.value)

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    async def test_a_connection_that_was_cut(self, store: Store):
        cut = "SELECT pg_terminate_backend(pg_backend_pid()), CAST(:x AS bytea)"
        assert passing(await fault(store, cut, b""))

    async def test_a_locked_database_is_a_passing_fault(self, tmp_path: Path):
        path = tmp_path / "parvis.db"
        async with open_store(f"sqlite:///{path}", vault=vault()) as store:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(DATABASE_ERRORS) as caught:
                    async with store() as work:
                        await work.outbox.post(message("a"))
        assert passing(caught.value)

    def test_neither_is_a_fault_of_ours(self):
        assert not passing(ZeroDivisionError())
        assert passing(OSError("away"))


class TestFile:
    async def test_waits_for_another_process(self, tmp_path: Path):
        path = tmp_path / "parvis.db"
        async with open_store(f"sqlite:///{path}", vault=vault()) as store:
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            async with store.reading() as work:
                assert await work.salons.get(SALON) is None

            async def post() -> bool:
                async with store() as work:
                    return await work.outbox.post(message("a"))

            waiting = asyncio.create_task(post())
            done, _ = await asyncio.wait([waiting], timeout=0.1)
            assert not done
            other.execute("COMMIT")
            other.close()
            assert await waiting

    async def test_a_file_that_is_no_database_is_a_database_error(self, tmp_path: Path):
        path = tmp_path / "parvis.db"
        path.write_text("some words, but no database" * 100)
        with pytest.raises(DATABASE_ERRORS):
            async with open_store(f"sqlite:///{path}", vault=vault()):
                pass

    async def test_hides_values_from_its_errors(self, store: Store):
        with pytest.raises(DATABASE_ERRORS) as caught:
            async with store.begin() as tx:
                await tx.connection.execute(
                    text("INSERT INTO nowhere VALUES (:x)"), {"x": "personal"}
                )
        assert "personal" not in str(caught.value)
