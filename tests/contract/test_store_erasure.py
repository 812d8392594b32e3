"""No byte of SQLite's files holds erased data, and only their owner can read them."""

import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.store import Store, migrate, open_store
from bridge.store.erasure import PATIENCE
from tests.contract.store_samples import START, invitation, meeting, occurrence, vault, visit
from tests.doubles.clocks import SetClock

GUEST, TYPED, ADDRESS = "Nomcanari", "Tapecanari", "zzcanari@partenaire.example"
CANARIES = (GUEST.encode(), TYPED.encode(), ADDRESS.encode())
GUESTS = 40
"""More than a page holds: what is deleted leaves whole pages too."""


@pytest.fixture
def wide_open() -> Iterator[None]:
    """A umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
async def store(tmp_path: Path, wide_open: None) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'parvis.db'}"
    async with open_store(url, vault=vault(), clock=SetClock(START), alone=True) as opened:
        yield opened


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def found(folder: Path) -> set[bytes]:
    """Return the canaries that are in any byte of any file."""
    contents = [path.read_bytes() for path in files(folder)]
    return {canary for canary in CANARIES if any(canary in content for content in contents)}


async def filled_and_forgotten(store: Store, folder: Path) -> None:
    """Keep guests, have them written to the database file as well, and forget them."""
    held = meeting()
    dated = occurrence(held)
    guests = [
        replace(invitation(dated, email=f"{n}{ADDRESS}"), name=f"{GUEST} {n}")
        for n in range(GUESTS)
    ]
    async with store() as work:
        await work.meetings.add(held, dated)
        for guest in guests:
            await work.invitations.add(guest)
            await work.visits.add(replace(visit(guest), name=TYPED))
    with closing(sqlite3.connect(folder / "parvis.db")) as other:
        other.execute("PRAGMA wal_checkpoint(FULL)")
    assert all(canary in (folder / "parvis.db").read_bytes() for canary in CANARIES)
    async with store() as work:
        assert await work.invitations.forget(dated.id) == 2 * GUESTS


class TestErasure:
    async def test_leaves_nothing_in_any_file(self, store: Store, tmp_path: Path):
        await filled_and_forgotten(store, tmp_path)
        assert found(tmp_path), "the log still has them: or this test would prove nothing"
        await store.erase(START)
        assert not found(tmp_path)
        assert (tmp_path / "parvis.db-wal").stat().st_size == 0

    async def test_is_tried_until_no_reader_is_in_the_way(self, store: Store, tmp_path: Path):
        with closing(sqlite3.connect(tmp_path / "parvis.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM invitations").fetchone()
            await filled_and_forgotten_beside(store)
            assert not await store.erasure.go(START)
            assert found(tmp_path)
            assert not await store.erasure.go(START + PATIENCE)
            reader.execute("ROLLBACK")
        assert await store.erasure.go(START + 2 * PATIENCE)
        assert not found(tmp_path)

    async def test_the_erasure_gives_way_to_a_writer_and_is_tried_again(
        self, store: Store, tmp_path: Path
    ):
        """Somebody writes: they are not held up, and it is tried again."""
        await filled_and_forgotten(store, tmp_path)
        async with store() as work:
            await work.once.claim("x", START, unless_after=START)
            assert not await store.erasure.go(START)
        assert await store.erasure.go(START)

    async def test_an_idle_log_costs_nothing(self, store: Store, tmp_path: Path):
        await store.erase(START)
        before = (tmp_path / "parvis.db").stat().st_mtime_ns
        assert await store.erasure.go(START)
        assert (tmp_path / "parvis.db").stat().st_mtime_ns == before

    async def test_a_reader_who_never_ends_is_told_of(
        self, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        with closing(sqlite3.connect(tmp_path / "parvis.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM invitations").fetchone()
            async with store() as work:
                await work.once.claim("x", START, unless_after=START)
            await store.erase(START)
            await store.erase(START + PATIENCE - timedelta(seconds=1))
            assert "store.log_kept" not in capsys.readouterr().out
            await store.erase(START + PATIENCE)
            assert "store.log_kept" in capsys.readouterr().out

    async def test_is_asked_for_by_us_and_not_by_how_sqlite_was_built(self, store: Store):
        async with store.begin() as tx:
            (row,) = (await tx.connection.exec_driver_sql("PRAGMA secure_delete")).all()
        assert row == (1,)


async def filled_and_forgotten_beside(store: Store) -> None:
    """The same where a reader keeps all of it in the log."""
    held = meeting()
    dated = occurrence(held)
    guest = replace(invitation(dated, email=ADDRESS), name=GUEST)
    async with store() as work:
        await work.meetings.add(held, dated)
        await work.invitations.add(guest)
        await work.visits.add(replace(visit(guest), name=TYPED))
    async with store() as work:
        assert await work.invitations.forget(dated.id) == 2


class TestFiles:
    async def test_are_private_from_birth_whatever_the_umask(self, store: Store, tmp_path: Path):
        await filled_and_forgotten_beside(store)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)}
        names = ("parvis.db", "parvis.db-shm", "parvis.db-wal", "parvis.db.lock")
        assert modes == dict.fromkeys(names, 0o600)

    @pytest.mark.usefixtures("wide_open")
    async def test_older_ones_are_taken_from_everybody_else(self, tmp_path: Path):
        database = tmp_path / "parvis.db"
        await migrate(f"sqlite:///{database}")
        with closing(sqlite3.connect(database)) as other:
            other.execute("CREATE TABLE t (a)")  # so that log and index are there
            for path in files(tmp_path):
                path.chmod(0o666)
            async with open_store(f"sqlite:///{database}", vault=vault()):
                modes = {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)}
        assert modes == {0o600}
